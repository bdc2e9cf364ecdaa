import { describe, expect, it } from 'vitest';
import type { Effect } from '../../fakes/memory-ports.ts';
import { createScene, mapOfApp, type Scene } from '../../fakes/scene.ts';

/** Runs once, and lets the lease end right after the first effect of a kind. */
async function runUntilLeaseEnds(scene: Scene, what: Partial<Effect>): Promise<void> {
  let hasEnded = false;
  const gate: Parameters<Scene['ports']>[0] = async ({ port, op }, perform) => {
    const result = perform();
    if (!hasEnded && port === what.port && op === what.op) {
      hasEnded = true;
      scene.clock.jump(200_000);
    }
    return result;
  };
  await scene.rotate(
    {},
    scene.ports(gate, () => false, scene.http),
  );
  expect(hasEnded).toBe(true);
}

async function rotatedScene(): Promise<Scene> {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  await scene.run();
  return scene;
}

describe('a lease that ends before the end of its run', () => {
  it('keeps the run from the map, between its plan and its swap', async () => {
    const scene = await rotatedScene();
    const before = scene.world.vault.versionCount('default');
    await runUntilLeaseEnds(scene, { port: 'records', op: 'write' });
    expect(scene.world.vault.versionCount('default')).toBe(before);
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('keeps the run from the published tokens, between its commit and their swap', async () => {
    const scene = await rotatedScene();
    const before = scene.world.accessTokens.versionCount('default');
    await runUntilLeaseEnds(scene, { port: 'vault', op: 'move_label' });
    expect(scene.world.accessTokens.versionCount('default')).toBe(before);
    await scene.run();
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
  });
});

describe('a disk that takes no write any more, and says nothing', () => {
  it('has nobody asked once the lease is over, and costs nobody anything when it is back', async () => {
    const scene = createScene();
    const names = Array.from({ length: 20 }, (_, at) => `t${at}`);
    scene.save('default', mapOfApp(scene, names, { max_concurrency: 1 }));
    await scene.run();
    for (const name of names) {
      scene.http.always(name, async (request) => {
        await scene.clock.sleep(10_000);
        return scene.server.handle(request);
      });
    }
    scene.http.sent.length = 0;
    const waiting: (() => void)[] = [];
    let disk: 'well' | 'silent' | 'back' = 'well';
    const gate: Parameters<Scene['ports']>[0] = async ({ port, op }, perform) => {
      if (disk === 'silent' && port === 'states' && op === 'write') {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      if (disk === 'well' && scene.http.sent.length > 0) {
        disk = 'silent';
      }
      return perform();
    };
    const startedAt = scene.clock.now();
    const run = scene.rotate(
      {},
      scene.ports(gate, () => false, scene.http),
    );
    await scene.clock.sleep(600_000);
    const sentAt = scene.http.sent.map(({ at }) => at - startedAt);
    expect(sentAt.length).toBeGreaterThan(1);
    expect(Math.max(...sentAt)).toBeLessThan(90_000);
    disk = 'back';
    for (const land of waiting) {
      land();
    }
    await run;
    await scene.run();
    expect(names.filter((name) => !scene.isSafe(name))).toEqual([]);
  });
});
