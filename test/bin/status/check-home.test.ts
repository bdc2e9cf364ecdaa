import { describe, expect, it } from 'vitest';
import { checkVersion, tenantsByHabit } from '../../../bin/status/check-home.ts';
import { checkRedirects } from '../../../bin/status/check-redirects.ts';
import { readStatus } from '../../../bin/status/read-status.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { readFleet } from '../../../lambda/run/fleet.ts';
import { version, versionIn, versionMark } from '../../../lib/version.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';
import { oauth2Entry } from '../../fakes/simulation.ts';

const CLIENT = { client_id: 'c', client_secret: 's' };

function fleetOf(tenants: object) {
  return {
    shards: ['default'],
    maps: new Map([['default', parseVaultMap(JSON.stringify({ version: 1, tenants }))]]),
  };
}

describe(checkVersion.name, () => {
  it('is content where the stack was deployed from this version', () => {
    const deployedVersion = versionIn(`What it does ${versionMark}`);
    expect(checkVersion({ kind: 'stack', deployedVersion })).toMatchObject([
      { result: 'ok', detail: `${version}, as here` },
    ]);
  });

  it.each([
    ['What it does (token-rotator 0.0.1)', '0.0.1 is deployed'],
    ['A description of somebody else', 'an unknown one is deployed'],
  ])('warns where the stack says %j', (description, detail) => {
    expect(checkVersion({ kind: 'stack', deployedVersion: versionIn(description) })).toMatchObject([
      { result: 'warning', detail: expect.stringContaining(detail) },
    ]);
  });

  it('says nothing of a folder', () => {
    expect(checkVersion({ kind: 'folder' })).toEqual([]);
  });
});

describe(checkRedirects.name, () => {
  const tenants = {
    waiting: { provider: 'pinterest', ...CLIENT },
    acme: { provider: 'amazon-ads', ...CLIENT, redirect_uri: 'https://own.example/back' },
    brandx: { provider: 'google-ads', ...CLIENT, developer_token: 'd' },
    machine: { provider: 'taboola', ...CLIENT },
  };

  it('names the addresses to register for each platform in use', () => {
    const connectPage = { url: 'https://p.example', redirectUri: 'https://p.example/callback' };
    const found = checkRedirects({ connectPage }, fleetOf(tenants)).map(({ detail }) => detail);
    expect(found).toEqual([
      'Pinterest: https://p.example/callback/pinterest',
      'Amazon Ads: https://p.example/callback/amazon-ads and https://own.example/back',
      'Google Ads: https://p.example/callback/google-ads and http://127.0.0.1/callback',
    ]);
  });

  it('says that any will do where nothing names one', () => {
    const acme = { provider: 'amazon-ads', ...CLIENT };
    expect(checkRedirects({ connectPage: null }, fleetOf({ acme }))).toMatchObject([
      { detail: 'Amazon Ads: any address that you register: connecting asks for it' },
    ]);
  });
});

describe(tenantsByHabit.name, () => {
  it('names those that ask as the client itself by their past alone, and nobody who waits', async () => {
    const scene = createScene();
    const { refresh_token: _, ...entry } = oauth2Entry('acme', '');
    const client = { ...entry, grant: 'client_credentials' };
    scene.save('default', { tenants: { old: client, said: { ...client, client_id: 'said' } } });
    await scene.run();
    scene.edit(({ tenants }) => {
      delete tenants.old?.grant;
      tenants.waiting = { ...entry, client_id: 'w', authorize_url: 'https://as.example/a' };
    });
    const ports = scene.openPorts();
    expect(await tenantsByHabit(ports, await readFleet(ports, null))).toEqual(['old']);
    const found = (await readStatus(ports, null))[0]?.tenants ?? [];
    const waiting = found.find(({ tenant }) => tenant === 'waiting');
    expect(waiting?.state).toBe('needs_authorization');
    const report = await scene.run({ tenants: ['waiting'] });
    const { error: told, causes } = outcomeOf(report, 'waiting');
    expect(waiting?.next_step).toBe(told?.next_step);
    expect(waiting?.next_step).toContain('tokens connect waiting');
    // A failure that is known by now is told in the same words.
    expect(causes?.map(({ next_step }) => next_step)).toEqual([told?.next_step]);
  });
});
