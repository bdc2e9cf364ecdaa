import { describe, expect, it } from 'vitest';
import { clearTenant } from '../../../bin/corrections/remove-tenant.ts';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { readStatus } from '../../../bin/status/read-status.ts';
import { settingsOf } from '../../../lambda/ask/tried.ts';
import { exchangeKey, parseArchivedExchange } from '../../../lambda/history/archived-exchange.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { explainFailures } from '../../../lambda/run/explain-failures.ts';
import { readFleetTenants } from '../../../lambda/run/read-fleet-tenants.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

const AMAZON = { provider: 'amazon-ads', client_id: 'c', client_secret: 's' };
const CODE = { authorization_code: 'code', redirect_uri: 'https://agency.example/cb' };

function sceneOf(entry: object): Scene {
  const scene = createScene();
  scene.save('default', { tenants: { acme: entry } });
  return scene;
}

async function statusOf(scene: Scene, tenant = 'acme') {
  const shards = await readStatus(scene.openPorts(), null);
  return shards.flatMap(({ tenants }) => tenants).find((one) => one.tenant === tenant);
}

async function whyOf(scene: Scene) {
  const { archive, ...ports } = scene.openPorts();
  const fleet = await readFleetTenants(ports, undefined);
  const chosen = fleet.filter((one) => one.tenant === 'acme');
  const [explained] = await explainFailures(archive, chosen, fleet);
  return explained?.causes ?? [];
}

/** A rotated tenant whose newest token only the archive knew, and the archive lost. */
async function successorLost(): Promise<Scene> {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  const old = scene.token('acme');
  await scene.run();
  scene.edit(({ tenants: { acme = {} } }) => Object.assign(acme, { refresh_token: old }));
  for (const [key, text] of scene.world.objects) {
    const exchange = key.startsWith('responses/') ? parseArchivedExchange(JSON.parse(text)) : null;
    if (exchange?.status === 200) {
      scene.world.objects.delete(key);
    }
  }
  return scene;
}

/** Two shards hold a tenant of one name. */
function twins(): Scene {
  const scene = createScene({ shards: ['default', 'eu'] });
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  scene.save('eu', { tenants: { acme: scene.tenant('other') } });
  return scene;
}

describe('what status says after a run', () => {
  const states: [string, () => Scene | Promise<Scene>][] = [
    ['a tenant that was never connected', () => sceneOf(AMAZON)],
    ['an entry with a wrong field', () => sceneOf({ ...AMAZON, refresh_token: 'r', region: 'x' })],
    ['a token whose successor is lost', successorLost],
    ['two tenants of one name', twins],
    [
      'a vault that refuses writes',
      () => {
        const scene = createScene();
        scene.save('default', { tenants: { acme: scene.tenant('acme') } });
        scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
        return scene;
      },
    ],
    [
      'a refused code beside a token',
      () => {
        const scene = createScene();
        scene.save('default', { tenants: { acme: scene.tenant('acme', 'grace', CODE) } });
        scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
        return scene;
      },
    ],
    [
      'an answer to a code that nobody could read',
      () => {
        const scene = createScene();
        const { refresh_token: _, ...entry } = scene.tenant('acme', 'grace', CODE);
        scene.save('default', { tenants: { acme: entry } });
        scene.http.always('acme', jsonReply(200, { result: { refreshToken: 'new.token' } }));
        return scene;
      },
    ],
    [
      'a platform without new tokens',
      () => sceneOf({ provider: 'tiktok-business', client_id: 'c', client_secret: 's' }),
    ],
  ];

  it.each(states)('of %s is what the run said', async (_what, begin) => {
    const scene = await begin();
    const report = await scene.run();
    for (const shard of new Set(report.outcomes.map((outcome) => outcome.shard))) {
      const { error } = outcomeOf(report, 'acme', shard);
      const status = (await readStatus(scene.openPorts(), shard))[0]?.tenants[0];
      expect(error).toBeDefined();
      expect(status?.error).toEqual(error);
    }
  });

  it.each(states)('of %s is no other thing than why says', async (_what, begin) => {
    const scene = await begin();
    await scene.run();
    const said = (await statusOf(scene))?.error;
    const [cause] = await whyOf(scene);
    expect(cause?.cause === 'invalid_entry').toBe(said?.code === 'invalid_entry');
    expect(cause?.next_step).toBe(said?.next_step);
  });

  it('forgets the words that name a tenant once it has another name', async () => {
    const scene = await successorLost();
    await scene.run();
    await renameTenant(scene.openPorts(), 'acme', 'acme-eu');
    expect(JSON.stringify((await statusOf(scene, 'acme-eu'))?.error)).not.toMatch(/acme(?!-eu)/);
  });
});

