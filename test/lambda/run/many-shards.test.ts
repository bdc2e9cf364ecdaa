import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { knownKey } from '../../../lambda/history/known-record.ts';
import { type Clock, FEW_KEYS, type Http } from '../../../lambda/ports.ts';
import type { RunOptions } from '../../../lambda/run/run-options.ts';
import { createScene, mapOfApp, type Scene } from '../../fakes/scene.ts';

const SHARDS = Array.from({ length: 12 }, (_, index) => `shard${index}`);

/** Shards of one tenant each, or of so many. */
function sceneOf(shards: readonly string[], tenantsEach = 1): Scene {
  const scene = createScene({ shards: [...shards] });
  for (const shard of shards) {
    const names = Array.from({ length: tenantsEach }, (_, index) => `${shard}-${index}`);
    scene.save(shard, {
      tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
    });
  }
  return scene;
}

/** Returns how often one run made a call of this kind. */
async function countOf(scene: Scene, call: string): Promise<number> {
  await scene.run();
  return scene.faults.calls.filter((made) => made === call).length;
}

/** Returns for each request of one run how often it had made a call of this kind before. */
async function countsAtAsks(
  scene: Scene,
  call: string,
  { clock, ...options }: Partial<RunOptions> & { clock?: Clock } = {},
): Promise<number[]> {
  const ports = scene.openPorts();
  const counts: number[] = [];
  const http: Http = {
    send(...request) {
      counts.push(scene.faults.calls.filter((made) => made === call).length);
      return ports.http.send(...request);
    },
  };
  await scene.rotate({}, { ...ports, http, ...(clock && { clock }) }, options);
  return counts;
}

const READY = 'access_tokens read';

describe('a run over many shards', () => {
  it('asks for the first shards before the last ones are ready', async () => {
    const readyAt = await countsAtAsks(sceneOf(SHARDS), READY);
    expect(readyAt).toHaveLength(SHARDS.length);
    expect(readyAt[0]).toBeLessThan(SHARDS.length / 2);
  });

  it('asks for the first shard before the next one takes its lease', async () => {
    const leasesAt = await countsAtAsks(sceneOf(SHARDS), 'states write');
    expect(leasesAt[0]).toBe(1);
  });

  it('asks for each shard of one client before many more are ready', async () => {
    const scene = createScene({ shards: SHARDS });
    for (const shard of SHARDS) {
      scene.save(shard, mapOfApp(scene, [shard], { max_concurrency: 64, min_interval_ms: 0 }));
    }
    // By this clock all who have slept enough wake before anybody who falls asleep meanwhile.
    const own = { clock: systemClock, deadlineAt: Number.POSITIVE_INFINITY };
    const readyAt = await countsAtAsks(scene, READY, own);
    const ahead = readyAt.map((ready, asked) => ready - asked);
    expect(Math.max(...ahead)).toBeLessThan(SHARDS.length / 2);
  });

  it('lists a short index once for a shard of unknown credentials', async () => {
    const scene = sceneOf(['default'], 30);
    expect(await countOf(scene, 'records list')).toBe(1);
    expect(scene.faults.calls).not.toContain('records read');
  });

  it('reads of a long index only what it looks for', async () => {
    const scene = sceneOf(['default'], 30);
    for (let index = 0; index <= FEW_KEYS; index += 1) {
      scene.world.records.set(knownKey(`${index}`.padStart(16, '0')), { text: '{}', etag: '1' });
    }
    expect(await countOf(scene, 'records read')).toBe(30);
  });
});
