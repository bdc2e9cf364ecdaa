import { describe, expect, it } from 'vitest';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { drill } from '../../../lambda/run/drill.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';

const WEEK_MS = 7 * 86_400_000;

async function rotatedScene(): Promise<Scene> {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme'), stays: scene.tenant('stays') } });
  await runWeek(scene);
  return scene;
}

async function runWeek(scene: Scene): Promise<void> {
  scene.clock.jump(WEEK_MS);
  await scene.run();
}

const drillOf = (scene: Scene) => drill(scene.openPorts(), null);

describe(drill.name, () => {
  it('tells who was renamed since, and misses nobody', async () => {
    const scene = await rotatedScene();
    await renameTenant(scene.openPorts(), 'acme', 'omega');
    const told = {
      back: 1,
      of: 2,
      shards: [{ renamed: [{ from: 'acme', to: 'omega' }], to_add: [], removed: [], missing: [] }],
    };
    expect(await drillOf(scene)).toMatchObject(told);
    await runWeek(scene);
    expect(await drillOf(scene)).toMatchObject(told);
  });

  it('does not take a tenant for removed that was moved to another shard', async () => {
    const scene = await rotatedScene();
    const home = {
      ports: scene.openPorts(),
      async addShard(shard: string) {
        scene.world.accessTokens.create(shard);
        scene.world.vault.create(shard);
      },
    };
    await splitShard(home, { source: 'default', target: 'eu', tenants: ['acme'] });
    await runWeek(scene);
    expect(await drillOf(scene)).toMatchObject({
      back: 2,
      of: 2,
      shards: [
        { shard: 'default', removed: [], missing: [] },
        { shard: 'eu', to_add: [], missing: [] },
      ],
    });
  });
});
