import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { cliProcesses } from '../../fakes/cli-process.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
const processes = cliProcesses();
/** Knows no grant: it refuses every refresh token at once. */
let server: RotatingServer;
let home: string;

const entry = (more: object = {}) => ({
  app: 'lwa',
  token_url: server.tokenUrl,
  refresh_token: 'CANARY-refresh',
  ...more,
});
const APP = { provider: 'amazon-ads', client_id: 'c', client_secret: 'CANARY-secret' };

beforeAll(async () => {
  server = await startRotatingServer([], 'CANARY');
});
afterAll(() => server.close());

beforeEach(async () => {
  home = join(temporaryFolder(), 'home');
  const { vault } = await openFolderHome({ home });
  const tenants = {
    acme: entry(),
    brandx: entry({ refresh_token: 'CANARY-other' }),
    carla: entry({ refresh_token: 'CANARY-third' }),
  };
  await vault.swap(
    'default',
    null,
    JSON.stringify({ version: 1, apps: { lwa: APP }, tenants }),
    crypto.randomUUID(),
  );
});
afterAll(() => expect(cli.spoken()).not.toContain('CANARY'));

async function mapOf(shard = 'default') {
  const { vault } = await openFolderHome({ home });
  return parseVaultMap((await vault.read(shard))?.text ?? null);
}

const run = (args: string[], input?: string) =>
  cli.run(args, { home, ...(input !== undefined && { input }) });

async function json(args: string[], input?: string) {
  const { code, stdout } = await run(['--json', ...args], input);
  return { code, result: JSON.parse(stdout) };
}

describe('tokens rotate', () => {
  it('says of an unknown tenant which one may be meant', async () => {
    const { code, stderr } = await run(['--json', 'rotate', 'brandz']);
    expect([code, JSON.parse(stderr)]).toEqual([
      1,
      {
        version: 1,
        error: {
          code: 'unknown_tenant',
          message: 'There is no tenant brandz. Did you mean brandx? Nothing was rotated.',
          next_step: `All tenants: tokens status --home ${home}. A new one: tokens add brandz --home ${home}`,
        },
      },
    ]);
  });
});

