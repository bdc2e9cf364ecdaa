import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
let folder: string;
let home: string;

const DSP = {
  id: 'agency-dsp',
  extends: 'oauth2',
  title: 'Agency DSP',
  token_url: 'https://{host}/oauth/token',
  variables: { host: '[a-z0-9-]+\\.dsp\\.example' },
  response: { access_token: 'data.token' },
  errors: { code_path: 'code', codes: { '4011': 'invalid_grant' } },
};

beforeEach(async () => {
  folder = mkdtempSync(join(temporaryFolder(), 'definitions-'));
  home = join(folder, 'home');
  const { vault } = await openFolderHome({ home });
  await vault.swap('default', null, '{ "version": 1, "tenants": {} }', crypto.randomUUID());
  await cli.run(['shard', 'add', 'eu'], { home });
});
afterAll(() => expect(cli.spoken()).not.toContain('CANARY'));

const run = (...args: string[]) => cli.run(args, { home });

function file(content: unknown, name = 'definition.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function mapOf(shard: string): Promise<{ definitions?: Record<string, unknown> }> {
  const { vault } = await openFolderHome({ home });
  return JSON.parse((await vault.read(shard))?.text ?? '{}');
}

describe('tokens provider', () => {
  it('adds a definition to every shard, and lists and shows it from then on', async () => {
    const added = await run('provider', 'add', file(DSP));
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('eu: changed') });
    const { id: _, ...written } = DSP;
    for (const shard of ['default', 'eu']) {
      expect((await mapOf(shard)).definitions).toEqual({ 'agency-dsp': written });
    }

    const { providers } = JSON.parse((await run('--json', 'provider', 'list')).stdout);
    expect(providers).toContainEqual({
      id: 'agency-dsp',
      title: 'Agency DSP',
      source: 'map',
      shards: ['default', 'eu'],
      ways: ['consent', 'device', 'client_credentials'],
    });
    expect(providers).toContainEqual(expect.objectContaining({ id: 'meta', source: 'shipped' }));
    expect((await run('provider', 'show', 'agency-dsp')).stdout).toContain(
      'https://{host}/oauth/token',
    );
  });

  it('writes nothing of a file with a wrong definition', async () => {
    const wrong = { good: DSP, bad: { ...DSP, token_url: 'http://CANARY.example' } };
    const { id: _, ...good } = DSP;
    const result = await run('provider', 'add', file({ ...wrong, good }));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('Definition bad is wrong at');
    expect(await mapOf('default')).not.toHaveProperty('definitions');
  });

  it('keeps what a definition calls a secret out of arguments and of what it shows', async () => {
    const dsp = { ...DSP, required_fields: ['pass_phrase'], secret_fields: ['pass_phrase'] };
    await run('provider', 'add', file(dsp));
    const secret = file('CANARY-phrase', 'phrase.txt');
    const given = ['--provider', 'agency-dsp', '--client-id', 'c', '--set', 'host=eu.dsp.example'];
    const lacking = await run('add', 'acme', ...given);
    expect(lacking.stderr).toContain('--set-file pass_phrase=FILE');
    const files = ['--client-secret-file', secret, '--set-file', `pass_phrase=${secret}`];
    expect(await run('add', 'acme', ...given, ...files)).toMatchObject({ code: 0 });

    const argument = await run('set', 'acme', 'pass_phrase=CANARY-other');
    expect(argument).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pass_phrase is a secret'),
    });
    expect(await run('set', 'acme', 'pass_phrase', '--file', secret)).toMatchObject({ code: 0 });
    expect((await run('show', 'acme')).stdout).toMatch(/pass_phrase +.*fingerprint/);
  });

  it('holds a tenant whose callers sign each request, and asks nobody for it', async () => {
    const key = file('CANARY-key', 'key.pem');
    const added = await run(
      ...['add', 'acme', '--provider', 'walmart-connect', '--client-id', 'c'],
      ...['--set', 'key_version=1', '--set-file', `private_key=${key}`],
      ...['--set-file', `auth_token=${key}`],
    );
    expect(added.stdout).toContain('Next: tokens status acme');
    expect(await run('set', 'acme', 'secret_expires_at=2030-01-31')).toMatchObject({ code: 0 });
    expect((await run('rotate')).stdout).toContain('callers sign each request');
    const { tenants } = JSON.parse((await run('--json', 'status')).stdout);
    expect(tenants).toMatchObject([
      { state: 'ok', grant_type: null, ends: [{ kind: 'client_secret' }], next_step: null },
    ]);
    expect((await run('get', 'acme', '--show')).stderr).toContain('issues no tokens');
    expect((await run('connect', 'acme')).stderr).toContain('asks nobody for consent');
    expect((await run('provider', 'check', 'walmart-connect')).code).toBe(0);
  });

  it('refuses the id of a shipped provider', async () => {
    const { stderr } = await run('provider', 'add', file({ ...DSP, id: 'meta' }));
    expect(stderr).toContain('meta is a shipped provider');
  });

  it('prints the masked request of each grant', async () => {
    const { stdout, code } = await run('provider', 'check', file(DSP));
    expect(code).toBe(0);
    expect(stdout).toContain('refresh_token: POST https://{host}/oauth/token');
    expect(stdout).toContain('refresh_token=***');
    expect(stdout).toContain('client_secret=***');
  });

  it('judges a sample reply, and shows no token of it', async () => {
    const reply = file({ data: { token: 'CANARY-at' }, refresh_token: 'CANARY-rt' }, 'reply.json');
    const good = await run('provider', 'check', file(DSP), '--reply', reply);
    expect(good.stdout).toContain('brings an access token until');
    const refused = file({ code: 4011, message: 'CANARY' }, 'refused.json');
    const bad = await run('provider', 'check', file(DSP), '--reply', refused, '--status', '400');
    expect(bad).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('needs_authorization (4011)'),
    });
  });

  it.each(['not json', '[]', '{}', '{"id": "Wrong Id"}', '{"a": 7}'])(
    'refuses the file %s',
    async (text) => {
      const { code, stderr } = await run('provider', 'check', file(text));
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Error: /);
    },
  );

  it('knows no other provider', async () => {
    const { code, stderr } = await run('provider', 'show', 'shopfy');
    expect(code).toBe(1);
    expect(stderr).toContain('shopify');
  });
});
