import { describe, expect, it } from 'vitest';
import { fileAgain } from '../../../lambda/keep/file-again.ts';
import { createScene, mapOfApp, type Scene } from '../../fakes/scene.ts';

const DAY_MS = 86_400_000;
const NAMES = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);

const FILED = /\/tenant-\d+-0\.json$/;

/** Returns how many tenants a run files again that asks one of them. */
async function filedAgain(scene: Scene, atFirst: () => void = () => undefined): Promise<number> {
  const filed = new Set<string>();
  const gate: Parameters<Scene['ports']>[0] = async ({ op, on }, perform) => {
    if (op === 'put' && FILED.test(on)) {
      filed.add(on);
      if (filed.size === 1) {
        atFirst();
      }
    }
    return perform();
  };
  await scene.rotate(
    { tenants: ['tenant-0'] },
    scene.ports(gate, () => false, scene.http),
  );
  return filed.size;
}

async function oldScene(): Promise<Scene> {
  const scene = createScene();
  scene.save('default', mapOfApp(scene, NAMES));
  await scene.run();
  scene.clock.jump(210 * DAY_MS);
  return scene;
}

describe(fileAgain.name, () => {
  it('files again, after half the retention, who was not asked since', async () => {
    expect(await filedAgain(await oldScene())).toBe(NAMES.length - 1);
  });

  it('files nothing more once its lease has ended', async () => {
    const scene = await oldScene();
    const filed = await filedAgain(scene, () => scene.clock.jump(200_000));
    expect(filed).toBeLessThan(NAMES.length - 1);
  });
});
