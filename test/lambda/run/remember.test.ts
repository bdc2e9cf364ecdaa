import { describe, expect, it } from 'vitest';
import { familyOfTenant, newestToken } from '../../../lambda/history/families.ts';
import { takeLease } from '../../../lambda/keep/take-lease.ts';
import { remember } from '../../../lambda/run/remember.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, textReply } from '../../fakes/simulated-http.ts';

const dead = jsonReply(400, { error: 'invalid_grant' });

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  scene.save('default', {
    tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
  });
  return scene;
}

const errorOf = (scene: Scene, tenant: string) => scene.state().tenants.get(tenant)?.error;

describe(remember.name, () => {
  it('keeps since when, how often and of what a tenant fails', async () => {
    const scene = sceneOf('acme');
    scene.http.always('acme', dead);
    await scene.run();
    const first = errorOf(scene, 'acme');
    scene.clock.jump(60_000);
    await scene.run();
    await scene.run();
    expect(errorOf(scene, 'acme')).toMatchObject({
      code: 'needs_authorization',
      since: first?.since,
      attempts: 3,
    });
    expect(Date.parse(errorOf(scene, 'acme')?.tried_at ?? '')).toBeGreaterThan(
      Date.parse(first?.tried_at ?? ''),
    );
  });

  it('counts again when the error becomes another', async () => {
    const scene = sceneOf('acme');
    scene.http.always('acme', dead);
    await scene.run();
    scene.clock.jump(60_000);
    scene.http.always('acme', jsonReply(400, { error: 'invalid_scope' }));
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome.newly_failing).toBe(true);
    expect(errorOf(scene, 'acme')).toMatchObject({ code: 'request_rejected', attempts: 1 });
  });

  it('tells a failure as new once, and its end once', async () => {
    const scene = sceneOf('acme');
    scene.http.always('acme', dead);
    expect(outcomeOf(await scene.run(), 'acme').newly_failing).toBe(true);
    expect(outcomeOf(await scene.run(), 'acme')).not.toHaveProperty('newly_failing');
    scene.http.always('acme', null);
    expect(outcomeOf(await scene.run(), 'acme').healed).toBe(true);
    expect(outcomeOf(await scene.run(), 'acme')).not.toHaveProperty('healed');
    expect(errorOf(scene, 'acme')).toBeNull();
  });

  it('leaves the state of who was skipped or deferred as it was', async () => {
    const scene = sceneOf('acme');
    scene.http.always('acme', dead);
    await scene.run();
    const before = scene.state().tenants.get('acme');
    await scene.run({ provider: 'oauth2' });
    await scene.run({}, { deadlineAt: scene.clock.now() + 10_000 });
    expect(scene.state().tenants.get('acme')).toEqual(before);
  });

  it('marks the failure of a shard that goes on as repeated, then forgets it', async () => {
    const scene = sceneOf('acme');
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
    expect((await scene.run()).failures?.[0]).not.toHaveProperty('repeated');
    expect((await scene.run()).failures?.[0]).toMatchObject({ repeated: true });
    scene.faults.heal();
    expect(await scene.run()).not.toHaveProperty('failures');
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
    expect((await scene.run()).failures?.[0]).not.toHaveProperty('repeated');
  });

  it('counts as success a run for all tenants that left none for later', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run({ tenants: ['acme'] });
    expect(scene.state().last_success_at).toBeNull();
    await scene.run();
    const { last_success_at } = scene.state();
    expect(last_success_at).not.toBeNull();
    scene.clock.jump(60_000);
    await scene.run({}, { deadlineAt: scene.clock.now() + 10_000 });
    expect(scene.state().last_success_at).toBe(last_success_at);
    scene.http.always('acme', dead);
    await scene.run();
    expect(scene.state().last_success_at).not.toBe(last_success_at);
  });

  it('remembers the family of credentials, and what issued the newest token', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const report = await scene.run();
    const { knowledge, tenants } = scene.state();
    const outcome = outcomeOf(report, 'acme');
    expect(tenants.get('acme')?.status).toBe('rotated');
    expect(newestToken(knowledge, 'acme')).toMatchObject({
      key: outcome.archive_key,
      expires_at: outcome.expires_at,
    });
    const family = familyOfTenant(knowledge, 'acme');
    expect(family?.members.size).toBe(3);
    expect(family?.current).toBe(outcome.fingerprint);
  });

  it('holds no lease, and knows the archive up to its turn, once a run is over', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const state = scene.state();
    expect(state).toMatchObject({ lease: null, turn: 1, replayed_turn: 1 });
    expect(state.newest_version_created_at).not.toBeNull();
  });
});

describe('the gauges of a run', () => {
  it('count the failing tenants of every provider that has tenants', async () => {
    const scene = createScene();
    const ads = {
      provider: 'amazon-ads',
      client_id: 'c',
      client_secret: 's',
      refresh_token: scene.server.open('ads', 'never'),
    };
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), ads, off: { ...scene.tenant('off'), enabled: false } },
    });
    scene.http.always('acme', dead);
    scene.http.always('off', dead);
    const { gauges } = await scene.run();
    expect(gauges?.failing_tenants).toEqual([
      { provider: 'oauth2', count: 1 },
      { provider: 'amazon-ads', count: 0 },
    ]);
  });

  it('count again from nothing when all are well, and take the first expiry of all', async () => {
    const scene = sceneOf('acme', 'brandx');
    scene.http.reply('acme', textReply(404, ''));
    await scene.run();
    scene.http.reply('brandx', jsonReply(200, { access_token: 'a', expires_in: 100 }));
    const { gauges } = await scene.run();
    expect(gauges?.failing_tenants).toEqual([{ provider: 'oauth2', count: 0 }]);
    expect(gauges?.seconds_to_nearest_expiry).toBeLessThanOrEqual(100);
    expect(gauges?.seconds_to_nearest_expiry).toBeGreaterThan(90);
    expect(gauges?.tokens_waiting).toBe(0);
  });

  it('know no last success of shards that never had one, and the oldest of several', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    expect((await scene.run({ dry_run: true })).gauges?.seconds_since_last_success).toBeNull();
    await scene.run();
    scene.clock.jump(100_000);
    await scene.run({ shard: 'default' });
    expect(
      (await scene.run({ dry_run: true })).gauges?.seconds_since_last_success,
    ).toBeGreaterThanOrEqual(100);
  });

  it.each(['unreadable', 'gone', 'busy'])('count on for a shard that is %s', async (how) => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    await scene.run();
    scene.clock.jump(100_000);
    if (how === 'unreadable') {
      scene.world.vault.save('eu', '{');
    }
    if (how === 'gone') {
      scene.world.vault.secrets.delete('eu');
    }
    if (how === 'busy') {
      await takeLease(scene.openPorts(), 'eu', { runId: 'other', waitMs: 0 });
    }
    for (const request of [{}, { shard: 'eu' }]) {
      if (how === 'gone' && request.shard) {
        continue;
      }
      const { gauges } = await scene.run(request, { busyWaitMs: 0 });
      expect(gauges?.seconds_since_last_success).toBeGreaterThanOrEqual(100);
    }
  });

  it('tell how full the fuller of a shard’s secrets is', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const vault = Buffer.byteLength(scene.world.vault.text('default')) / 65_536;
    const tokens = Buffer.byteLength(scene.world.accessTokens.text('default')) / 65_536;
    const { gauges } = await scene.run({ dry_run: true });
    expect(gauges?.fullness).toEqual([{ shard: 'default', ratio: Math.max(vault, tokens) }]);
  });
});
