import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cliInProcess } from '../../fakes/cli.ts';
import { startLambdaEndpoint } from '../../fakes/lambda-endpoint.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { describeWithMoto } from '../../fakes/moto.ts';
import { type ResourceServer, startResourceServer } from '../../fakes/resource-server.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';
import { installTokensCommand } from '../../fakes/tokens-command.ts';
import { readPage } from '../../pages/read-page.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');
const recipes = join(root, 'bin', 'recipes');
const snippets = readPage('bin/recipes/README.md').blocks.filter(
  ({ language }) => language === 'ts',
);
const CANARY = 'canary5ecret';

const cli = cliInProcess();

describe('the recipes, over a home', () => {
  let programs: string;
  let server: RotatingServer;
  let api: ResourceServer;
  let folder: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    programs = await mkdtemp(join(tmpdir(), 'token-rotator-'));
    await buildPrograms(programs);
  });
  afterAll(() => rm(programs, { recursive: true, force: true }));
  beforeEach(async () => {
    server = await startRotatingServer(['acme', 'brandx'], CANARY);
    api = await startResourceServer();
    folder = temporaryFolder();
    await installTokensCommand(folder, cli);
    env = {
      HOME: folder,
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      ALLOW_LOOPBACK_HTTP: 'true',
      TOKENS_HOME: await makeLocalHome(server, ['acme', 'brandx'], CANARY),
    };
  });
  afterEach(async () => {
    await server.close();
    await api.close();
  });

  const built = (name: string) => [process.execPath, join(programs, `${name}.mjs`)];

  it('call-api.sh calls an API with the headers of a tenant', async () => {
    const { code, stdout } = await run(['sh', join(recipes, 'call-api.sh'), 'acme', api.url], env);
    expect(JSON.parse(stdout)).toEqual({ tenant: 'acme', account: '7' });
    expect(code).toBe(0);
  });

  it('call-api.sh fails where there is no token, before it calls', async () => {
    const { code, stderr } = await run(
      ['sh', join(recipes, 'call-api.sh'), 'nobody', api.url],
      env,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('nobody');
    expect(api.sent).toEqual([]);
  });

  it('call-api.ts calls an API', async () => {
    const program = [process.execPath, '--import', 'tsx', join(recipes, 'call-api.ts')];
    const { code, stdout } = await run([...program, 'acme', api.url], env);
    expect(JSON.parse(stdout)).toEqual({ tenant: 'acme', account: '7' });
    expect(code).toBe(0);
    expect(api.sent).toHaveLength(1);
  });

  it('call-api.ts calls an API once more when it answers 401', async () => {
    api.refused.add(`acme.access.1.${CANARY}`);
    const refused = await run([...built('call-api'), 'acme', api.url], env);
    expect(refused).toMatchObject({ code: 1, stdout: '{"error":"invalid_token"}\n' });
    expect(api.sent).toHaveLength(2);
  });

  it('pipeline.ts fetches for every tenant, and leaves the trouble of one to itself', async () => {
    api.refused.add(`brandx.access.1.${CANARY}`);
    await run(['tokens', 'rotate'], env);
    const pipeline = [...built('pipeline'), api.url, join(folder, 'out')];
    const { code, stderr } = await run(pipeline, env);
    expect(JSON.parse(await readFile(join(folder, 'out', 'acme.json'), 'utf8'))).toMatchObject({
      tenant: 'acme',
    });
    expect(stderr).toBe('brandx: the API answered with HTTP 401.\n');
    expect(code).toBe(1);
  });

  it('rotate.cron has lines that cron understands and that run', async () => {
    const lines = (await readFile(join(recipes, 'rotate.cron'), 'utf8'))
      .split('\n')
      .filter((line) => /^[\d*]/.test(line));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const [, command = ''] = /^(?:[\d*/,-]+\s+){5}(.+)$/.exec(line) ?? [];
      expect(command).not.toContain('%');
      expect(await run(['sh', '-c', command], env)).toMatchObject({ code: 0, stdout: '' });
    }
    expect(server.requests()).toBe(2);
  });

  describe('token-gateway.ts', () => {
    const secret = randomUUID() + randomUUID();
    let gateway: ChildProcess;
    let url: string;
    beforeEach(async () => {
      await writeFile(join(folder, 'secret.txt'), `${secret}\n`);
      const [program = '', ...args] = built('token-gateway');
      gateway = spawn(program, args, { cwd: folder, env: { ...env, PORT: '0' } });
      url = `http://127.0.0.1:${await portOf(gateway)}`;
    });
    afterEach(async () => {
      gateway.kill();
      await once(gateway, 'close');
    });
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { headers: { authorization: `Bearer ${secret}` }, ...init });

    it('gives callers that know the secret the headers of a tenant, from its cache', async () => {
      const answers = await Promise.all(
        [1, 2, 3].map(async () => (await ask('/tenants/acme/headers')).json()),
      );
      expect(answers[0]).toMatchObject({
        tenant: 'acme',
        headers: { Authorization: `Bearer acme.access.1.${CANARY}`, 'X-Account': '7' },
      });
      expect(server.requests()).toBe(2);
      expect(await (await ask('/tenants/acme/refused')).json()).toMatchObject({
        tenant: 'acme',
      });
    });

    it('gives nothing to anybody else', async () => {
      for (const headers of [
        {},
        { authorization: 'Bearer x' },
        { authorization: `Basic ${secret}` },
      ] as Record<string, string>[]) {
        const response = await ask('/tenants/acme/headers', { headers });
        expect(response.status).toBe(401);
        expect(await response.text()).not.toContain(CANARY);
      }
      expect(server.requests()).toBe(0);
    });

    it('answers 404 for a tenant or a path that is not there', async () => {
      for (const path of ['/tenants/nobody/headers', '/tenants/..%2fx/headers', '/']) {
        expect((await ask(path)).status).toBe(404);
      }
    });
  });
});