describe('tokens history', () => {
  it('says of a tenant that nobody has asked for yet that it has no exchange', async () => {
    expect(await run(['history', 'acme'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Tenant acme has no exchange yet. Next: tokens rotate acme/),
    });
    expect(await run(['history', 'nobody'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('tokens set-refresh-token', () => {
  it('names its undo where the archive holds the token before', async () => {
    await run(['rotate', 'acme']);
    const before = fingerprint('CANARY-refresh');
    const { stdout } = await run(['set-refresh-token', 'acme', '--stdin'], 'CANARY-new\n');
    expect(stdout).toContain(`To undo it: tokens restore acme --to ${before}`);
    await run(['restore', 'acme', '--to', before, '--yes']);
    expect((await mapOf()).tenants.get('acme')).toEqual(entry());
  });

  it('takes the token from stdin or a file, and never shows it', async () => {
    expect(await run(['set-refresh-token', 'acme', '--stdin'], 'CANARY-new\n')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Tenant acme holds the refresh token [0-9a-f]{16}. Next: tokens rotate acme/,
      ),
    });
    expect((await mapOf()).tenants.get('acme')).toEqual(entry({ refresh_token: 'CANARY-new' }));
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, 'CANARY-new');
    expect(await json(['set-refresh-token', 'acme', '--file', file])).toMatchObject({
      code: 0,
      result: { tenant: 'acme', result: 'unchanged' },
    });
  });

  it('takes the export of the tenant, and a whole reply of its provider', async () => {
    const exported = {
      tenant: 'acme',
      provider: 'amazon-ads',
      refresh_token: 'CANARY-exported',
      fingerprint: fingerprint('CANARY-exported'),
      exported_at: '2026-11-22T03:00:00.000Z',
    };
    const verb = ['set-refresh-token', 'acme', '--stdin'];
    expect((await run(verb, JSON.stringify(exported))).code).toBe(0);
    expect((await mapOf()).tenants.get('acme')).toMatchObject({ refresh_token: 'CANARY-exported' });
    const reply = { access_token: 'CANARY-access', refresh_token: 'CANARY-reply' };
    expect((await run(verb, JSON.stringify(reply))).code).toBe(0);
    expect((await mapOf()).tenants.get('acme')).toMatchObject({ refresh_token: 'CANARY-reply' });
    const other = JSON.stringify({ ...exported, tenant: 'brandx' });
    expect(await run(verb, other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The export is of another tenant'),
    });
    expect(await run(verb, JSON.stringify({ id_token: 'CANARY' }))).toMatchObject({ code: 2 });
  });

  it.each([
    ['off a terminal, without a source', ['set-refresh-token', 'acme'], '', /--stdin or --file/],
    [
      'with two sources',
      ['set-refresh-token', 'acme', '--stdin', '--file', 'x'],
      'CANARY',
      /not both/,
    ],
    ['with nothing on stdin', ['set-refresh-token', 'acme', '--stdin'], '', /stdin is empty/],
    [
      'with more than a token',
      ['set-refresh-token', 'acme', '--stdin'],
      'CANARY and more',
      /one line without spaces/,
    ],
  ])('ends with 2 %s', async (_what, args, input, message) => {
    expect(await run(args, input)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });
});

describe('tokens clear and tokens remove', () => {
  it('want --yes off a terminal, and change nothing without', async () => {
    for (const verb of ['clear', 'remove']) {
      expect(await run([verb, 'acme'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('give --yes'),
      });
    }
    expect((await mapOf()).tenants.get('acme')).toEqual(entry());
  });

  it('say what went and what did not', async () => {
    expect(await run(['clear', 'acme', '--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('tokens restore acme'),
    });
    expect((await mapOf()).tenants.get('acme')).not.toHaveProperty('refresh_token');
    expect(await run(['remove', 'acme', '--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('tokens remove acme --purge'),
    });
    expect((await run(['restore', 'acme'])).stdout).toContain('The entry of tenant acme is back');
    expect((await mapOf()).tenants.get('acme')).toHaveProperty('refresh_token');
    await run(['remove', 'acme', '--yes']);
    await run(['rotate']);
    const purged = await run(['remove', 'brandx', '--purge', '--yes']);
    expect(purged).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Deleted its history, its access token and \d+ exchanges/),
    });
    expect(purged.stdout).toContain('Reports of runs still name it');
    expect((await run(['history', 'brandx'])).code).toBe(1);
    expect([...(await mapOf()).tenants.keys()]).toEqual(['carla']);
  });

  it('end with 1 for a tenant that is unknown', async () => {
    for (const args of [
      ['clear', 'nobody', '--yes'],
      ['remove', 'nobody', '--yes'],
      ['remove', 'nobody', '--purge', '--yes'],
    ]) {
      expect((await run(args)).code).toBe(1);
    }
  });
});

const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0;
if (!hasPython) {
  console.warn('SKIPPED: prompts at a pseudo-terminal need python3 on the PATH');
}

describe.skipIf(!hasPython)('at a terminal', () => {
  async function type(args: string[], typed: [prompt: string, keys: string][]): Promise<string> {
    const plan = { command: [process.execPath, processes.path(), '--home', home, ...args], typed };
    const child = spawn('python3', [
      join(import.meta.dirname, '../../fakes/type-at-terminal.py'),
      JSON.stringify(plan),
    ]);
    const [screen, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(problems).toBe('');
    expect(screen).not.toContain('CANARY');
    return screen;
  }

  it('a refresh token is asked for unseen', async () => {
    expect(
      await type(['set-refresh-token', 'acme'], [['Refresh token', 'CANARY-typed\r']]),
    ).toContain('Next: ');
    expect((await mapOf()).tenants.get('acme')).toEqual(entry({ refresh_token: 'CANARY-typed' }));
  });

  it('asks before what cannot be taken back, and takes Enter for no', async () => {
    const question = 'Take the credentials of tenant acme out of its entry?';
    expect(await type(['clear', 'acme'], [[question, '\r']])).toContain('Nothing was changed.');
    expect((await mapOf()).tenants.get('acme')).toEqual(entry());
    expect(await type(['clear', 'acme'], [[question, 'y']])).toContain(
      'holds no credential any more',
    );
    expect((await mapOf()).tenants.get('acme')).not.toHaveProperty('refresh_token');
  });
});

describe('tokens app', () => {
  it('lists apps, and replaces a secret', async () => {
    expect(await json(['app', 'list'])).toEqual({
      code: 0,
      result: {
        version: 1,
        apps: [
          {
            app: 'lwa',
            shard: 'default',
            provider: 'amazon-ads',
            tenants: 3,
            secrets: [fingerprint('CANARY-secret')],
          },
        ],
      },
    });
    expect((await run(['app', 'list'])).stdout).toMatch(
      /^APP +SHARD +PROVIDER +TENANTS +SECRETS\nlwa +default +amazon-ads +3 +[0-9a-f]{8}$/m,
    );
    expect(await json(['app', 'set-secret', 'lwa', '--stdin'], 'CANARY-next')).toEqual({
      code: 0,
      result: { version: 1, app: 'lwa', shards: [{ shard: 'default', result: 'changed' }] },
    });
    expect((await mapOf()).apps.get('lwa')).toEqual({ ...APP, client_secret: 'CANARY-next' });
    expect(await run(['app', 'set-secret', 'nobody', '--stdin'], 'CANARY')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no app nobody'),
    });
  });
});

describe('tokens shard', () => {
  it.each(['status', 'status --failing --exit-code', 'drill', 'import FILE --dry-run'])(
    'is refused by tokens %s where it never was',
    async (words) => {
      await run(['shard', 'add', 'europe']);
      const file = join(temporaryFolder(), 'x.csv');
      writeFileSync(file, 'tenant,provider,client_id,client_secret\nnew,amazon-ads,c,CANARY');
      const args = words.split(' ').map((word) => (word === 'FILE' ? file : word));
      const { code, stdout, stderr } = await run([...args, '--shard', 'eurpe']);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('There is no shard eurpe. Did you mean europe?');
    },
  );

  it('adds a shard once', async () => {
    expect(await json(['shard', 'add', 'eu'])).toMatchObject({
      code: 0,
      result: { shard: 'eu', added: true },
    });
    expect(await json(['shard', 'add', 'eu'])).toMatchObject({ code: 0, result: { added: false } });
    expect(await run(['shard', 'add', '../eu'])).toMatchObject({ code: 2 });
  });

  it('splits one, and the tenants go on in the other', async () => {
    expect(
      await json(['shard', 'split', 'default', '--to', 'eu', '--tenants', 'brandx, carla']),
    ).toEqual({
      code: 0,
      result: {
        version: 1,
        source: 'default',
        target: 'eu',
        moved: ['brandx', 'carla'],
        apps: ['lwa'],
      },
    });
    expect([...(await mapOf('eu')).tenants.keys()]).toEqual(['brandx', 'carla']);
    expect((await mapOf('eu')).apps.get('lwa')).toEqual(APP);
    expect(await run(['shard', 'split', 'default', '--to', 'eu'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing is left to move'),
    });
    const { result } = await json(['rotate', 'carla']);
    expect(result.outcomes).toMatchObject([
      { tenant: 'carla', shard: 'eu', provider: 'amazon-ads' },
    ]);
  });

  it.each([
    [2, 'default', 'default', /into itself/],
    [1, 'nowhere', 'eu', /no shard nowhere/],
  ])('ends with %d for a split of %s to %s', async (code, source, target, message) => {
    expect(await run(['shard', 'split', source, '--to', target])).toMatchObject({
      code,
      stderr: expect.stringMatching(message),
    });
  });
});
