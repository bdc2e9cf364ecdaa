import { describe, expect, it } from 'vitest';
import { knownKey } from '../../../lambda/history/known-record.ts';
import { FEW_KEYS, type Http } from '../../../lambda/ports.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';

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

describe('a run over many shards', () => {
  it('asks for the first shards before the last ones are ready', async () => {
    const scene = sceneOf(SHARDS);
    const ports = scene.openPorts();
    const readyAt: number[] = [];
    const isReady = (call: string) => call === 'access_tokens read';
    const http: Http = {
      send(...request) {
        readyAt.push(scene.faults.calls.filter(isReady).length);
        return ports.http.send(...request);
      },
    };
    await scene.rotate({}, { ...ports, http });
    expect(readyAt).toHaveLength(SHARDS.length);
    expect(readyAt[0]).toBeLessThan(SHARDS.length / 2);
  });

  it('asks for the first shard before the next one takes its lease', async () => {
    const scene = sceneOf(SHARDS);
    const ports = scene.openPorts();
    const leasesAt: number[] = [];
    const http: Http = {
      send(...request) {
        leasesAt.push(scene.faults.calls.filter((call) => call === 'states write').length);
        return ports.http.send(...request);
      },
    };
    await scene.rotate({}, { ...ports, http });
    expect(leasesAt[0]).toBe(1);
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
