import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseShardState } from '../../../lambda/history/stored-state.ts';
import type { Rotation } from '../../fakes/authorization-server.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';

/**
 * What version 0.1 left behind after 402 runs of three tenants, and a run that was killed after it
 * had archived its answers and before it committed them. Its archive holds the last turns alone.
 */
interface Form1World {
  old: string;
  middle: string;
  before: string;
  published: string;
  state: string;
  objects: Record<string, string>;
  accounts: Record<
    string,
    {
      rotation: Rotation;
      valid: object;
      family: [string, number][];
      consents: number;
      accessTokens: string[];
    }
  >;
}

const fixture = new URL('../../fixtures/form1/world.json', import.meta.url);

function sceneOfForm1(): { scene: Scene; world: Form1World } {
  const world = JSON.parse(readFileSync(fixture, 'utf8')) as Form1World;
  const scene = createScene();
  for (const [name, account] of Object.entries(world.accounts)) {
    const newest = account.family.at(-1)?.[0] ?? '';
    scene.server.accounts.set(name, {
      ...account,
      valid: new Set([newest]),
      family: new Map(account.family),
      codes: new Set(),
      replays: 0,
    });
  }
  scene.world.vault.save('default', world.before);
  scene.world.accessTokens.save('default', world.published);
  scene.world.states.set('default', { text: world.state, etag: 'form1' });
  for (const [key, text] of Object.entries(world.objects)) {
    scene.world.objects.set(key, text);
  }
  return { scene, world };
}

const NAMES = ['acme', 'brandx', 'carol'];

function expectAllSafe(scene: Scene): void {
  for (const name of NAMES) {
    expect([name, scene.isSafe(name)]).toEqual([name, true]);
    expect([name, scene.server.accounts.get(name)?.replays]).toEqual([name, 0]);
  }
}

/** Files what the oldest answer of acme spent as adopted in its turn, as version 0.1 did. */
function adoptOldest({ server, world: { objects } }: Scene): void {
  const keys = [...objects.keys()].filter((key) => key.endsWith('/acme-1.json')).sort();
  const [oldest = ''] = keys;
  const answer = JSON.parse(objects.get(oldest) ?? '');
  const issued = [...(server.accounts.get('acme')?.family.keys() ?? [])];
  const spent = issued.find((token) => fingerprint(token) === answer.spent);
  const body = JSON.stringify({ refresh_token: spent });
  const adopted = { ...answer, attempt: 0, grant_type: 'adopted', spent: null, status: null, body };
  objects.set(oldest.replace('acme-1', 'acme-0'), JSON.stringify(adopted));
}

describe('a state of version 0.1', () => {
  it('is carried on: a killed run is recovered, nothing is lost and nothing sent twice', async () => {
    const { scene } = sceneOfForm1();
    const report = await scene.run();
    expect(report).not.toHaveProperty('failures');
    expectAllSafe(scene);
    expect(JSON.parse(scene.world.states.get('default')?.text ?? '')).toMatchObject({ version: 2 });
    scene.clock.jump(3_600_000);
    expect((await scene.run()).summary).toMatchObject({ rotated: 3, failed: 0 });
    expectAllSafe(scene);
  });

  it.each(['old', 'middle'] as const)(
    'knows the credentials of an %s copy of the map, although the state forgets them',
    async (which) => {
      const { scene, world } = sceneOfForm1();
      for (let i = 0; i < 12; i++) {
        await scene.run();
      }
      scene.world.vault.save('default', world[which]);
      const report = await scene.run();
      // The very first credential of the first copy had left the history before it was taken over.
      if (which === 'middle') {
        expectAllSafe(scene);
      }
      expect(report).not.toHaveProperty('failures');
    },
  );

  it('stays in its form until the index has all of its fingerprints', async () => {
    const { scene } = sceneOfForm1();
    let writes = 0;
    scene.faults.fail(
      ({ port, op, on }) =>
        port === 'records' && op === 'write' && on.startsWith('known/') && ++writes > 100,
    );
    const report = await scene.run();
    expect(report.failures).toMatchObject([{ shard: 'default' }]);
    expect(scene.http.sent).toEqual([]);
    expect(JSON.parse(scene.world.states.get('default')?.text ?? '').version).toBe(1);
    expect(scene.world.records.size).toBe(100);
    scene.faults.heal();
    expect(await scene.run()).not.toHaveProperty('failures');
    expectAllSafe(scene);
    expect(parseShardState(scene.world.states.get('default')?.text ?? '').form1).toBeNull();
  });

  it('looks for answers that came late as far back as version 0.1 did', async () => {
    const { scene, world } = sceneOfForm1();
    const [key = '', text = ''] =
      Object.entries(world.objects).find(([one]) => /00000403-.*carol-1/.test(one)) ?? [];
    const state = JSON.parse(world.state);
    Object.assign(state.tenants.carol, {
      history_turn: 400,
      history_at: '2026-11-30T09:47:40.000Z',
    });
    scene.world.states.set('default', { text: JSON.stringify(state), etag: 'form1' });
    for (const one of Object.keys(world.objects)) {
      if (one.includes('carol')) {
        scene.world.objects.delete(one);
      }
    }
    const late = { ...JSON.parse(text), turn: 401, sent_at: '2026-11-30T10:17:41.000Z' };
    scene.world.objects.set(
      key.replace(/00000403-[^/]+/, '00000401-2026-11-30T10:17:40.000Z'),
      JSON.stringify(late),
    );
    await scene.run();
    expectAllSafe(scene);
  });

  it('may be deleted before it was taken over: the index gets what the archive knows', async () => {
    const { scene, world } = sceneOfForm1();
    scene.world.states.clear();
    for (let i = 0; i < 12; i++) {
      await scene.run();
    }
    scene.world.vault.save('default', world.before);
    expect(await scene.run()).not.toHaveProperty('failures');
    expectAllSafe(scene);
  });

  it('may be deleted while it is taken over: the index knows the families by older names', async () => {
    const { scene, world } = sceneOfForm1();
    scene.faults.fail({ port: 'vault', op: 'read' });
    expect(await scene.run()).toHaveProperty('failures');
    expect(scene.world.records.size).toBeGreaterThan(800);
    scene.faults.heal();
    scene.world.states.clear();
    scene.world.vault.save('default', world.middle);
    for (let i = 0; i < 2; i++) {
      expect((await scene.run()).outcomes.map(({ error }) => error?.code)).toEqual(
        NAMES.map(() => undefined),
      );
    }
    expectAllSafe(scene);
  });

  it('may be deleted after it was taken over: a removed tenant is given back by its name', async () => {
    const { scene, world } = sceneOfForm1();
    adoptOldest(scene);
    await scene.run();
    scene.edit(({ tenants }) => delete tenants.acme);
    scene.world.states.clear();
    for (let i = 0; i < 2; i++) {
      await scene.run();
    }
    scene.world.vault.save('default', world.middle);
    await scene.run();
    expectAllSafe(scene);
  });

  it('is small once it has been taken over', async () => {
    const { scene, world } = sceneOfForm1();
    for (let i = 0; i < 3; i++) {
      await scene.run();
    }
    const bytes = scene.world.states.get('default')?.text.length ?? 0;
    expect(bytes).toBeLessThan(world.state.length / 3);
  });
});
