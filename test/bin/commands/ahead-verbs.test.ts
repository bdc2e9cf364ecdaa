import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { startRotatingServer } from '../../fakes/rotating-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const CANARY = 'CANARY-7';
const cli = cliInProcess();
afterAll(() => expect(cli.spoken()).not.toContain(CANARY));

async function openScene(names: string[]) {
  const server = await startRotatingServer(names, CANARY);
  onTestFinished(() => server.close());
  const home = await makeLocalHome(server, names, CANARY);
  const run = (...args: string[]) => cli.run(args, { home });
  const json = async (...args: string[]) => JSON.parse((await run('--json', ...args)).stdout);
  return { server, home, run, json };
}

describe('tokens why', () => {
  it('says that a tenant does not fail', async () => {
    const { run, json } = await openScene(['acme']);
    await run('rotate');
    expect((await run('why', 'acme')).stdout).toBe('Tenant acme does not fail.\n');
    expect(await json('why', 'acme')).toEqual({ version: 1, tenant: 'acme', causes: [] });
  });

  it('explains a token that somebody else has used', async () => {
    const { server, run, json } = await openScene(['acme', 'brandx']);
    await run('rotate');
    server.valid.set('acme', `elsewhere.${CANARY}`);
    await run('rotate');
    const explained = await json('why', 'acme');
    expect(explained.causes).toMatchObject([
      {
        cause: 'spent_elsewhere',
        certainty: 'possible',
        evidence: [expect.stringContaining('came from the platform'), expect.any(String)],
        next_step: expect.stringContaining('tokens connect acme'),
      },
      { cause: 'withdrawn', certainty: 'possible' },
    ]);
    expect((await run('why', 'acme')).stdout).toContain('spent elsewhere (possible)');
    expect((await run('status')).stdout).toContain(
      '  Cause: spent elsewhere (possible), withdrawn (possible)\n',
    );
    expect(await json('why', '--failing')).toMatchObject({
      groups: [{ cause: 'spent_elsewhere', tenants: ['acme'] }],
    });
  });

  it('groups the dead as status does, in the same words', async () => {
    const { server, run, json } = await openScene(['acme', 'brandx', 'well']);
    await run('rotate');
    for (const tenant of ['acme', 'brandx']) {
      server.valid.set(tenant, `elsewhere.${CANARY}`);
    }
    await run('rotate');
    const { groups } = await json('why', '--failing');
    expect(groups).toMatchObject([
      { cause: 'spent_elsewhere', certainty: 'possible', tenants: ['acme', 'brandx'] },
    ]);
    expect((await json('status')).causes).toEqual(groups);
    for (const verb of [['status'], ['why', '--failing']]) {
      expect((await run(...verb)).stdout).toContain('Cause: spent elsewhere (possible)');
    }
  });

  it('wants a tenant that there is, or --failing', async () => {
    const { run } = await openScene(['acme']);
    expect(await run('why')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('why', 'acme', '--failing')).toMatchObject({ code: 2 });
    expect(await run('why', 'nobody')).toMatchObject({ code: 1 });
  });
});

describe('tokens drill', () => {
  const SOME_RUNS = 3;

  async function drilledHome() {
    const scene = await openScene(['acme', 'brandx']);
    for (let run = 0; run < SOME_RUNS; run++) {
      await scene.run('rotate');
    }
    return scene;
  }

  it('says that all come back, and asks nobody', async () => {
    const { run, json, server } = await drilledHome();
    const asked = server.requests();
    expect(await json('drill')).toMatchObject({ version: 1, back: 2, of: 2, failures: [] });
    const { code, stdout } = await run('drill');
    expect([code, stdout]).toEqual([0, expect.stringContaining('2 of 2 tenants would come back.')]);
    expect(server.requests()).toBe(asked);
  });

  it('names what is missing, what to do, and ends with 1', async () => {
    const { run, json, home } = await drilledHome();
    await rm(join(home, 'archive', 'responses'), { recursive: true, force: true });
    const { code, stdout } = await run('drill');
    expect(code).toBe(1);
    expect(stdout).toContain('0 of 2 tenants would come back.');
    expect(stdout).toContain('tokens rotate acme');
    expect((await json('drill')).shards[0].missing).toMatchObject([
      { tenant: 'acme', cause: 'not_in_archive' },
      { tenant: 'brandx', cause: 'not_in_archive' },
    ]);
  });

  it('takes a copy of the map, and refuses what is none', async () => {
    const { run, json, home } = await drilledHome();
    const file = join(home, 'copy.json');
    await writeFile(file, JSON.stringify({ version: 1, tenants: {} }));
    expect(await json('drill', '--map', file)).toMatchObject({
      back: 0,
      shards: [{ to_add: ['acme', 'brandx'], map_created_at: null }],
    });
    await writeFile(file, CANARY);
    expect(await run('drill', '--map', file)).toMatchObject({ code: 1 });
    expect(await run('drill', '--map', join(home, 'none'))).toMatchObject({ code: 1 });
  });
});

