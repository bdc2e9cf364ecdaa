import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../lambda/event.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

const HOUR_MS = 3_600_000;

const SCHEDULED = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: '123456789012',
  time: '2026-11-22T02:17:00Z',
  region: 'eu-central-1',
  resources: [],
  detail: '{}',
};

describe(rotate.name, () => {
  it('refreshes every tenant, commits refresh tokens and publishes access tokens', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), brandx: scene.tenant('brandx', 'never') },
    });
    const report = await scene.run();
    expect(report.summary).toMatchObject({ total: 2, rotated: 2 });
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    expect(outcomeOf(report, 'acme')).toMatchObject({
      refresh_token_changed: true,
      attempts: 1,
      grant_type: 'refresh_token',
    });
    expect(outcomeOf(report, 'brandx')).toMatchObject({ refresh_token_changed: false });
  });

  it('archives the complete report under its start and run id', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const report = await scene.run({}, { runId: 'run-7' });
    expect(report.report_key).toBe('runs/2026-11-22T02:17:00.000Z-run-7.json');
    expect(JSON.parse(scene.world.objects.get(report.report_key ?? '') ?? '')).toEqual(report);
  });

  it('works all the same when its report cannot be archived', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.faults.fail(({ op, on }) => op === 'put' && on.startsWith('runs/'));
    const report = await scene.run();
    expect(report).toMatchObject({ summary: { rotated: 1 } });
    expect(report).not.toHaveProperty('report_key');
  });

  it('counts the life of an access token from before its request was sent', async () => {
    const scene = createScene({ latencyMs: 9_000 });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const sentAt = scene.clock.now();
    await scene.run();
    expect(scene.published().acme?.expires_at).toBe(new Date(sentAt + HOUR_MS).toISOString());
  });

  it('leaves disabled tenants out, and says so of one that is named', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme', 'detect', { enabled: false }) },
    });
    expect((await scene.run()).summary.total).toBe(0);
    expect(outcomeOf(await scene.run({ tenants: ['acme'] }), 'acme')).toMatchObject({
      status: 'skipped',
      reason: 'it is disabled',
    });
    expect(scene.http.sent).toEqual([]);
  });

  it('rotates nothing of a map without tenants, or of a secret without a value', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {});
    expect(await scene.run()).toMatchObject({ summary: { total: 0 } });
    expect(scene.world.vault.versionCount('eu')).toBe(0);
  });
});

describe('a run for an event', () => {
  function twoShards() {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {
      tenants: {
        acme: scene.tenant('acme'),
        brandx: scene.tenant('brandx'),
        ads: {
          provider: 'instacart-ads',
          client_id: 'c',
          client_secret: 's',
          refresh_token: scene.server.open('ads', 'never'),
        },
      },
    });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    return scene;
  }

  it.each([
    [{}, ['acme', 'ads', 'brandx', 'euro']],
    [{ tenant: 'acme' }, ['acme']],
    [{ tenants: ['acme', 'euro'] }, ['acme', 'euro']],
    [{ provider: 'instacart-ads' }, ['ads']],
    [{ shard: 'eu' }, ['euro']],
    [{ provider: 'oauth2', shard: 'default' }, ['acme', 'brandx']],
    [{ tenant: 'acme', provider: 'instacart-ads' }, []],
    [SCHEDULED, ['acme', 'ads', 'brandx', 'euro']],
  ])('%j asks for %j', async (event, asked) => {
    const scene = twoShards();
    await scene.run(parseEvent(event));
    expect(scene.http.accounts().sort()).toEqual(asked);
  });

  it('asks only for tokens that end within the time, or are missing', async () => {
    const scene = twoShards();
    await scene.run({ tenants: ['acme', 'brandx'] });
    scene.clock.jump(HOUR_MS / 2);
    await scene.run({ tenants: ['brandx'] });
    scene.http.sent.length = 0;
    await scene.run({ expiring_within_seconds: 1900 });
    expect(scene.http.accounts().sort()).toEqual(['acme', 'ads', 'euro']);
  });

  it('skips a named tenant whose token does not end within the time', async () => {
    const scene = twoShards();
    await scene.run({ tenants: ['acme'] });
    const report = await scene.run({ tenants: ['acme'], expiring_within_seconds: 60 });
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'skipped',
      reason: 'its token is fresh',
    });
  });

  it.each([
    [{ tenants: ['acme', 'nobody'] }, /no tenant nobody\. Nothing was rotated/],
    [{ tenants: ['euro'], shard: 'default' }, /no tenant euro in shard default/],
    [{ shard: 'us' }, /no secret memory vault us\. Nothing was rotated/],
  ])('refuses %j, and rotates nothing', async (request, message) => {
    const scene = twoShards();
    await expect(scene.run(request)).rejects.toThrow(message);
    expect(scene.http.sent).toEqual([]);
    expect(scene.world.objects.size).toBe(0);
    expect(scene.world.states.size).toBe(0);
  });

  it('names a shard that could not be read when a tenant is not found', async () => {
    const scene = twoShards();
    scene.world.vault.save('eu', 'no JSON');
    await expect(scene.run({ tenants: ['euro'] })).rejects.toThrow(
      /no tenant euro; what could not be read: shard eu/,
    );
  });
});

