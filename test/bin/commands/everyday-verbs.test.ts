import { spawn, spawnSync } from 'node:child_process';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveKeysCheaply } from '../../fakes/cheap-scrypt.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { cliProcesses } from '../../fakes/cli-process.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const MARK = 'CANARY';
const NAMES = ['acme', 'client-2', 'client-10'];
deriveKeysCheaply();
const cli = cliInProcess();
const processes = cliProcesses();
let server: RotatingServer;
let home: string;

beforeEach(async () => {
  server = await startRotatingServer(NAMES, MARK);
  home = await makeLocalHome(server, NAMES, MARK);
});
afterEach(() => server.close());

const run = (args: string[]) => cli.run(args, { home });
/** The program writes to the stdout of a process. */
const exec = (tenant: string, ...program: string[]) =>
  processes.run(['exec', tenant, '--', ...program], { home });
const SHOW = [
  'node',
  '-e',
  'const { TOKENS_ACCESS_TOKEN, TOKENS_HEADERS, TOKENS_EXPIRES_AT } = process.env;' +
    'console.log(TOKENS_ACCESS_TOKEN ?? "", process.argv.slice(1));' +
    'console.log(TOKENS_HEADERS, TOKENS_EXPIRES_AT)',
];

describe('tokens home', () => {
  it.each(['one two', 'one two\n', ' one two\r\n', 'one two\n\n'])(
    'opens with the file %j by which its passphrase was set, and then with a key file again',
    async (phrase) => {
      const file = join(temporaryFolder(), 'phrase');
      writeFileSync(file, phrase);
      const env = { TOKENS_PASSPHRASE_FILE: file };
      expect(await run(['home', 'passphrase', '--file', file])).toMatchObject({ code: 0 });
      expect((await run(['status'])).stderr).toContain('is sealed with a passphrase');
      expect(await cli.run(['home', 'key-file'], { home, env })).toMatchObject({ code: 0 });
      expect(await run(['status'])).toMatchObject({ code: 0 });
    },
  );
});

describe('tokens exec', () => {
  it('gives the program a fresh token in its environment, and nothing in its arguments', async () => {
    const { code, stdout } = await exec('acme', ...SHOW, 'x');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^acme\.access\.\d+\.CANARY \[ 'x' \]$/m);
    expect(stdout).toMatch(/^\{"X-Account":"7"\} \d{4}-\d\d-\d\dT/m);
  });

  it('ends as the program ends', async () => {
    expect((await exec('acme', 'node', '-e', 'process.exit(7)')).code).toBe(7);
    // Node itself ignores this signal. A shell says 128 and its number.
    expect((await exec('acme', 'sh', '-c', 'kill -PIPE $$')).code).toBe(128 + 13);
    const dies = ['exec', 'acme', '--', 'node', '-e', 'process.kill(process.pid, "SIGTERM")'];
    const child = spawn(process.execPath, [processes.path(), '--home', home, ...dies], {
      env: { PATH: process.env.PATH, HOME: home, ALLOW_LOOPBACK_HTTP: 'true' },
    });
    const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
    expect(signal).toBe('SIGTERM');
  });

  it('starts nothing without a token', async () => {
    expect(await run(['exec', 'acem', '--', ...SHOW])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Did you mean acme?'),
    });
    for (const program of ['./not-there', '', tmpdir()]) {
      expect(await run(['exec', 'acme', '--', program])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('cannot be started'),
      });
    }
  });
});

describe('tokens doctor', () => {
  it('says what a home needs to work, and reads only', async () => {
    const { code, stdout } = await run(['doctor', '--json']);
    expect(code).toBe(0);
    const { version, checks } = JSON.parse(stdout);
    expect(version).toBe(1);
    const names = checks.map(({ check }: { check: string }) => check);
    expect(names).toEqual(
      expect.arrayContaining(['version', 'home', 'disk', 'run', 'read the tenants']),
    );
    expect(checks.filter(({ result }: { result: string }) => result === 'failed')).toEqual([]);
  });

  it('ends with 1 where there is no home', async () => {
    expect(await cli.run(['doctor'], { home: `${home}-not-there` })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('There is no home'),
    });
  });
});

describe('tokens doctor of a home that does not open', () => {
  it('lists what it could look at, and why not the rest', async () => {
    rmSync(join(home, 'key'));
    const { code, stdout, stderr } = await run(['doctor']);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^disk +ok/m);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/ open failed \S+key is missing/);
  });
});