describe('what status says before any run', () => {
  it('asks for consent where a platform renews no token, and none is there', async () => {
    const scene = sceneOf({ provider: 'tiktok-business', client_id: 'c', client_secret: 's' });
    expect(await statusOf(scene)).toMatchObject({
      state: 'needs_authorization',
      next_step: 'Ask the client to consent: tokens connect acme',
    });
    expect(await whyOf(scene)).toMatchObject([{ cause: 'never_connected', certainty: 'certain' }]);
  });

  it('keeps apart a definition as bundles have it and a corrected one', () => {
    const entry = { ...AMAZON, provider: 'taboola' };
    const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme: entry } }));
    const tenant = resolveTenant('acme', map) as Tenant;
    const bundled = { ...tenant, provider: { ...tenant.provider, unconfirmed: ['x'] } };
    expect(settingsOf(bundled)).toBe(settingsOf(tenant));
    const corrected = {
      ...tenant,
      provider: { ...tenant.provider, token_url: 'https://x.example' },
    };
    expect(settingsOf(corrected)).not.toBe(settingsOf(tenant));
  });
});

describe('why a tenant holds nothing', () => {
  it('is that it was never connected, before and after a run', async () => {
    const scene = sceneOf(AMAZON);
    for (let runs = 0; runs < 2; runs++) {
      expect(await whyOf(scene)).toMatchObject([
        {
          cause: 'never_connected',
          certainty: 'certain',
          evidence: ['Tenant acme holds no credential yet.'],
          next_step: 'Connect it: tokens connect acme',
        },
      ]);
      await scene.run();
    }
  });

  it('is that its credential was taken out, and says how it comes back', async () => {
    const scene = createScene();
    const entry = scene.tenant('acme');
    scene.save('default', { tenants: { acme: { ...entry, provider: 'amazon-ads' } } });
    await scene.run();
    await clearTenant(scene.openPorts(), 'acme');
    expect((await statusOf(scene))?.next_step).toContain('tokens restore acme');
    expect(await whyOf(scene)).toMatchObject([{ cause: 'credential_gone' }]);
  });

  it('is that its code was refused', async () => {
    const scene = sceneOf({ ...AMAZON, ...CODE, token_url: 'https://acme.example/token' });
    scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
    await scene.run();
    expect(await whyOf(scene)).toMatchObject([{ cause: 'code_refused', certainty: 'certain' }]);
  });

  it('is told of a token whose successor is lost in the words of the run', async () => {
    const scene = await successorLost();
    await scene.run();
    const [cause, ...more] = await whyOf(scene);
    expect(more).toEqual([]);
    expect(cause?.cause).toBe('needs_authorization');
    expect(cause?.evidence[0]).toContain('was replaced by a newer one');
  });
});

describe('why a tenant fails that was moved to another shard', () => {
  it.each(['before', 'and again after'])('is told by what it did in both: %s', async (when) => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme'), brandx: scene.tenant('b') } });
    await scene.run();
    scene.server.reissue('acme');
    await scene.run();
    const before = await whyOf(scene);
    expect(before).toMatchObject([
      { cause: 'spent_elsewhere', certainty: 'possible' },
      { cause: 'withdrawn', certainty: 'possible' },
    ]);
    await splitShard(homeOf(scene), { source: 'default', target: 'eu', tenants: ['acme'] });
    if (when === 'and again after') {
      await scene.run();
    }
    expect((await whyOf(scene)).map(({ cause, certainty }) => ({ cause, certainty }))).toEqual(
      before.map(({ cause, certainty }) => ({ cause, certainty })),
    );
  });
});

describe('why a tenant fails whose neighbours have filed a lot', () => {
  it('is told all the same', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    scene.server.reissue('acme');
    await scene.run();
    for (let attempt = 0; attempt < 150_000; attempt++) {
      const folder = '00000002-2026-11-22T02:17:03.120Z';
      scene.world.objects.set(exchangeKey('default', folder, 'brandx', attempt), '{}');
    }
    expect(await whyOf(scene)).toMatchObject([
      { cause: 'spent_elsewhere' },
      { cause: 'withdrawn' },
    ]);
  });
});

function homeOf(scene: Scene) {
  const { world } = scene;
  return {
    ports: scene.openPorts(),
    async addShard(shard: string) {
      world.accessTokens.create(shard);
      world.vault.create(shard);
    },
  };
}
