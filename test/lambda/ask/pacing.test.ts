import { describe, expect, it } from 'vitest';
import { createPacer } from '../../../lambda/ask/pacing.ts';
import { systemClock } from '../../../lambda/clock.ts';
import { LEASE_NEEDED_MS, TIME_NEEDED_MS } from '../../../lambda/deadlines.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';
import { createSimulatedClock } from '../../fakes/simulated-clock.ts';
import { jsonReply, networkFailure, textReply } from '../../fakes/simulated-http.ts';

describe(createPacer.name, () => {
  it('lets in as many as a client has places, and the next when one leaves', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const pace = { max_concurrency: 2, min_interval_ms: 0 };
    let inside = 0;
    let most = 0;
    const visit = async () => {
      const leave = await pacer.enter('a', pace, Number.POSITIVE_INFINITY);
      most = Math.max(most, ++inside);
      await clock.sleep(10);
      inside--;
      leave?.();
    };
    await Promise.all(Array.from({ length: 7 }, visit));
    expect(most).toBe(2);
  });

  it('keeps the interval between two starts of one client, and of nobody else', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const starts: number[] = [];
    const startedAt = clock.now();
    const visit = async (client: string) => {
      const leave = await pacer.enter(
        client,
        { max_concurrency: 4, min_interval_ms: 50 },
        Number.POSITIVE_INFINITY,
      );
      starts.push(clock.now() - startedAt);
      leave?.();
    };
    await Promise.all([visit('a'), visit('a'), visit('a'), visit('b')]);
    expect(starts.sort((a, b) => a - b)).toEqual([0, 0, 50, 100]);
  });

  it('turns away who could only start too late, and wakes the next', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const pace = { max_concurrency: 1, min_interval_ms: 1_000 };
    const leave = await pacer.enter('a', pace, clock.now());
    const late = pacer.enter('a', pace, clock.now() + 500);
    const inTime = pacer.enter('a', pace, clock.now() + 2_000);
    leave?.();
    expect(await late).toBeNull();
    expect(await inTime).not.toBeNull();
  });

  it('lets many tenants wait without a warning, and none in once the archive failed', async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown) => void warnings.push(warning);
    process.on('warning', note);
    const pacer = createPacer(systemClock);
    const pace = { max_concurrency: 20, min_interval_ms: 60_000 };
    const inside = Array.from({ length: 30 }, () =>
      pacer.enter('a', pace, Number.POSITIVE_INFINITY),
    );
    const first = await inside[0];
    pacer.archiveFailed.abort();
    first?.();
    for (const waited of inside.slice(1, 20)) (await waited)?.();
    expect(await Promise.all(inside.slice(20))).toEqual(Array.from({ length: 10 }, () => null));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('calls a client silent after eight tenants without an answer, until one answers', () => {
    const pacer = createPacer(createSimulatedClock());
    for (let i = 0; i < 7; i++) pacer.noteTenant('a', false);
    expect(pacer.isSilent('a')).toBe(false);
    pacer.noteTenant('a', false);
    expect(pacer.isSilent('a')).toBe(true);
    expect(pacer.isSilent('b')).toBe(false);
    pacer.noteTenant('a', true);
    expect(pacer.isSilent('a')).toBe(false);
  });
});

describe('the pace of a run', () => {
  it('is that of the entry or its app, over all shards together', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const app = {
      provider: 'oauth2',
      token_url: 'https://s.example/token',
      client_id: 's',
      client_secret: 's',
      max_concurrency: 1,
      min_interval_ms: 2_000,
    };
    const tenant = (name: string) => [
      name,
      { app: 's', refresh_token: scene.server.open(name, 'detect') },
    ];
    scene.save('default', {
      apps: { s: app },
      tenants: Object.fromEntries(['a', 'b'].map(tenant)),
    });
    scene.save('eu', { apps: { s: app }, tenants: Object.fromEntries(['c', 'd'].map(tenant)) });
    expect((await scene.run()).summary.rotated).toBe(4);
    const times = scene.http.sent.map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(2_000);
  });
});

describe('a run that runs out of time', () => {
  it('starts no exchange that it cannot keep, and asks deferred tenants first', async () => {
    const scene = createScene();
    const names = Array.from({ length: 12 }, (_, index) => `h${String(index).padStart(2, '0')}`);
    const app = {
      provider: 'oauth2',
      token_url: 'https://hang.example/token',
      client_id: 'hang',
      client_secret: 's',
      max_concurrency: 1,
    };
    const tenants = names.map((name) => [
      name,
      { app: 'hang', refresh_token: scene.server.open(name, 'detect') },
    ]);
    scene.save('default', { apps: { hang: app }, tenants: Object.fromEntries(tenants) });
    const report = await scene.run({}, { deadlineAt: scene.clock.now() + TIME_NEEDED_MS + 600 });
    const deferred = report.outcomes
      .filter(({ status }) => status === 'deferred')
      .map(({ tenant }) => tenant);
    expect(deferred.length).toBeGreaterThan(0);
    expect(deferred.length).toBeLessThan(12);
    scene.http.sent.length = 0;
    await scene.run();
    expect(scene.http.accounts().slice(0, deferred.length).sort()).toEqual([...deferred].sort());
  });

  it('asks nobody with too little time, and defers everybody', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), brandx: scene.tenant('brandx') },
    });
    const report = await scene.run({}, { deadlineAt: scene.clock.now() + TIME_NEEDED_MS - 1 });
    expect(report.summary).toMatchObject({ total: 2, deferred: 2 });
    expect(outcomeOf(report, 'acme').reason).toMatch(/no time was left/);
    expect(scene.http.sent).toEqual([]);
  });

  it('ends its retries in time', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.http.always('acme', textReply(500, ''));
    const latest = scene.clock.now() + 10_000;
    const report = await scene.run({}, { deadlineAt: latest + TIME_NEEDED_MS });
    expect(outcomeOf(report, 'acme').error?.code).toBe('provider_unavailable');
    expect(scene.http.sent.at(-1)?.at).toBeLessThanOrEqual(latest);
  });

  it('waits for no pause that ends too late', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.http.reply('acme', jsonReply(429, {}, { 'retry-after': '30' }));
    const startedAt = scene.clock.now();
    const report = await scene.run({}, { deadlineAt: startedAt + TIME_NEEDED_MS + 10_000 });
    expect(outcomeOf(report, 'acme').error?.code).toBe('throttled');
    expect(scene.clock.now() - startedAt).toBeLessThan(10_000);
  });

  it('leaves time to archive and commit the last answer, however slow', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const deadlineAt = scene.clock.now() + TIME_NEEDED_MS;
    scene.http.always('acme', async () => {
      await scene.clock.sleep(19_900);
      return networkFailure('no_answer', 'timeout');
    });
    await scene.run({}, { deadlineAt });
    expect(scene.clock.now()).toBeLessThan(deadlineAt - LEASE_NEEDED_MS);
  });
});
