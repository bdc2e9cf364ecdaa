import { describe, expect, it } from 'vitest';
import { createPacer } from '../../../lambda/ask/pacer.ts';
import { LEASE_NEEDED_MS, TIME_NEEDED_MS } from '../../../lambda/deadlines.ts';
import { createScene, mapOfApp, outcomeOf } from '../../fakes/scene.ts';
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
      await pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => {
        most = Math.max(most, ++inside);
        await clock.sleep(10);
        inside--;
      });
    };
    await Promise.all(Array.from({ length: 7 }, visit));
    expect(most).toBe(2);
  });

  it('lets who took the first ticket go first, however late it comes', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const order: string[] = [];
    const visit = (name: string, ticket: number) => {
      const pace = { max_concurrency: 1, min_interval_ms: 0, ticket };
      return pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => {
        order.push(name);
        await clock.sleep(10);
      });
    };
    const [first, second, third] = [pacer.takeTicket(), pacer.takeTicket(), pacer.takeTicket()];
    await Promise.all([visit('inside', third), visit('second', second), visit('first', first)]);
    expect(order).toEqual(['inside', 'first', 'second']);
  });

  it('keeps the interval between two starts of one client, and of nobody else', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const starts: number[] = [];
    const startedAt = clock.now();
    const visit = async (client: string) => {
      const pace = { max_concurrency: 4, min_interval_ms: 50 };
      await pacer.withPlace(client, pace, Number.POSITIVE_INFINITY, async () => {
        starts.push(clock.now() - startedAt);
      });
    };
    await Promise.all([visit('a'), visit('a'), visit('a'), visit('b')]);
    expect(starts.sort((a, b) => a - b)).toEqual([0, 0, 50, 100]);
  });

  it('keeps nobody waiting where the wall clock is set back', async () => {
    const clock = createSimulatedClock();
    let setBackMs = 0;
    const pacer = createPacer({ ...clock, now: () => clock.now() - setBackMs });
    const pace = { max_concurrency: 1, min_interval_ms: 50 };
    const startedAt = clock.monotonic();
    const visit = () => pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => undefined);
    await visit();
    setBackMs = 3_600_000;
    await visit();
    expect(clock.monotonic() - startedAt).toBe(50);
  });

  it('turns away who could only start too late, and wakes the next', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const pace = { max_concurrency: 1, min_interval_ms: 1_000 };
    const visit = (latestAt: number) =>
      pacer.withPlace('a', pace, latestAt, async () => 'started' as const);
    const first = visit(clock.now());
    const late = visit(clock.now() + 500);
    const inTime = visit(clock.now() + 2_000);
    expect(await Promise.all([first, late, inTime])).toEqual(['started', null, 'started']);
  });

  it('lets the long interval of one tenant hold nobody else of its client', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const startedAt = clock.now();
    const visit = (min_interval_ms: number) =>
      pacer.withPlace('a', { max_concurrency: 8, min_interval_ms }, startedAt + 60_000, async () =>
        clock.now(),
      );
    const [, slow, quick] = await Promise.all([visit(0), visit(86_400_000), visit(0)]);
    expect(slow).toBeNull();
    expect(quick).toBe(startedAt);
  });

  it('lets the interval of one tenant keep nobody waiting for the one place', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const startedAt = clock.now();
    const visit = (min_interval_ms: number) =>
      pacer.withPlace('a', { max_concurrency: 1, min_interval_ms }, startedAt + 900_000, async () =>
        clock.now(),
      );
    const visits = await Promise.all([visit(0), visit(300_000), visit(0), visit(0)]);
    expect(visits.map((at) => (at ?? 0) - startedAt)).toEqual([0, 300_000, 0, 0]);
  });

  it('lets the single place of one tenant narrow the client for nobody else', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const startedAt = clock.now();
    const visit = (max_concurrency: number) =>
      pacer.withPlace(
        'a',
        { max_concurrency, min_interval_ms: 0 },
        Number.POSITIVE_INFINITY,
        async () => {
          await clock.sleep(1_000);
          return clock.now() - startedAt;
        },
      );
    const many = (length: number) => Array.from({ length }, () => visit(4));
    const visits = await Promise.all([...many(4), visit(1), ...many(12)]);
    const [narrow] = visits.splice(4, 1);
    expect(Math.max(...visits.map((at) => at ?? 0))).toBe(4_000);
    expect(narrow).toBe(5_000);
  });

  it('keeps the interval among many with one pace, as many at once as there are places', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const startedAt = clock.now();
    const pace = { max_concurrency: 3, min_interval_ms: 100 };
    const visit = () =>
      pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => {
        const at = clock.now() - startedAt;
        await clock.sleep(250);
        return at;
      });
    const visits = await Promise.all(Array.from({ length: 6 }, visit));
    expect(visits).toEqual([0, 100, 200, 300, 400, 500]);
  });

  it('gives the place back when the work fails', async () => {
    const pacer = createPacer(createSimulatedClock());
    const pace = { max_concurrency: 1, min_interval_ms: 0 };
    const fails = pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => {
      throw new Error('on purpose');
    });
    await expect(fails).rejects.toThrow('on purpose');
    const next = pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => 'in');
    expect(await next).toBe('in');
  });

  it('lets one shard after the other line up, when fewer wait than there are places', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const pace = { max_concurrency: 4, min_interval_ms: 0 };
    const order: number[] = [];
    let inLine = 0;
    let most = 0;
    const ask = (shard: number) => {
      most = Math.max(most, ++inLine);
      return pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, async () => {
        inLine--;
        order.push(shard);
        await clock.sleep(100);
      });
    };
    const shards = Array.from({ length: 12 }, async (_, shard) => {
      await pacer.lineIsShort('a', pace);
      await Promise.all(Array.from({ length: 10 }, () => ask(shard)));
    });
    await Promise.all(shards);
    expect(order).toHaveLength(120);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(most).toBeLessThan(4 + 4 + 10);
  });

  it('keeps nobody waiting for the line of another client, or of another pace', async () => {
    const clock = createSimulatedClock();
    const pacer = createPacer(clock);
    const pace = { max_concurrency: 1, min_interval_ms: 0 };
    const startedAt = clock.now();
    const ask = () =>
      pacer.withPlace('a', pace, Number.POSITIVE_INFINITY, () => clock.sleep(1_000));
    const line = Promise.all(Array.from({ length: 5 }, ask));
    await pacer.lineIsShort('b', pace);
    await pacer.lineIsShort('a', { max_concurrency: 2, min_interval_ms: 0 });
    expect(clock.now() - startedAt).toBe(0);
    await pacer.lineIsShort('a', pace);
    expect(clock.now() - startedAt).toBe(4_000);
    await line;
  });

  it('calls a client silent after eight tenants without an answer, until one answers', () => {
    const pacer = createPacer(createSimulatedClock());
    for (let i = 0; i < 7; i++) {
      pacer.noteTenant('a', false);
    }
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
    const pace = { max_concurrency: 1, min_interval_ms: 2_000 };
    scene.save('default', mapOfApp(scene, ['a', 'b'], pace));
    scene.save('eu', mapOfApp(scene, ['c', 'd'], pace));
    expect((await scene.run()).summary.rotated).toBe(4);
    const times = scene.http.sent.map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries()) {
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(2_000);
    }
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

  it('defers all of many shards that wait behind a long line when the time is over', async () => {
    const shards = Array.from({ length: 8 }, (_, index) => `shard${index}`);
    const scene = createScene({ shards });
    for (const shard of shards) {
      const names = Array.from({ length: 6 }, (_, index) => `${shard}-${index}`);
      scene.save(shard, mapOfApp(scene, names, { max_concurrency: 1, min_interval_ms: 1_000 }));
    }
    const deadlineAt = scene.clock.now() + TIME_NEEDED_MS + 9_500;
    const { summary } = await scene.run({}, { deadlineAt });
    expect(summary).toMatchObject({ total: 48, rotated: 10, deferred: 38 });
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