describe('tokens calendar', () => {
  async function homeWithSecretEnd() {
    const home = join(temporaryFolder(), 'home');
    const { vault } = await openFolderHome({ home });
    const app = {
      provider: 'amazon-ads',
      client_id: 'c',
      client_secret: CANARY,
      secret_expires_at: '2199-12-24',
    };
    const entry = { app: 'lwa', refresh_token: CANARY };
    const tenants = { acme: { ...entry, tags: ['eu'] }, brandx: entry };
    const text = JSON.stringify({ version: 1, apps: { lwa: app }, tenants });
    await vault.swap('default', null, text, 'a'.repeat(32));
    return home;
  }

  it('shows the end of a secret once for its app, as a table and as JSON', async () => {
    const home = await homeWithSecretEnd();
    const { stdout } = await cli.run(['calendar'], { home });
    expect(stdout).toMatch(/2199-12-24 .*app lwa .*the client secret ends/);
    const json = JSON.parse((await cli.run(['--json', 'calendar'], { home })).stdout);
    expect(json).toMatchObject({
      version: 1,
      entries: [{ kind: 'client_secret', app: 'lwa', tenants: ['acme', 'brandx'] }],
      without_end: 0,
    });
  });

  it('filters by tag and by time', async () => {
    const home = await homeWithSecretEnd();
    const run = async (...args: string[]) =>
      JSON.parse((await cli.run(['--json', 'calendar', ...args], { home })).stdout).entries;
    expect(await run('--tag', 'eu')).toMatchObject([{ tenants: ['acme'] }]);
    expect(await run('--within', '30d')).toEqual([]);
    expect(await cli.run(['calendar', '--within', 'soon'], { home })).toMatchObject({ code: 2 });
  });

  it('writes a calendar file', async () => {
    const home = await homeWithSecretEnd();
    const { stdout, code } = await cli.run(['calendar', '--ics'], { home });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2.0\r\n/);
    expect(stdout).toMatch(/END:VCALENDAR\r\n$/);
    expect(stdout).toContain('DTSTART;VALUE=DATE:21991224\r\n');
    expect(await cli.run(['--json', 'calendar', '--ics'], { home })).toMatchObject({ code: 2 });
  });
});

describe('tokens provider observed', () => {
  it('shows what runs saw of a provider, and no value of a reply', async () => {
    const { run, json } = await openScene(['acme', 'brandx']);
    await run('rotate');
    await run('rotate');
    const { id, grants } = await json('provider', 'observed', 'oauth2');
    expect(id).toBe('oauth2');
    expect(grants).toMatchObject([{ grant_type: 'refresh_token', runs: 2, answers: 4 }]);
    expect(grants[0].aspects).toContainEqual({
      aspect: 'refresh_token',
      value: 'changes',
      runs: 2,
      of: 2,
      changing_to: null,
      changed: null,
      defined: null,
    });
    expect(grants[0].aspects).toContainEqual(
      expect.objectContaining({ aspect: 'access_life_s', value: 3600, defined: 3600 }),
    );
    expect((await run('provider', 'observed', 'oauth2')).stdout).toMatch(
      /access_life_s +3600 +3600/,
    );
    expect(await run('provider', 'observed', 'pinterest')).toMatchObject({ code: 1 });
  });
});

describe('what is known ahead', () => {
  async function homeOfApp(app: object) {
    const home = join(temporaryFolder(), 'home');
    const { vault } = await openFolderHome({ home });
    const lwa = { provider: 'amazon-ads', client_id: 'c', client_secret: CANARY, ...app };
    const tenants = { acme: { app: 'lwa', refresh_token: CANARY } };
    const text = JSON.stringify({ version: 1, apps: { lwa }, tenants });
    await vault.swap('default', null, text, 'a'.repeat(32));
    return (...args: string[]) => cli.run(args, { home });
  }
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

  it('is a column of status, which filters by it', async () => {
    const at = inDays(20);
    const run = await homeOfApp({ secret_expires_at: at });
    expect((await run('status')).stdout).toMatch(new RegExp(`ENDS[^]*${at.slice(0, 10)}`));
    const listed = async (...args: string[]) =>
      JSON.parse((await run('--json', 'status', ...args)).stdout).tenants;
    expect(await listed('--expiring', '30d')).toMatchObject([
      { tenant: 'acme', ends: [{ kind: 'client_secret', at }] },
    ]);
    expect(await listed('--expiring', '10d')).toEqual([]);
  });

  it('is looked at by status and doctor: near ends, and what no schedule keeps alive', async () => {
    const run = await homeOfApp({ provider: 'microsoft-ads', secret_expires_at: inDays(20) });
    expect((await run('status')).stdout).toMatch(
      /Renewed too seldom:\n- acme: it lives for 90 days .*Run\s+at least every\s+45 days: tokens rotate/s,
    );
    expect(JSON.parse((await run('--json', 'status')).stdout).not_kept_alive).toMatchObject([
      { tenants: ['acme'], why: expect.stringContaining('90 days') },
    ]);
    const { stdout } = await run('doctor');
    expect(stdout).toMatch(/schedule +warning +acme: it lives for 90 days/);
    expect(stdout).toMatch(/ends +warning/);
    expect(stdout).toContain('tokens calendar --within 30d');
  });
});