describeWithMoto('etl_to_table.py', (moto) => {
  it('loads what an API says of every tenant into a table, with fresh tokens', async () => {
    const api = await startResourceServer();
    const name = `rotator-${randomUUID()}`;
    const secrets = new SecretsManagerClient(moto().clientConfig);
    const token = (tenant: string, endsInMs: number) => ({
      access_token: `${tenant}.access.1.${CANARY}`,
      token_type: 'bearer',
      expires_at: new Date(Date.now() + endsInMs).toISOString(),
      headers: { 'X-Account': '7' },
      archive_key: '',
    });
    const text = JSON.stringify({
      version: 1,
      tenants: { acme: token('acme', 3_600_000), late: token('late', 60_000) },
    });
    await secrets.send(
      new CreateSecretCommand({ Name: `${name}/access-tokens`, SecretString: text }),
    );
    const lambda = await startLambdaEndpoint({
      'refresh:shard-default': async () => ({ result: { status: 'rotated' }, output: '' }),
    });
    const table = join(temporaryFolder(), 'reports.db');
    const env = {
      ...moto().env,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      TOKENS_NAME: name,
      REFRESH_FUNCTION: 'refresh',
      PATH: process.env.PATH ?? '',
    };
    const result = await run(['python3', join(recipes, 'etl_to_table.py'), api.url, table], env);
    expect(result).toMatchObject({ code: 0, stdout: '2 of 2 tenants loaded.\n', stderr: '' });
    expect(lambda.invocations).toEqual([
      {
        functionName: 'refresh',
        alias: 'shard-default',
        event: { tenant: 'late', shard: 'default' },
      },
    ]);
    const dump = await run(
      [
        'python3',
        '-c',
        "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT tenant, " +
          "body FROM reports ORDER BY tenant').fetchall())",
        table,
      ],
      env,
    );
    expect(dump.stdout).toContain(`('acme', '{"tenant": "acme", "account": "7"}')`);
    await lambda.close();
    await api.close();
  });
});

describe('the recipes that a test cannot run', () => {
  it('Containerfile copies what is there, and starts the CLI', async () => {
    const text = await readFile(join(recipes, 'Containerfile'), 'utf8');
    for (const [, sources = ''] of text.matchAll(/^COPY (.+) \S+$/gm)) {
      for (const source of sources.split(' ')) {
        await stat(join(root, source));
      }
    }
    const [, entry = '[]'] = /^ENTRYPOINT (.+)$/m.exec(text) ?? [];
    expect(JSON.parse(entry)).toEqual(['node', 'bin/tokens.ts']);
  });

  it('kubernetes-cronjob.yaml mounts the home and the passphrase that it names', async () => {
    const text = await readFile(join(recipes, 'kubernetes-cronjob.yaml'), 'utf8');
    for (const [, path] of text.matchAll(/value: (\S+)\/[^/\s]+$/gm)) {
      expect(text).toContain(`mountPath: ${path}\n`);
    }
    const mounted = [...text.matchAll(/- name: (\S+)\n\s+mountPath/g)].map(([, name]) => name);
    for (const name of mounted) {
      expect(text).toMatch(new RegExp(`volumes:[^]*- name: ${name}\\n`));
    }
    expect(text).toContain('concurrencyPolicy: Forbid');
  });
});

/** Builds the programs in TypeScript, as the page and its folder have them, with one client. */
async function buildPrograms(folder: string): Promise<void> {
  const written = snippets.map(async ({ text }) => {
    const [, name = ''] = /^\/\/ ([\w-]+\.ts):/.exec(text) ?? [];
    await writeFile(join(folder, name), text);
    return join(folder, name);
  });
  await build({
    entryPoints: [join(recipes, 'call-api.ts'), ...(await Promise.all(written))],
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    alias: { 'token-rotator/client': join(root, 'lib', 'client', 'token-client.ts') },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    // A home needs none of it.
    external: ['@aws-sdk/*'],
    logLevel: 'warning',
  });
}

async function run([program = '', ...args]: readonly string[], env: Record<string, string>) {
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number, stdout, stderr };
}

async function portOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) {
    throw new Error('the process has no output');
  }
  for await (const line of createInterface(child.stdout)) {
    const port = /port: (\d+)/.exec(line)?.[1];
    if (port) {
      return port;
    }
  }
  throw new Error('the process ended before it listened');
}
