import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { createTokenClient, TokenError } from '../../../lib/client/token-client.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { deriveKeysCheaply } from '../../fakes/cheap-scrypt.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const CANARY = 'canary5ecret';

deriveKeysCheaply();

describe(createTokenClient.name, () => {
  let server: RotatingServer;
  beforeEach(async () => {
    server = await startRotatingServer(['acme', 'brandx'], CANARY);
    vi.stubEnv('ALLOW_LOOPBACK_HTTP', 'true');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  it('gives the tokens of a home, with what is known of them', async () => {
    const client = createTokenClient({
      home: await makeLocalHome(server, ['acme', 'brandx'], CANARY),
    });
    const token = await client.accessToken('acme');
    expect(token).toBe(`acme.access.1.${CANARY}`);
    expect(await client.accessToken('brandx')).toBe(`brandx.access.1.${CANARY}`);
    expect(await client.headers('acme')).toEqual({
      Authorization: `Bearer ${token}`,
      'X-Account': '7',
    });
    const info = await client.info('acme');
    expect(info).toMatchObject({
      tenant: 'acme',
      shard: 'default',
      tokenType: 'bearer',
      scope: null,
      fingerprint: fingerprint(token),
    });
    expect(info.archiveKey).toMatch(/^responses\/default\/.*\/acme-1\.json$/);
    expect(info.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    expect(await client.tenants()).toEqual(['acme', 'brandx']);
    expect(server.requests()).toBe(2);
  });

  it('asks the provider once for a hundred callers', async () => {
    const client = createTokenClient({ home: await makeLocalHome(server, ['acme'], CANARY) });
    const got = await Promise.all(Array.from({ length: 100 }, () => client.accessToken('acme')));
    expect(new Set(got).size).toBe(1);
    expect(server.requests()).toBe(1);
  });

  it('lets a header of the tenant’s own take the place of Authorization', async () => {
    const home = await makeLocalHome(server, ['acme'], CANARY, { authorization: 'own' });
    expect(await createTokenClient({ home }).headers('acme')).toEqual({ authorization: 'own' });
  });

  it('says what to do for a tenant that needs authorization, in its own words', async () => {
    const client = createTokenClient({ home: await makeLocalHome(server, ['stranger'], CANARY) });
    const error = await client.accessToken('stranger').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenError);
    expect(error).toMatchObject({
      code: 'failing',
      failure: 'needs_authorization',
      nextStep: expect.stringContaining('tokens connect stranger'),
    });
    const shown = [
      JSON.stringify(error),
      String(error),
      (error as Error).stack,
      JSON.stringify((error as Error).cause),
    ].join();
    expect(shown).not.toContain(CANARY);
  });

  it('makes no home where there is none, and opens it once it is there', async () => {
    const home = join(temporaryFolder(), 'home');
    const client = createTokenClient({ home });
    await expect(client.tenants()).rejects.toMatchObject({
      name: 'TokenError',
      code: 'unavailable',
      message: expect.stringContaining(home),
    });
    await mkdir(home);
    await openFolderHome({ home });
    expect(await client.tenants()).toEqual([]);
  });

  it('opens a home that is sealed with a passphrase', async () => {
    const home = join(temporaryFolder(), 'home');
    await openFolderHome({ home, passphrase: CANARY });
    expect(await createTokenClient({ home, passphrase: CANARY }).tenants()).toEqual([]);
    await expect(createTokenClient({ home }).tenants()).rejects.toMatchObject({
      code: 'not_authorized',
    });
  });

  it.each([-1, 10 * 60_000 + 1, Number.NaN])('refuses a margin of %d ms', (marginMs) => {
    expect(() => createTokenClient({ marginMs })).toThrow(RangeError);
  });

  it('refuses what is no name of a shard', () => {
    expect(() => createTokenClient({ shard: '../x' })).toThrow(TypeError);
  });
});
