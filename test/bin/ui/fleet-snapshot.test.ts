import { expect, it } from 'vitest';
import { inviteTenant } from '../../../bin/consent/invite-tenant.ts';
import { figuresOf } from '../../../bin/ui/fleet-figures.ts';
import { newMemory, readSnapshot } from '../../../bin/ui/fleet-snapshot.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';
import { readFleet } from '../../../lambda/run/fleet.ts';
import { createScene } from '../../fakes/scene.ts';

const NAMES = ['a10', 'a2', 'b1'];

function openScene() {
  const scene = createScene();
  const entries = NAMES.map((name) => [name, scene.tenant(name)] as const);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  return scene;
}

it('sorts tenants as people read their names', async () => {
  const { tenants } = await readSnapshot(openScene().openPorts());
  expect(tenants.map(({ tenant }) => tenant)).toEqual(['a2', 'a10', 'b1']);
});

it('works out nothing again while nothing was written', async () => {
  const scene = openScene();
  const memory = newMemory();
  const first = await readSnapshot(scene.openPorts(), memory);
  const second = await readSnapshot(scene.openPorts(), memory);
  expect(second.tenants).toBe(first.tenants);
  expect(figuresOf(second)).toBe(figuresOf(first));
});

it('shows a run and an edit at the next reading', async () => {
  const scene = openScene();
  const memory = newMemory();
  await readSnapshot(scene.openPorts(), memory);
  await scene.run();
  const after = await readSnapshot(scene.openPorts(), memory);
  expect(after.tenants.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  expect(after.shards[0]?.last_success_at).not.toBeNull();
  scene.edit(({ tenants }) => Object.assign(tenants.b1 ?? {}, { enabled: false }));
  const edited = await readSnapshot(scene.openPorts(), memory);
  expect(edited.tenants.at(-1)?.state).toBe('disabled');
});

it('asks nobody to act for a tenant whose owner is invited', async () => {
  const scene = createScene();
  const fresh = { provider: 'amazon-ads', client_id: 'c', client_secret: 's' };
  scene.save('default', { tenants: { fresh } });
  const ports = scene.openPorts();
  const memory = newMemory();
  expect(figuresOf(await readSnapshot(ports, memory)).toDo).toHaveLength(1);
  const map = (await readFleet(ports, null)).maps.get('default') ?? emptyMap();
  const page = { url: 'https://x.example', redirectUri: 'https://x.example/callback' };
  const invited = { name: 'fresh', shard: 'default', map };
  await inviteTenant(ports, page, invited, { lifetimeMs: 86_400_000, note: null });
  scene.clock.jump(60_000);
  const after = await readSnapshot(scene.openPorts(), memory);
  expect(after.tenants.map(({ state }) => state)).toEqual(['invited']);
  expect(figuresOf(after).toDo).toEqual([]);
});