describe('tokens completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    expect((await run(['completion', shell])).stdout).toContain(`tokens completion ${shell} --for`);
  });

  it('is a script that bash reads, and that offers verbs and tenants', async () => {
    const { stdout: script } = await run(['completion', 'bash']);
    const program = `tokens() { '${process.execPath}' '${processes.path()}' "$@"; }
${script}
COMP_WORDS=(tokens --home '${home}' show client); COMP_CWORD=4; _tokens
printf '%s ' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', program], { encoding: 'utf8' });
    expect(stdout).toBe('client-2 client-10 ');
  });

  it.each([
    [['rot'], 'rotate'],
    [['rotate', '--ta'], '--tag'],
    [['app', ''], 'set-secret'],
    [['shard', 'split', ''], 'default'],
    [['rotate', '--provider', 'am'], 'amazon-ads'],
    [['status', '--shard', ''], 'default'],
    [['app', 'set-secret', 'lwa', '--try', ''], 'acme'],
    [['provider', 'show', 'ins'], 'instacart-ads'],
    [['completion', ''], 'fish'],
    [['rotate', '--provider=am'], '--provider=amazon-ads'],
    [['rotate', '--provider', '=', 'am'], 'amazon-ads'],
    [['rotate', '--provider', '='], 'amazon-ads'],
    [['help', 'sta'], 'status'],
    [['shard', 'split', 'default', '--to', ''], 'default'],
    [['pause', 'acme', ''], 'client-2'],
  ])('offers after %j: %s', async (words, offered) => {
    const { stdout } = await run(['completion', 'bash', '--for', '--', ...words]);
    expect(stdout.split('\n')).toContain(offered);
  });
});

describe('what is offered', () => {
  it('is no name of ours on the line of another program', async () => {
    const { stdout } = await run(['completion', 'bash', '--for', '--', 'exec', 'acme', '--', '']);
    expect(stdout).toBe('');
  });

  it.each([
    [['get', 'acme', '']],
    [['add', '']],
    [['rename', 'acme', '']],
    [['history', 'acme', '--limit', '']],
    [['--home', '']],
  ])('is nothing where no name of ours can stand: %j', async (words) => {
    const call = await run(['completion', 'fish', '--for', '--', ...words]);
    expect(call).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('is each word once', async () => {
    const { stdout } = await run(['completion', 'bash', '--for', '--', '--ho']);
    const words = stdout.trim().split('\n');
    expect(words).toEqual([...new Set(words)]);
  });
});

describe('what programs and shells read', () => {
  it('is one line of JSON on stderr for what the parser refuses, without a value', async () => {
    for (const args of [['rotat'], ['get'], ['status', '--token=CANARY'], []]) {
      const { code, stdout, stderr } = await run(['--json', ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain('CANARY');
      expect(JSON.parse(stderr)).toMatchObject({
        version: 1,
        error: { code: 'usage', message: expect.any(String), next_step: expect.any(String) },
      });
    }
  });

  it('is no stack trace where the output cannot be written', async () => {
    const { status, stderr } = spawnSync(process.execPath, [processes.path(), 'status'], {
      env: { PATH: process.env.PATH, TOKENS_HOME: home },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'Error: The output could not be written: the disk is full.\n',
    });
  });

  it('ends with 3 where --exit-code finds something, in natural order', async () => {
    await run(['rotate', 'acme']);
    const found = await run(['status', '--failing', '--exit-code', '--csv']);
    expect(found.code).toBe(3);
    expect(found.stdout).toContain(`tokens rotate client-2 --home ${home}`);
    const names = found.stdout.split('\r\n').map((line) => line.split(',')[0]);
    expect(names.slice(0, 3)).toEqual(['tenant', 'client-2', 'client-10']);
    expect((await run(['status', 'acme', '--failing', '--exit-code'])).code).toBe(0);
  });

  it('takes the stack from TOKENS_STACK, and refuses two places', async () => {
    const both = { TOKENS_STACK: 'Prod', TOKENS_HOME: home };
    expect(await cli.run(['status'], { env: both })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TOKENS_HOME and TOKENS_STACK are both set'),
    });
    expect((await cli.run(['status'], { home, env: { TOKENS_STACK: 'Prod' } })).code).toBe(0);
  });
});
