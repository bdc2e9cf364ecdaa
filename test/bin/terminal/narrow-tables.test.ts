import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { startRotatingServer } from '../../fakes/rotating-server.ts';

const cli = cliInProcess();
const LONG = 'client-of-the-agency-0001';
const SHARD = 'europe-and-africa';
const NEWCOMER = 'client-who-is-new-here-000002';
/** Of a time that was broken. */
const UNIT_ALONE = /(^| {2})(min|h|days)( ago)?( {2}|$)/;
const DAY_AND_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /;
const folder = mkdtempSync(join(tmpdir(), 'token-rotator-'));
const home = join(folder, 'home');
const CLIENTS = join(folder, 'clients.csv');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One tenant rotates and is edited, one is refused, and nobody can be reached for one. */
beforeAll(async () => {
  const server = await startRotatingServer([LONG], 'CANARY');
  const { vault, addShard } = await openFolderHome({ home });
  const entry = (name: string, more: object = {}) => ({
    app: 'agency-of-the-client',
    token_url: server.tokenUrl,
    refresh_token: `${name}.refresh.0.CANARY`,
    ...more,
  });
  const apps = {
    'agency-of-the-client': {
      provider: 'amazon-ads',
      client_id: 'c',
      client_secret: 'CANARY',
      secret_expires_at: '2029-05-01T00:00:00.000Z',
      redirect_uri: 'https://agency.example/a/long/way/to/the/page/that/takes/codes',
    },
  };
  const unreachable = { token_url: 'http://127.0.0.1:1/token', refresh_token: 'CANARY' };
  const tenants = { [LONG]: entry(LONG), dead: entry('dead'), far: entry('far', unreachable) };
  await addShard(SHARD);
  await vault.swap(SHARD, null, JSON.stringify({ version: 1, apps, tenants }), crypto.randomUUID());
  await cli.run(['rotate', LONG, 'dead'], { home });
  await cli.run(['invite', LONG, '--url', 'http://127.0.0.1:1'], { home });
  await cli.run(['set-refresh-token', LONG, '--stdin'], { home, input: 'CANARY-new' });
  await server.close();
  writeFileSync(
    CLIENTS,
    `tenant,provider,client_id,client_secret,refresh_token\n${NEWCOMER},microsoft-ads-google,c,CANARY,CANARY-2\n`,
  );
});

/** What the history says beside its table, as a whole command. */
const HOW_TO_SEE_A_REPLY = /^Its newest reply: tokens history .*\n$/;

async function linesOf(args: string[], columns: number): Promise<string[]> {
  const { code, stdout, stderr } = await cli.run(args, { env: { TOKENS_HOME: home }, columns });
  expect([args, code, stderr.replace(HOW_TO_SEE_A_REPLY, '')]).toEqual([args, 0, '']);
  return stdout.trimEnd().split('\n');
}

describe.each([60, 80, 120])('at %i columns', (columns) => {
  it.each([LONG, 'dead'])('the history of %s has one line for each event', async (tenant) => {
    const [head, ...rows] = await linesOf(['history', tenant], columns);
    expect(head).toMatch(/^AT \(UTC\).*OUTCOME +SENT +RECEIVED$/);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const row of rows) {
      expect(row).toMatch(DAY_AND_TIME);
      expect(row.length).toBeLessThanOrEqual(columns);
    }
    const last =
      tenant === LONG ? / edited: set-refresh-token by \S+@\S+$/ : / needs_authorization /;
    expect(rows.at(-1)).toMatch(last);
  });

  it.each([
    ['status', [LONG, 'dead', 'far']],
    ['calendar', ['2029-05-01']],
    ['app list', ['agency-of-the-client', SHARD]],
    ['plan', [SHARD, 'amazon-ads']],
    ['provider list', ['salesforce-marketing-cloud', 'fulfillment_user_assertion']],
    ['shard list', [SHARD]],
    ['rotate --dry-run', [LONG, 'dead', 'far', 'would be asked']],
    ['invite list', [LONG]],
    ['provider observed amazon-ads', ['refusal:needs_authorization']],
    ['provider show amazon-ads', ['client_secret']],
    ['why --failing', ['tokens connect dead']],
    ['import FILE --dry-run', [NEWCOMER, 'refresh_token']],
    ['show dead', ['https://agency.example/a/long/way/to/the/page/that/takes/codes']],
  ])('tokens %s breaks no name and no time', async (words, whole) => {
    const lines = await linesOf(words.replace('FILE', CLIENTS).split(' '), columns);
    for (const text of whole) {
      expect(lines.some((line) => line.includes(text))).toBe(true);
    }
    expect(lines.filter((line) => UNIT_ALONE.test(line) || /\w…/.test(line))).toEqual([]);
    const isUrl = (line: string) => /https:\/\/|\/tenants\//.test(line);
    expect(lines.filter((line) => line.length > columns && !isUrl(line))).toEqual([]);
  });
});
