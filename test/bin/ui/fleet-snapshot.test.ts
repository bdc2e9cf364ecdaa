import { expect, it } from 'vitest';
import { figuresOf } from '../../../bin/ui/fleet-figures.ts';
import { newMemory, readSnapshot } from '../../../bin/ui/fleet-snapshot.ts';
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
