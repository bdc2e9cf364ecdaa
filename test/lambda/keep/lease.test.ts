import { describe, expect, it } from 'vitest';
import { LEASE_NEEDED_MS } from '../../../lambda/deadlines.ts';
import { parseExchangeKey } from '../../../lambda/history/archived-exchange.ts';
import { familyOfTenant, newestToken } from '../../../lambda/history/families.ts';
import { BUSY_WAIT_MS, takeLease, WATCH_MS } from '../../../lambda/keep/take-lease.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';

const LEASE_MS = 90_000;

/** Asks once for the lease, without waiting for it. */
const once = (runId: string) => ({ runId, waitMs: 0 });

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  scene.save('default', {
    tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
  });
  return scene;
}

function taken(lease: Awaited<ReturnType<typeof takeLease>>) {
  if (lease === 'busy') {
    throw new Error('The lease was not free.');
  }
  return lease;
}

/** The run's answers take so long that whatever is to happen meanwhile can. */
function slowly(scene: Scene, account: string, ms: number): void {
  scene.http.reply(account, async (request) => {
    const answer = scene.server.handle(request);
    await scene.clock.sleep(ms);
    return answer;
  });
}

describe(takeLease.name, () => {
  it('raises the turn with each taking, also after a deletion of the state', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    await scene.run();
    expect(scene.state().turn).toBe(2);
    scene.world.states.clear();
    await scene.run();
    expect(scene.state().turn).toBeGreaterThan(2);
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('says so when it could not be given back', async () => {
    const scene = createScene();
    const messages: string[] = [];
    const log = ({ message }: { message: string }) => void messages.push(message);
    const lease = taken(await takeLease({ ...scene.openPorts(), log }, 'default', once('one')));
    scene.world.states.clear();
    expect(await lease.release((state) => state)).toBe(false);
    expect(messages).toEqual([expect.stringContaining('the lease could not be given back')]);
  });

  it('is kept where the write of a higher turn landed, and nobody heard of it', async () => {
    const scene = createScene();
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    scene.faults.fail({ port: 'states', op: 'write' }, { when: 'after', times: 1 });
    scene.faults.fail({ port: 'states', op: 'read' }, { times: 1 });
    await lease.raiseTurn(9);
    expect([lease.turn(), scene.state().turn]).toEqual([9, 9]);
    expect(await lease.save((state) => state)).toBe(true);
    lease.abandon();
  });

  it('says no to a save after a renewal failed, though the write may land', async () => {
    const scene = createScene();
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    scene.faults.fail({ port: 'states', op: 'write' });
    await scene.clock.sleep(LEASE_MS / 2);
    scene.faults.heal();
    expect(await lease.save((state) => ({ ...state, turn: 7 }))).toBe(false);
    expect([lease.leftMs(), scene.state().turn]).toEqual([0, 7]);
    lease.abandon();
  });

  it('keeps others out until it is given back', async () => {
    const scene = createScene();
    const ports = scene.openPorts();
    const lease = taken(await takeLease(ports, 'default', once('one')));
    expect(await takeLease(ports, 'default', once('two'))).toBe('busy');
    await lease.release((state) => state);
    const second = taken(await takeLease(ports, 'default', once('two')));
    await second.release((state) => state);
  });

  it('is free when its object did not change for two minutes under the eyes of who waits', async () => {
    const scene = createScene();
    const ports = scene.openPorts();
    const dead = taken(await takeLease(ports, 'default', once('dead')));
    dead.abandon();
    const startedAt = scene.clock.now();
    const options = { runId: 'next', waitMs: BUSY_WAIT_MS };
    const next = taken(await takeLease(ports, 'default', options));
    expect(scene.clock.now() - startedAt).toBeGreaterThanOrEqual(WATCH_MS);
    expect(next.isClean()).toBe(false);
    await next.release((state) => state);
  });

  it.each([
    ['a wall clock that runs two minutes ahead', (ms: number) => ms + 120_000, (ms: number) => ms],
    ['a wall clock that was set far ahead', (ms: number) => ms * 2, (ms: number) => ms],
    ['a monotonic clock that stands still', (ms: number) => ms, () => 0],
  ])('is not taken from a living holder by %s', async (_what, wall, monotonic) => {
    const scene = createScene();
    const ports = scene.openPorts();
    const holder = taken(await takeLease(ports, 'default', once('holder')));
    const { clock } = scene;
    const skewed = {
      ...clock,
      now: () => wall(clock.now()),
      monotonic: () => monotonic(clock.monotonic()),
    };
    const other = { ...ports, clock: skewed };
    const waiting = takeLease(other, 'default', { runId: 'other', waitMs: 100_000 });
    expect(await waiting).toBe('busy');
    expect(holder.leftMs()).toBeGreaterThan(0);
    await holder.release((state) => state);
  });

  it('begins its watch again after a read that failed', async () => {
    const scene = createScene();
    const ports = scene.openPorts();
    taken(await takeLease(ports, 'default', once('dead'))).abandon();
    const startedAt = scene.clock.now();
    const waiting = takeLease(ports, 'default', { runId: 'next', waitMs: 400_000 });
    await scene.clock.sleep(100_000);
    scene.faults.fail({ port: 'states', op: 'read' }, { times: 1 });
    const next = taken(await waiting);
    expect(scene.clock.now() - startedAt).toBeGreaterThanOrEqual(100_000 + WATCH_MS);
    await next.release((state) => state);
  });

  it('is over for a holder whose machine slept, whatever its monotonic clock says', async () => {
    const scene = createScene();
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    scene.clock.jump(LEASE_MS);
    expect(lease.leftMs()).toBe(0);
    lease.abandon();
  });

  it('is not given back by a run that took a higher turn and did not wait', async () => {
    const scene = createScene();
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    await lease.raiseTurn(7);
    expect(await lease.release((state) => state)).toBe(false);
    expect(scene.state().lease).not.toBeNull();
    expect(scene.state()).toMatchObject({ turn: 7, suspect: true });
  });

  it('is renewed while it is held, for as long as that takes', async () => {
    const scene = createScene();
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    await scene.clock.sleep(10 * LEASE_MS);
    expect(lease.leftMs()).toBeGreaterThanOrEqual(LEASE_NEEDED_MS);
    await lease.release((state) => state);
  });

  it('counts from before its write was sent', async () => {
    const scene = createScene();
    const ports = scene.openPorts();
    const states = {
      ...ports.states,
      write: async (...args: Parameters<typeof ports.states.write>) => {
        await scene.clock.sleep(20_000);
        return ports.states.write(...args);
      },
    };
    const lease = taken(await takeLease({ ...ports, states }, 'default', once('one')));
    expect(lease.leftMs()).toBe(LEASE_MS - 20_000);
    expect(await lease.save((state) => state)).toBe(true);
    expect(lease.leftMs()).toBe(LEASE_MS - 20_000);
    await lease.release((state) => state);
  });

  it('ends for its holder when one renewal fails', async () => {
    const scene = createScene();
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    scene.faults.fail({ port: 'states', op: 'write' });
    await scene.clock.sleep(31_000);
    expect(lease.leftMs()).toBe(0);
  });

  it.each(['before', 'after'] as const)(
    'survives one state write that fails %s it happened',
    async (when) => {
      const scene = createScene();
      const ports = scene.openPorts();
      const lease = taken(await takeLease(ports, 'default', once('one')));
      scene.faults.fail({ port: 'states', op: 'write' }, { when, times: 1 });
      expect(await lease.save((state) => ({ ...state, last_success_at: 'x' }))).toBe(true);
      expect(scene.state().last_success_at).toBe('x');
      scene.faults.fail({ port: 'states', op: 'write' }, { when, times: 1 });
      expect(await lease.release((state) => state)).toBe(true);
      expect(scene.state().lease).toBeNull();
    },
  );

  it('is taken though the answer to its taking was lost', async () => {
    const scene = createScene();
    scene.faults.fail({ port: 'states', op: 'write' }, { when: 'after', times: 1 });
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    expect(lease.turn()).toBe(1);
    await lease.release((state) => state);
  });

  it('is taken although a retry of the client meets its own first attempt', async () => {
    const scene = createScene();
    const ports = scene.openPorts();
    let first = true;
    const write = async (...args: Parameters<typeof ports.states.write>) => {
      const written = await ports.states.write(...args);
      if (!first) {
        return written;
      }
      first = false;
      return 'refused' as const;
    };
    const lease = taken(
      await takeLease({ ...ports, states: { ...ports.states, write } }, 'default', once('one')),
    );
    await lease.release((state) => state);
    expect(scene.state().turn).toBe(1);
  });

  it('goes to one of two that take it at once', async () => {
    const scene = createScene();
    const both = await Promise.all(
      ['one', 'two'].map((run) => takeLease(scene.openPorts(), 'default', once(run))),
    );
    expect(both.filter((lease) => lease === 'busy')).toHaveLength(1);
  });
});

describe('a run that finds its shard held', () => {
  it('waits, and works when the other is done', async () => {
    const scene = sceneOf('acme');
    slowly(scene, 'acme', 15_000);
    const first = scene.run();
    const second = scene.run();
    expect((await first).summary.rotated).toBe(1);
    expect((await second).summary.rotated).toBe(1);
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });

  it('waits no longer for a lease once a person stops the run', async () => {
    const scene = sceneOf('acme');
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('one')));
    const pressedAt = scene.clock.now() + 10_000;
    const isStopped = () => scene.clock.now() >= pressedAt;
    const report = await scene.run({ tenants: ['acme'] }, { isStopped });
    expect(report.summary.busy).toBe(1);
    expect(scene.clock.now() - pressedAt).toBeLessThanOrEqual(5_000);
    lease.abandon();
  });

  it('says busy at the end of its wait, which fails only a run for all', async () => {
    const scene = sceneOf('acme');
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('other')));
    const startedAt = scene.clock.now();
    const report = await scene.run();
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'busy',
      reason: 'another run holds the shard',
    });
    expect(report.failures).toMatchObject([{ shard: 'default', code: 'busy' }]);
    expect(scene.clock.now() - startedAt).toBeLessThanOrEqual(BUSY_WAIT_MS + 5_000);
    const named = await scene.run({ tenants: ['acme'] }, { busyWaitMs: 0 });
    expect(named.summary.busy).toBe(1);
    expect(named).not.toHaveProperty('failures');
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({ status: 'busy' });
    expect(scene.http.sent).toEqual([]);
    await lease.release((state) => state);
  });

  it('waits no longer than it has time for', async () => {
    const scene = sceneOf('acme');
    const lease = taken(await takeLease(scene.openPorts(), 'default', once('other')));
    const deadlineAt = scene.clock.now() + 60_000;
    const report = await scene.run({}, { deadlineAt });
    expect(report.summary.busy).toBe(1);
    expect(scene.clock.now()).toBeLessThan(deadlineAt);
    await lease.release((state) => state);
  });

  it('takes it over when its holder died', async () => {
    const scene = sceneOf('acme');
    let dead = false;
    const ports = scene.ports(
      (effect, perform) => (dead ? new Promise(() => {}) : scene.faults.gate(effect, perform)),
      () => dead,
      scene.http,
    );
    scene.http.reply('acme', () => {
      dead = true;
      return new Promise(() => {});
    });
    void scene.rotate({}, ports);
    const startedAt = scene.clock.now();
    const report = await scene.run();
    expect(report.summary.rotated).toBe(1);
    expect(scene.clock.now() - startedAt).toBeGreaterThanOrEqual(LEASE_MS);
    expect(scene.isSafe('acme')).toBe(true);
  });
});

