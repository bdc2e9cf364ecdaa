import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Cli } from '../fakes/cli-call.ts';
import { makeLocalHome } from '../fakes/local-home.ts';
import { startRotatingServer } from '../fakes/rotating-server.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';
import { installTokensCommand } from '../fakes/tokens-command.ts';

const MARK = 'canary5ecret';
/** Programs that a page needs, and that a test cannot have: they read their input and succeed. */
const ABSENT = ['curl', 'jq', 'npx', 'aws'];

/** A person's machine: the CLI, a home with tenants, and the files that the pages speak of. */
interface Machine {
  folder: string;
  env: Record<string, string>;
}

/** Sets a machine up, with a token server on loopback. Both are gone when the test is over. */
export async function startMachine(cli: Cli): Promise<Machine> {
  const server = await startRotatingServer(['acme', 'brandx', 'env', 'list'], MARK);
  onTestFinished(() => server.close());
  const folder = temporaryFolder();
  await installPrograms(join(folder, 'bin'), cli);
  await writeFiles(folder, server.tokenUrl);
  return {
    folder,
    env: {
      HOME: folder,
      PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
      TOKENS_HOME: await makeLocalHome(server, ['acme', 'brandx'], MARK),
      ALLOW_LOOPBACK_HTTP: 'true',
    },
  };
}

/** Runs a script in a shell that ends at the first command that fails. */
export async function runScript({ folder, env }: Machine, script: string): Promise<Ended> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await runInShell(script, env);
  } finally {
    process.chdir(before);
  }
}

interface Ended {
  code: number | null;
  output: string;
}

async function runInShell(script: string, env: Record<string, string>): Promise<Ended> {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

async function installPrograms(folder: string, cli: Cli): Promise<void> {
  // The scripts of npm have their own tests, and CI runs `npm ci && npm start` itself.
  const npm = `case "$*" in "run tokens -- "*) shift 3; exec tokens "$@";; esac`;
  const programs = new Map([
    ['npm', npm],
    ...ABSENT.map((name) => [name, '[ -t 0 ] || cat >/dev/null'] as const),
  ]);
  await mkdir(folder);
  for (const [name, body] of programs) {
    await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  await installTokensCommand(folder, cli);
}

async function writeFiles(folder: string, tokenUrl: string): Promise<void> {
  const entry = (name: string) => ({
    provider: 'oauth2',
    token_url: tokenUrl,
    client_id: 'client',
    client_secret: `client.${MARK}`,
    refresh_token: `${name}.refresh.0.${MARK}`,
  });
  const lines = Object.entries(entry('env')).map(
    ([key, value]) => `ENV_${key.toUpperCase()}=${value}`,
  );
  const envFile = `CLIENTS=ENV\n${lines.join('\n')}\n`;
  const files = new Map([
    ['.env', envFile],
    ['dev.env', envFile],
    ['clients.json', JSON.stringify([{ tenant: 'list', ...entry('list') }])],
    ['secret.txt', `client.${MARK}\n`],
    ['token.txt', `one.refresh.0.${MARK}\n`],
    ['token2.txt', `two.refresh.0.${MARK}\n`],
    ['tokens/development.passphrase', `passphrase ${MARK}\n`],
  ]);
  for (const [name, text] of files) {
    await write(join(folder, name), text);
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
