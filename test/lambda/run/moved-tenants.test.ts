import { describe, expect, it } from 'vitest';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { readFleetTenants } from '../../../lambda/run/read-fleet-tenants.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { textReply } from '../../fakes/simulated-http.ts';

function homeOf(scene: Scene) {
  return {
    ports: scene.openPorts(),
    async addShard(shard: string) {
      scene.world.accessTokens.create(shard);
      scene.world.vault.create(shard);
    },
  };
}

/** A tenant that failed, was moved to another shard, and has its entry back by an old copy. */
async function bringBack(): Promise<Scene> {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme'), stays: scene.tenant('stays') } });
  await scene.run();
  const old = scene.world.vault.text('default');
  await scene.run();
  scene.http.reply('acme', textReply(404, ''));
  await scene.run();
  await splitShard(homeOf(scene), { source: 'default', target: 'eu', tenants: ['acme'] });
  await scene.run();
  scene.clock.jump(1_800_000);
  scene.world.vault.save('default', old);
  return scene;
}

const splitAcme = (scene: Scene, source: string, target: string) =>
  splitShard(homeOf(scene), { source, target, tenants: ['acme'] });

describe('a state that is rebuilt after a split', () => {
  async function moved(): Promise<{ scene: Scene; old: string }> {
    const scene = createScene();
    const tenants = { acme: scene.tenant('acme'), stays: scene.tenant('stays') };
    scene.save('default', { tenants });
    await scene.run();
    const old = scene.world.vault.text('default');
    await splitAcme(scene, 'default', 'eu');
    return { scene, old };
  }

  it('asks a moved tenant in its new shard alone', async () => {
    const { scene, old } = await moved();
    scene.world.states.delete('default');
    scene.world.vault.save('default', old);
    for (const dry_run of [true, false]) {
      const report = await scene.run({ shard: 'default', dry_run });
      expect(outcomeOf(report, 'acme').reason).toBe('it was moved to shard eu');
    }
    expect(outcomeOf(await scene.run({ shard: 'eu' }), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme', 'eu')).toBe(true);
  });

  it('asks a tenant that came back where it is', async () => {
    const { scene } = await moved();
    await splitAcme(scene, 'eu', 'default');
    scene.world.states.clear();
    expect(outcomeOf(await scene.run(), 'acme', 'default').status).toBe('rotated');
    expect(scene.state('eu').tenants.get('acme')?.moved_to).toBe('default');
  });

  it('goes on with a split that was begun', async () => {
    const { scene, old } = await moved();
    scene.world.states.delete('default');
    scene.world.vault.save('default', old);
    const home = homeOf(scene);
    const { moved: names } = await splitShard(home, {
      source: 'default',
      target: 'eu',
      tenants: null,
    });
    expect(names).toEqual(['acme']);
    expect(Object.keys(scene.map().tenants)).toEqual(['stays']);
  });
});

describe('an entry of a moved tenant that an old copy has brought back', () => {
  it.each([
    ['a run', {}],
    ['a dry run', { dry_run: true }],
  ])('counts for nothing in the gauges of %s', async (_, request) => {
    const scene = await bringBack();
    scene.edit(({ tenants }) => delete tenants.stays);
    const { gauges } = await scene.run({ ...request, shard: 'default' });
    expect(gauges).toMatchObject({
      tokens_waiting: 0,
      failing_tenants: [],
      seconds_to_nearest_expiry: null,
      seconds_since_last_success: null,
    });
  });

  it('fails and ends nowhere where people look ahead, or ask why', async () => {
    const scene = await bringBack();
    const fleet = await readFleetTenants(scene.openPorts(), 'default');
    const moved = fleet.find(({ tenant }) => tenant === 'acme');
    expect(moved).toMatchObject({ ends: [], marks: { error: null } });
  });

  it('is no recovery that a dry run foretells', async () => {
    const scene = await bringBack();
    const report = await scene.run({ dry_run: true, shard: 'default' });
    expect(outcomeOf(report, 'acme').reason).toBe('it was moved to shard eu');
  });
});