describe('a machine that slept through its lease', () => {
  it('starts nothing more, and leaves what it archived to the next run', async () => {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, ['acme', 'brandx'], { max_concurrency: 1 }));
    const before = scene.world.vault.text('default');
    scene.http.reply('acme', (request) => {
      scene.clock.jump(1_000_000);
      return scene.server.handle(request);
    });
    const report = await scene.run();
    expect(scene.http.accounts()).toEqual(['acme']);
    expect(outcomeOf(report, 'acme').status).toBe('uncommitted');
    expect(outcomeOf(report, 'brandx').status).toBe('deferred');
    expect(report.failures).toMatchObject([
      { code: 'commit_failed', message: expect.stringContaining('lease') },
    ]);
    expect(scene.world.vault.text('default')).toBe(before);
    const next = await scene.run();
    expect(outcomeOf(next, 'acme').status).toBe('recovered');
    expect(outcomeOf(next, 'brandx').status).toBe('rotated');
    for (const name of ['acme', 'brandx']) {
      expect(scene.isSafe(name)).toBe(true);
    }
  });

  it('writes what the archive refused, since nobody else can', async () => {
    const scene = sceneOf('acme');
    scene.faults.fail(({ op, on }) => op === 'put' && parseExchangeKey(on)?.attempt === 1);
    scene.http.reply('acme', (request) => {
      scene.clock.jump(1_000_000);
      return scene.server.handle(request);
    });
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('writes nothing else', async () => {
    const scene = sceneOf('acme', 'brandx');
    const before = scene.token('acme');
    scene.faults.fail(
      ({ op, on }) =>
        op === 'put' &&
        parseExchangeKey(on)?.tenant === 'brandx' &&
        parseExchangeKey(on)?.attempt === 1,
    );
    scene.http.reply('brandx', async (request) => {
      await scene.clock.sleep(5_000);
      scene.clock.jump(1_000_000);
      return scene.server.handle(request);
    });
    await scene.run();
    expect(scene.isSafe('brandx')).toBe(true);
    expect(scene.token('acme')).toBe(before);
    await scene.run();
    for (const name of ['acme', 'brandx']) {
      expect(scene.isSafe(name)).toBe(true);
      expect(scene.server.accounts.get(name)?.replays).toBe(0);
    }
  });

  it('does no harm to the run that took over, though it archives late', async () => {
    const scene = sceneOf('acme');
    slowly(scene, 'acme', 0);
    const late: (() => void)[] = [];
    const sleeper = scene.openPorts();
    const put = (key: string, value: object) =>
      new Promise<void>((resolve) => late.push(() => resolve(sleeper.archive.put(key, value))));
    const isExchange = (key: string) => parseExchangeKey(key)?.attempt === 1;
    const archive = {
      ...sleeper.archive,
      put: (key: string, value: object) =>
        isExchange(key) ? put(key, value) : sleeper.archive.put(key, value),
    };
    let writes = 0;
    const write: typeof sleeper.states.write = (...args) =>
      ++writes > 1 ? new Promise(() => {}) : sleeper.states.write(...args);
    const states = { ...sleeper.states, write };
    const first = scene.rotate({}, { ...sleeper, archive, states });
    const second = await scene.run();
    // The server had committed for the first run: its answer is the only one that counts, and it is
    // not in the archive yet.
    expect(outcomeOf(second, 'acme').error?.code).toBe('needs_authorization');
    for (const land of late) {
      land();
    }
    void first;
    await scene.clock.sleep(1000);
    scene.http.sent.length = 0;
    await scene.run();
    const archived = [...scene.world.objects.keys()].filter((key) => isExchange(key));
    expect(archived.length).toBeGreaterThan(1);
    expect(scene.http.sent.every(({ credential }) => credential !== undefined)).toBe(true);
    expect(scene.token('acme')).not.toBe('refresh.acme.1');
  });
});

