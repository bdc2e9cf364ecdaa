import { describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../lambda/drill-report.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { drill, type GivenMap } from '../../../lambda/run/drill.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';

const WEEK_MS = 7 * 86_400_000;

/** A shard whose tenants were rotated each week. Their first map is the oldest that is kept. */
async function sceneOf(rotation: 'detect' | 'never', ...tenants: string[]): Promise<Scene> {
  const scene = createScene();
  const entries = tenants.map((name) => [name, scene.tenant(name, rotation)]);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  await runWeeks(scene, 3);
  return scene;
}

async function runWeeks(scene: Scene, count: number): Promise<void> {
  for (let week = 0; week < count; week++) {
    scene.clock.jump(WEEK_MS);
    await scene.run();
  }
}

/** Holds one drill: nothing was sent, nothing was written, no secret is told. */
async function drillOf(scene: Scene, given: GivenMap | null = null): Promise<DrillReport> {
  const before = structuredClone({ ...scene.world, vault: null, accessTokens: null });
  const versions = scene.world.vault.versionCount('default');
  const sent = scene.http.sent.length;
  const report = await drill(scene.openPorts(), null, given);
  expect({ ...scene.world, vault: null, accessTokens: null }).toEqual(before);
  expect(scene.world.vault.versionCount('default')).toBe(versions);
  expect(scene.http.sent).toHaveLength(sent);
  expect(JSON.stringify(report)).not.toMatch(/refresh\.\w+\.\d|access\.\w+\.\d|secret\./);
  return report;
}

function keysOf(scene: Scene, tenant: string): string[] {
  const all = [...scene.world.objects.keys()].sort();
  return all.filter((key) => key.startsWith('responses/') && key.includes(`/${tenant}-`));
}

function forget(scene: Scene, prefix: string): void {
  for (const store of [scene.world.objects, scene.world.records]) {
    for (const key of store.keys()) {
      if (key.startsWith(prefix)) {
        store.delete(key);
      }
    }
  }
}

describe(drill.name, () => {
  it('says that every tenant would come back, and changes nothing', async () => {
    const scene = await sceneOf('detect', 'acme', 'brandx', 'third');
    expect(await drillOf(scene)).toMatchObject({
      back: 3,
      of: 3,
      failures: [],
      shards: [{ missing: [], to_add: [], removed: [], edited: [], unreadable: [] }],
    });
  });

  it('needs no state', async () => {
    const scene = await sceneOf('detect', 'acme');
    scene.world.states.clear();
    expect(await drillOf(scene)).toMatchObject({ back: 1, of: 1 });
  });

  it('finds a prefix that was deleted', async () => {
    const scene = await sceneOf('detect', 'acme', 'brandx');
    forget(scene, 'responses/');
    const { back, of, shards } = await drillOf(scene);
    expect([back, of]).toEqual([0, 2]);
    expect(shards[0]?.missing).toMatchObject([
      { tenant: 'acme', cause: 'not_in_archive', next_step: expect.stringContaining('acme') },
      { tenant: 'brandx', cause: 'not_in_archive' },
    ]);
  });

  it('finds an only copy that expired', async () => {
    const scene = await sceneOf('detect', 'acme', 'brandx');
    const newest = keysOf(scene, 'acme').at(-1) ?? '';
    forget(scene, newest);
    const { back, shards } = await drillOf(scene);
    expect(back).toBe(1);
    expect(shards[0]?.missing).toMatchObject([
      { tenant: 'acme', cause: 'not_in_archive', archive_key: newest, sends_older: true },
    ]);
  });

  it('misses no copy that the old map itself holds', async () => {
    const scene = await sceneOf('never', 'acme');
    forget(scene, 'responses/');
    expect(await drillOf(scene)).toMatchObject({ back: 1, of: 1 });
  });

  it('finds an object that cannot be read, and names it', async () => {
    const scene = await sceneOf('detect', 'acme', 'brandx');
    const key = keysOf(scene, 'brandx').at(-1) ?? '';
    for (const damage of ['{"half', '{"version":1}', '""']) {
      scene.world.objects.set(key, damage);
      const { back, shards } = await drillOf(scene);
      expect(back).toBe(1);
      expect(shards[0]?.unreadable).toEqual([key]);
      expect(shards[0]?.missing).toMatchObject([
        { tenant: 'brandx', cause: 'unreadable', archive_key: key },
      ]);
    }
  });

  it('is not troubled by an unreadable object that nobody needs, but tells it', async () => {
    const scene = await sceneOf('detect', 'acme');
    const [, first = ''] = keysOf(scene, 'acme');
    scene.world.objects.set(first, 'torn');
    const { back, shards } = await drillOf(scene);
    expect([back, shards[0]?.unreadable]).toEqual([1, [first]]);
  });

  it('finds a credential that nothing links to the old map any more', async () => {
    const scene = await sceneOf('detect', 'acme');
    const newest = keysOf(scene, 'acme').at(-1) ?? '';
    const kept = scene.world.objects.get(newest) ?? '';
    forget(scene, 'responses/');
    forget(scene, 'known/');
    // What is left names a consent that the old map's credential is not known to belong to.
    scene.world.objects.set(
      newest,
      kept.replace(/"root":"[0-9a-f]+"/, '"root":"0000000000000000"'),
    );
    const { shards } = await drillOf(scene);
    expect(shards[0]?.missing).toMatchObject([
      { tenant: 'acme', cause: 'link_lost', sends_older: true },
    ]);
  });

  it('follows the index from a credential whose exchanges have expired', async () => {
    const scene = await sceneOf('detect', 'acme');
    const newest = keysOf(scene, 'acme').at(-1) ?? '';
    for (const key of keysOf(scene, 'acme')) {
      if (key !== newest) {
        forget(scene, key);
      }
    }
    expect(await drillOf(scene)).toMatchObject({ back: 1, of: 1 });
  });

  it('tells who came later, who was removed, and who was edited since', async () => {
    const scene = await sceneOf('detect', 'acme', 'gone', 'edited');
    scene.edit((map) => {
      delete map.tenants.gone;
      map.tenants.later = scene.tenant('later');
      map.tenants.edited = { ...map.tenants.edited, client_secret: 'secret.new' };
    });
    await runWeeks(scene, 1);
    const { back, of, shards } = await drillOf(scene);
    expect([back, of]).toEqual([2, 3]);
    expect(shards[0]).toMatchObject({
      to_add: ['later'],
      removed: ['gone'],
      edited: ['edited'],
      missing: [],
    });
  });

  it('misses a credential that somebody put there and no run has archived', async () => {
    const scene = await sceneOf('detect', 'acme');
    scene.edit((map) => {
      map.tenants.acme = { ...map.tenants.acme, refresh_token: scene.server.reissue('acme') };
    });
    const { shards } = await drillOf(scene);
    expect(shards[0]?.missing).toMatchObject([{ tenant: 'acme', archive_key: null }]);
  });

  it('takes another map in place of the oldest', async () => {
    const scene = await sceneOf('detect', 'acme', 'brandx');
    const { brandx } = scene.map().tenants;
    const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { brandx } }));
    const { back, shards } = await drillOf(scene, { shard: 'default', map });
    expect([back, shards[0]?.to_add, shards[0]?.map_created_at]).toEqual([1, ['acme'], null]);
  });

  it('says of a tenant without a credential that it would come back', async () => {
    const scene = createScene();
    const { refresh_token: _, ...entry } = scene.tenant('acme');
    scene.save('default', { tenants: { acme: entry } });
    expect(await drillOf(scene)).toMatchObject({ back: 1, of: 1 });
  });

  it('says of a shard that it cannot be read, and goes on with the others', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run({ shard: 'default' });
    scene.world.vault.save('eu', 'no map');
    expect(await drillOf(scene)).toMatchObject({
      back: 1,
      of: 1,
      failures: [{ shard: 'eu', code: 'shard_unreadable' }],
    });
  });
});