describe('a dry run', () => {
  it('says what it would do, writes nothing and asks nobody', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), wrong: { provider: 'oauth2' } },
    });
    const report = await scene.run({ dry_run: true });
    expect(report.dry_run).toBe(true);
    expect(report).not.toHaveProperty('report_key');
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'skipped',
      reason: 'Standard OAuth 2.0 server would be asked',
    });
    expect(outcomeOf(report, 'wrong')).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_entry' },
    });
    expect(scene.faults.calls.filter((call) => /put|write|move|send/.test(call))).toEqual([]);
    expect(scene.world.objects.size).toBe(0);
  });

  it('tells that a recovery is due, and how many tokens wait in the archive', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const old = scene.world.vault.text('default');
    await scene.run();
    scene.world.vault.save('default', old);
    const report = await scene.run({ dry_run: true });
    expect(outcomeOf(report, 'acme').reason).toMatch(/^a recovery is due/);
    expect(report.gauges?.tokens_waiting).toBe(1);
    expect(scene.world.vault.text('default')).toBe(old);
  });

  it('measures failing tenants, expiry, fullness and the last success', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme'), dead: scene.tenant('dead') } });
    scene.http.always('dead', jsonReply(400, { error: 'invalid_grant' }));
    await scene.run();
    scene.clock.jump(60_000);
    const { gauges } = await scene.run({ dry_run: true });
    expect(gauges).toMatchObject({
      tokens_waiting: 0,
      failing_tenants: [{ provider: 'oauth2', count: 1 }],
    });
    expect(gauges?.seconds_since_last_success).toBeGreaterThanOrEqual(60);
    expect(gauges?.seconds_to_nearest_expiry).toBeLessThanOrEqual(3540);
    expect(gauges?.fullness[0]?.ratio).toBeGreaterThan(0);
  });
});

describe('the calls of a run', () => {
  function fleetOf(count: number, rotation: 'never' | 'detect') {
    const scene = createScene();
    const names = Array.from({ length: count }, (_, index) => `t${index}`);
    scene.save('default', {
      tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name, rotation)])),
    });
    return scene;
  }
  const count = (scene: ReturnType<typeof createScene>, call: string) =>
    scene.faults.calls.filter((one) => one === call).length;

  it('are one archive write per tenant, once more when first seen, beside a constant', async () => {
    for (const tenants of [5, 40]) {
      const scene = fleetOf(tenants, 'never');
      await scene.run();
      expect(count(scene, 'archive put')).toBe(2 * tenants + 1);
      scene.faults.calls.length = 0;
      scene.clock.jump(HOUR_MS);
      await scene.run();
      expect(count(scene, 'archive put')).toBe(tenants + 1);
      // The turns of the shard, and its inbox of connect links.
      expect(count(scene, 'archive list')).toBe(2);
      expect(count(scene, 'archive get')).toBe(0);
      expect(
        scene.faults.calls.filter((call) => !/^(archive|http)/.test(call)).length,
      ).toBeLessThan(16);
    }
  });

  it.each([
    ['changes tokens', 'detect', { first: 4, firstMore: 18, steady: 2, more: 17 }],
    ['keeps tokens', 'never', { first: 3, firstMore: 16, steady: 1, more: 15 }],
  ] as const)('are few where the provider %s', async (_what, rotation, expected) => {
    const tenants = 40;
    const scene = fleetOf(tenants, rotation);
    const callsOfRun = async () => {
      scene.faults.calls.length = 0;
      await scene.run();
      return scene.faults.calls.length;
    };
    expect(await callsOfRun()).toBe(expected.first * tenants + expected.firstMore);
    scene.clock.jump(HOUR_MS);
    expect(await callsOfRun()).toBe(expected.steady * tenants + expected.more);
  });

  it('make no version of the vault when no refresh token changed', async () => {
    const scene = fleetOf(3, 'never');
    const before = scene.world.vault.text('default');
    await scene.run();
    expect(scene.world.vault.versionCount('default')).toBe(1);
    expect(scene.world.vault.text('default')).toBe(before);
  });

  it('make one version of either secret, however many tokens changed', async () => {
    const scene = fleetOf(30, 'detect');
    await scene.run();
    expect(scene.world.vault.versionCount('default')).toBe(2);
    expect(scene.world.accessTokens.versionCount('default')).toBe(1);
  });
});