describe('a state object that somebody deleted', () => {
  it('is rebuilt from the archive: what was spent is known to be', async () => {
    const scene = sceneOf('acme', 'brandx');
    const copy = scene.world.vault.text('default');
    for (let i = 0; i < 3; i++) {
      await scene.run();
    }
    const before = scene.state().knowledge;
    scene.world.states.clear();
    scene.world.vault.save('default', copy);
    expect((await scene.run()).summary.recovered).toBe(2);
    const after = scene.state().knowledge;
    for (const name of ['acme', 'brandx']) {
      expect(familyOfTenant(after, name)?.current).toBe(familyOfTenant(before, name)?.current);
      expect(newestToken(after, name)).toEqual(newestToken(before, name));
    }
    for (const name of ['acme', 'brandx']) {
      expect(scene.isSafe(name)).toBe(true);
      expect(scene.server.accounts.get(name)?.replays).toBe(0);
    }
  });

  it('that nobody understands stops the shard, and is left as it is', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    scene.world.states.set('default', { text: '{"version":9}', etag: 'e' });
    const report = await scene.run();
    expect(report.failures).toMatchObject([{ shard: 'default' }]);
    expect(scene.http.sent).toHaveLength(1);
    expect(scene.world.states.get('default')?.text).toBe('{"version":9}');
  });
});

describe('several runs at once', () => {
  it('ask for each tenant one at a time, and send no spent token', async () => {
    const scene = sceneOf('acme', 'brandx', 'carol');
    const reports = await Promise.all(Array.from({ length: 5 }, () => scene.run()));
    for (const name of ['acme', 'brandx', 'carol']) {
      expect(scene.isSafe(name)).toBe(true);
      expect(scene.server.accounts.get(name)?.replays).toBe(0);
      expect(scene.published()[name]?.access_token).toBe(scene.server.newestAccessToken(name));
    }
    expect(reports.reduce((sum, { summary }) => sum + summary.rotated, 0)).toBe(15);
  });

  it('of the same request id share no lease', async () => {
    const scene = sceneOf('acme');
    slowly(scene, 'acme', 10_000);
    const both = await Promise.all([
      scene.run({}, { runId: 'same' }),
      scene.run({}, { runId: 'same' }),
    ]);
    expect(both.map(({ summary }) => summary.rotated)).toEqual([1, 1]);
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    expect(scene.isSafe('acme')).toBe(true);
  });
});
