import { describe, expect, it } from 'vitest';
import { createPacer } from '../../../lambda/ask/pacer.ts';
import { withReservedBytes } from '../../../lambda/ask/reserve-bytes.ts';
import type { ShardRun } from '../../../lambda/keep/shard-run.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { createSimulatedClock } from '../../fakes/simulated-clock.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

describe(withReservedBytes.name, () => {
  function filledScene(store: 'vault' | 'accessTokens', spareBytes: number): Scene {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const bytes = store === 'vault' ? Buffer.byteLength(scene.world.vault.text('default')) : 0;
    scene.world[store].maxBytes = bytes + spareBytes;
    return scene;
  }

  it.each(['vault', 'accessTokens'] as const)(
    'spends nothing when the %s secret is full, and says how to split',
    async (store) => {
      const scene = filledScene(store, 10);
      const before = scene.token('acme');
      const { error, status } = outcomeOf(await scene.run(), 'acme');
      expect(status).toBe('failed');
      expect(error).toMatchObject({
        code: 'shard_full',
        next_step: 'Split the shard: tokens shard split default --to NEW',
      });
      expect(error?.message).toContain('acme');
      expect(scene.http.sent).toEqual([]);
      expect(scene.token('acme')).toBe(before);
      expect(scene.isSafe('acme')).toBe(true);
    },
  );

  it('asks as soon as there is room', async () => {
    const scene = filledScene('vault', 10);
    await scene.run();
    scene.world.vault.maxBytes = 65_536;
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ status: 'rotated', healed: true });
  });

  it('keeps a code when there is no room for what it may bring', async () => {
    const scene = createScene();
    const { refresh_token: _, ...entry } = scene.tenant('acme');
    scene.save('default', {
      tenants: {
        acme: {
          ...entry,
          redirect_uri: 'https://x.example/',
          authorization_code: scene.server.consent('acme'),
        },
      },
    });
    scene.world.vault.maxBytes = Buffer.byteLength(scene.world.vault.text('default')) + 100;
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('shard_full');
    scene.world.vault.maxBytes = 65_536;
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it.each(['refresh_token', 'access_token'])(
    'takes no room from the others for a %s that has none',
    async (name) => {
      const scene = createScene();
      const names = Array.from({ length: 60 }, (_, index) => `t${index}`);
      const tenants = ['acme', ...names].map((tenant) => [tenant, scene.tenant(tenant)]);
      scene.save('default', { tenants: Object.fromEntries(tenants) });
      await scene.run();
      for (const store of [scene.world.vault, scene.world.accessTokens]) {
        store.maxBytes = Buffer.byteLength(store.text('default')) + 1_000;
      }
      const body = {
        access_token: 'a-token',
        refresh_token: 'r-token',
        [name]: 'x'.repeat(16_000),
      };
      scene.http.reply('acme', jsonReply(200, body));
      const report = await scene.run();
      expect(outcomeOf(report, 'acme').error?.code).toBe('shard_full');
      expect(report.summary).toMatchObject({ rotated: 60, failed: 1 });
    },
  );

  it('waits for room that exchanges under way have set aside, and do not use', async () => {
    const scene = createScene();
    const names = Array.from({ length: 60 }, (_, index) => `t${index}`);
    scene.save('default', {
      tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
    });
    const report = await scene.run();
    expect(report.summary).toMatchObject({ total: 60, rotated: 60 });
  });

  it('keeps no place from tenants of other shards meanwhile', async () => {
    const scene = createScene({ shards: ['one', 'two'] });
    const PACE = { max_concurrency: 2, min_interval_ms: 0 };
    for (const shard of ['one', 'two']) {
      scene.save(shard, mapOfApp(scene, [`${shard}-a`, `${shard}-b`], PACE));
    }
    scene.world.accessTokens.maxBytes = 5_000;
    const { summary } = await scene.run();
    expect(summary.rotated).toBe(4);
    const [first, second] = scene.http.sent;
    expect([first?.account, second?.account]).toEqual(['one-a', 'two-a']);
    expect(second?.at).toBe(first?.at);
  });

  it('leaves room for a code where more tenants wait than there are places', async () => {
    const entry = { provider: 'oauth2', token_url: 'https://x.example/', client_id: 'c' };
    const paced = { ...entry, refresh_token: 'token', max_concurrency: 1 };
    const tenants = {
      asks: paced,
      waits: paced,
      consents: { ...entry, authorization_code: 'code', redirect_uri: 'https://x.example/' },
    };
    const map = parseVaultMap(JSON.stringify({ version: 1, tenants }));
    const tenantOf = (name: string) => resolveTenant(name, map) as Tenant;
    const room = { vault: 12_000, accessTokens: 12_000, underWay: 0, waiting: [] };
    const run = { room, published: new Map() } as unknown as ShardRun;
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const asked: string[] = [];
    const ask = (name: string) =>
      withReservedBytes(run, pacer, { tenant: tenantOf(name), names: [name] }, async () => {
        asked.push(name);
        await clock.sleep(100);
        return { brought: { refreshToken: null, accessToken: null } };
      });
    await Promise.all([ask('asks'), ask('waits'), ask('consents')]);
    expect(asked).toEqual(['asks', 'consents', 'waits']);
  });

  it('measures the next tokens of a client by those of this run', async () => {
    const scene = createScene();
    const app = {
      provider: 'oauth2',
      token_url: 'https://one.example/token',
      client_id: 'one',
      max_concurrency: 64,
      min_interval_ms: 0,
    };
    const names = Array.from({ length: 40 }, (_, index) => `t${index}`);
    const tenants = names.map((name) => [
      name,
      { app: 'one', refresh_token: scene.server.open(name, 'detect') },
    ]);
    scene.save('default', { apps: { one: app }, tenants: Object.fromEntries(tenants) });
    await scene.run();
    const sentAt = new Set(scene.http.sent.map(({ at }) => at));
    expect(scene.http.sent).toHaveLength(40);
    expect(sentAt.size).toBe(2);
  });

  it('is full for the last tenants only, and what was spent before fits', async () => {
    const scene = createScene();
    const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
    scene.save('default', {
      tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
    });
    scene.world.accessTokens.maxBytes = 7_000;
    const report = await scene.run();
    const full = report.outcomes.filter(({ error }) => error?.code === 'shard_full').length;
    expect(full).toBeGreaterThan(0);
    expect(report.summary.rotated).toBe(12 - full);
    expect(report.summary.rotated).toBeGreaterThan(0);
    for (const name of names) {
      expect(scene.isSafe(name)).toBe(true);
    }
  });
});
