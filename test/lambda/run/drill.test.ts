import { describe, expect, it } from 'vitest';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import type { DrillReport } from '../../../lambda/report/drill-report.ts';
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

/** What can happen to the archive and the index. Another tenant has its own objects. */
const LOSSES: Record<string, (scene: Scene) => void> = {
  'of nothing': () => undefined,
  'of the archive': (scene) => forget(scene, 'responses/'),
  'of the index': (scene) => forget(scene, 'known/'),
  'of both': (scene) => {
    forget(scene, 'responses/');
    forget(scene, 'known/');
  },
  'of the newest answer': (scene) => forget(scene, keysOf(scene, 'acme').at(-1) ?? ''),
  'of the first answer': (scene) => forget(scene, keysOf(scene, 'acme')[1] ?? ''),
  'of all but the newest answer': (scene) => {
    for (const key of keysOf(scene, 'acme').slice(0, -1)) {
      forget(scene, key);
    }
  },
  'the newest answer is torn': (scene) => tear(scene, keysOf(scene, 'acme').at(-1)),
  'the newest answer is other JSON': (scene) => {
    scene.world.objects.set(keysOf(scene, 'acme').at(-1) ?? '', '{"version":9}');
  },
  'the first answer is torn': (scene) => tear(scene, keysOf(scene, 'acme')[1]),
  'all answers are torn': (scene) => {
    for (const key of keysOf(scene, 'acme')) {
      tear(scene, key);
    }
  },
  'the first record of the index is torn': (scene) => {
    const [key = ''] = scene.world.records.keys();
    scene.world.records.set(key, { text: '{"half', etag: 'torn' });
  },
};

function tear({ world }: Scene, key = ''): void {
  world.objects.set(key, '{"half');
}

/** The loss that a drill speaks of. */
function loseStateAndMap({ world }: Scene): void {
  const { vault } = world;
  const [oldest] = vault.stored('default').versions.keys();
  vault.moveIfCurrent('default', vault.current('default')?.versionId ?? null, oldest ?? '');
  world.states.clear();
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
  describe.each(['detect', 'never'] as const)('at a server of rotation %s', (rotation) => {
    it.each(Object.entries(LOSSES))(
      'foretells what a run does after the loss: %s',
      async (_, lose) => {
        const scene = await sceneOf(rotation, 'acme', 'brandx');
        lose(scene);
        const { shards } = await drillOf(scene);
        const missing = shards[0]?.missing ?? [];
        loseStateAndMap(scene);
        const { outcomes } = await scene.run();
        const working = outcomes.filter(
          ({ status }) => status === 'rotated' || status === 'recovered',
        );
        expect(shards[0]?.back).toBe(working.length);
        expect(missing.map(({ tenant }) => tenant)).toEqual(
          outcomes.filter(({ status }) => status === 'failed').map(({ tenant }) => tenant),
        );
        const isOldSent = [...scene.server.accounts.values()].some(({ replays }) => replays > 0);
        expect(missing.some(({ sends_older }) => sends_older)).toBe(isOldSent);
      },
    );
  });

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

  it('reads each record of the index at most once', async () => {
    const scene = await sceneOf('never', 'acme', 'brandx');
    forget(scene, 'responses/');
    const ports = scene.openPorts();
    const keys: string[] = [];
    const read = (key: string) => {
      keys.push(key);
      return ports.records.read(key);
    };
    const report = await drill({ ...ports, records: { ...ports.records, read } }, null);
    expect(report.back).toBe(2);
    expect(keys.toSorted()).toEqual([...new Set(keys)].sort());
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

  it('tells whose credential came after the map, and whose was cleared since', async () => {
    const scene = createScene();
    const { refresh_token: credential, ...entry } = scene.tenant('later');
    scene.save('default', { tenants: { later: entry, cleared: scene.tenant('cleared') } });
    await runWeeks(scene, 1);
    scene.edit(({ tenants }) => {
      tenants.later = { ...tenants.later, refresh_token: credential };
      const { refresh_token: _, ...bare } = tenants.cleared ?? {};
      tenants.cleared = bare;
    });
    await runWeeks(scene, 1);
    const { shards } = await drillOf(scene);
    expect(shards[0]).toMatchObject({ to_add: ['later'], edited: ['cleared'], missing: [] });
  });

  it('tells whose definition was edited since', async () => {
    const scene = createScene();
    const { token_url, ...entry } = scene.tenant('acme');
    const own = { extends: 'oauth2', token_url };
    const tenants = { acme: { ...entry, provider: 'own' } };
    scene.save('default', { definitions: { own }, tenants });
    await runWeeks(scene, 1);
    expect((await drillOf(scene)).shards[0]?.edited).toEqual([]);
    scene.save('default', { ...scene.map(), definitions: { own: { ...own, title: 'Own' } } });
    expect((await drillOf(scene)).shards[0]?.edited).toEqual(['acme']);
  });

  it('passes over a version that holds no map', async () => {
    const scene = createScene();
    scene.world.vault.save('default', 'saved by mistake');
    scene.world.vault.save('default', undefined);
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await runWeeks(scene, 2);
    expect(await drillOf(scene)).toMatchObject({ back: 1, of: 1, failures: [] });
  });

  it('misses a credential that somebody put there and no run has archived', async () => {
    const scene = await sceneOf('detect', 'acme');
    scene.edit((map) => {
      map.tenants.acme = { ...map.tenants.acme, refresh_token: scene.server.reissue('acme') };
    });
    const { shards } = await drillOf(scene);
    expect(shards[0]?.missing).toMatchObject([
      { tenant: 'acme', archive_key: null, next_step: expect.stringContaining('Rotate it once') },
    ]);
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

  it.each(['gone', 'made anew'])('says so where the secret of a shard is %s', async (fate) => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    await runWeeks(scene, 1);
    scene.world.vault.secrets.delete('eu');
    if (fate === 'made anew') {
      scene.world.vault.create('eu');
    }
    expect(await drillOf(scene)).toMatchObject({
      back: 1,
      of: 1,
      failures: [{ shard: 'eu', code: 'shard_unreadable' }],
    });
  });
});
