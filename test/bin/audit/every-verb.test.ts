import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EditNote, parseEditNote } from '../../../bin/audit/edit-note.ts';
import { verbs } from '../../../bin/verbs.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { CLIENT, startConsentServer } from '../../fakes/consent-server.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { startRotatingServer } from '../../fakes/rotating-server.ts';

const MARK = 'CANARY-11';
const cli = cliInProcess();

/** One call, and what its one line names. Apps count where no tenant changed. */
type Edit = [verb: string, args: string[], names: string[], input?: string];

/** Each edit, in an order in which all can be made. */
const EDITS: readonly Edit[] = [
  ['set', ['acme', 'title=Acme'], ['acme']],
  ['unset', ['acme', 'title'], ['acme']],
  ['pause', ['acme'], ['acme']],
  ['resume', ['acme'], ['acme']],
  ['set-refresh-token', ['third', '--stdin'], ['third'], `new.refresh.0.${MARK}`],
  ['restore', ['third', '--yes'], ['third']],
  ['invite', ['site', '--url', 'http://127.0.0.1:1'], ['site']],
  ['invite revoke', ['site'], ['site']],
  ['rename', ['brandx', 'brandy'], ['brandx', 'brandy']],
  ['app add', ['lwa', 'provider=amazon-ads', 'client_id=c', '--stdin'], ['lwa'], `one.${MARK}`],
  ['app set', ['lwa', 'region=eu'], ['lwa']],
  ['app set-secret', ['lwa', '--stdin'], ['lwa'], `two.${MARK}`],
  ['app add-secret', ['lwa', '--stdin'], ['lwa'], `three.${MARK}`],
  ['app drop-secret', ['lwa'], ['lwa']],
  ['add', ['newcomer', '--app', 'lwa'], ['newcomer']],
  ['import', ['tenants.json'], ['imported']],
  ['provider add', ['definition.json'], []],
  ['shard add', ['eu'], []],
  ['shard split', ['default', '--to', 'us', '--tenants', 'brandy'], ['brandy']],
  ['clear', ['third', '--yes'], ['third']],
  ['remove', ['third', '--yes'], ['third']],
  ['shard forget', ['eu', '--yes'], []],
  ['home key-file', [], []],
];

/** These look, or ask for tokens, of which a run's report tells. */
const LOOKS: readonly [verb: string, args: string[]][] = [
  ['rotate', ['acme']],
  ['status', []],
  ['get', ['acme']],
  ['show', ['acme']],
  ['history', ['acme']],
  ['why', ['acme']],
  ['calendar', []],
  ['plan', []],
  ['drill', []],
  ['export', ['acme', 'exported']],
  ['exec', ['acme', '--', 'true']],
  ['app list', []],
  ['provider list', []],
  ['shard list', []],
  ['invite list', []],
  ['completion', ['bash']],
];

/** Tested below or beside: they need a platform, a browser, a terminal or an older home. */
const ELSEWHERE = ['connect', 'ui', 'reread', 'doctor'];

async function openHome() {
  const names = ['acme', 'brandx', 'third'];
  const server = await startRotatingServer(names, MARK);
  const platform = await startConsentServer(['http://127.0.0.1/callback']);
  onTestFinished(() => Promise.all([server.close(), platform.close()]).then(() => undefined));
  const home = await makeLocalHome(server, names, MARK);
  const { vault, archive } = await openFolderHome({ home });
  const version = await vault.read('default');
  const map = JSON.parse(version?.text ?? '');
  const urls = { token_url: platform.tokenUrl, authorize_url: platform.authorizeUrl };
  map.tenants.site = { provider: 'oauth2', ...CLIENT, ...urls, scope: 'openid ads' };
  const text = JSON.stringify(map);
  await vault.swap('default', version?.versionId ?? null, text, crypto.randomUUID());
  const file = join(home, '..', 'tenants.json');
  const imported = { provider: 'amazon-ads', client_id: 'c', client_secret: 's' };
  const tenants = { imported: { ...imported, refresh_token: `r.${MARK}` } };
  await writeFile(file, JSON.stringify({ version: 1, tenants }));
  const own = { 'my-ads': { extends: 'oauth2', title: 'Mine' } };
  await writeFile(join(home, '..', 'definition.json'), JSON.stringify(own));

  async function notes(): Promise<EditNote[]> {
    const keys = await archive.list('audit/');
    const read = await Promise.all(keys.map(async (key) => parseEditNote(await archive.get(key))));
    return read.flatMap((note) => note ?? []);
  }

  /** Makes a call, which must go well, and returns the lines that it left. */
  async function linesOf(args: readonly string[], input = ''): Promise<EditNote[]> {
    const before = (await notes()).length;
    const given = args.map((arg) => (/\.json$|^exported$/.test(arg) ? join(home, '..', arg) : arg));
    const { code, stderr } = await cli.run(given, { home, input });
    if (code !== 0) {
      throw new Error(`tokens ${args.join(' ')} ended with ${code}: ${stderr}`);
    }
    return (await notes()).slice(before);
  }
  return { home, platform, notes, linesOf };
}

describe('the archive', () => {
  it('has one line for each edit of each verb, with the names and nothing secret', async () => {
    const { home, linesOf } = await openHome();
    await linesOf(['rotate', 'acme', 'brandx', 'third']);
    for (const [verb, args, names, input] of EDITS) {
      if (verb === 'shard forget') {
        await rm(join(home, 'tenants', 'eu'), { recursive: true });
      }
      const lines = await linesOf([...verb.split(' '), ...args], input);
      const told = lines.map((line) => [line.verb, [...line.tenants, ...line.apps]]);
      expect(told).toEqual([[verb, names]]);
      expect(lines[0]?.by).toContain('@');
      expect(JSON.stringify(lines)).not.toContain(MARK);
    }
  });

  it('has no line of a verb that only looks, or asks for tokens', async () => {
    const { linesOf } = await openHome();
    for (const [verb, args] of LOOKS) {
      expect([verb, await linesOf([...verb.split(' '), ...args])]).toEqual([verb, []]);
    }
  });

  it('has one line of a consent at this machine', async () => {
    const { home, platform, notes } = await openHome();
    const call = cli.start(['connect', 'site'], { home });
    await fetch(await platform.walk((await call.says(/^http\S+$/m))[0]));
    expect((await call.ended).code).toBe(0);
    expect(await notes()).toMatchObject([{ verb: 'connect', tenants: ['site'] }]);
  });

  it('is asked about every verb', () => {
    const asked = [...EDITS, ...LOOKS].map(([verb]) => verb.split(' ')[0] ?? '');
    expect([...new Set([...asked, ...ELSEWHERE])].sort()).toEqual(
      verbs.map(({ name }) => name).sort(),
    );
  });
});
