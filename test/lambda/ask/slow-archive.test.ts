import { describe, expect, it } from 'vitest';
import type { Gate } from '../../fakes/memory-ports.ts';
import { createScene, mapOfApp, type Scene } from '../../fakes/scene.ts';
import { networkFailure } from '../../fakes/simulated-http.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Tenants of one app that may ask one after the other, and are known already. */
async function knownScene(): Promise<Scene> {
  const scene = createScene({ latencyMs: 100 });
  scene.save('default', mapOfApp(scene, NAMES, { max_concurrency: 1, min_interval_ms: 0 }));
  await scene.run();
  scene.http.sent.length = 0;
  return scene;
}

/** What a run did. */
interface Seen {
  /** When each request was sent, in milliseconds since the first one. */
  starts: number[];
  /** How many objects the archive was taking at each write of a secret. */
  beingTaken: number[];
}

/** Rotates all, with an archive that takes so long for each object. */
async function runOver(scene: Scene, archiveMs: number): Promise<Seen> {
  let taking = 0;
  const beingTaken: number[] = [];
  const gate: Gate = async (effect, perform) => {
    if (effect.op === 'put_version') {
      beingTaken.push(taking);
    }
    if (effect.port === 'archive' && effect.op === 'put') {
      taking += 1;
      await scene.clock.sleep(archiveMs);
      taking -= 1;
    }
    return perform();
  };
  const ports = scene.ports(gate, () => false, scene.http);
  expect((await scene.rotate({}, ports)).summary.rotated).toBe(NAMES.length);
  const [first = 0] = scene.http.sent.map(({ at }) => at);
  return { starts: scene.http.sent.map(({ at }) => at - first), beingTaken };
}

describe('the archive of a run', () => {
  it('has an answer before the next tenant takes its place', async () => {
    const scene = await knownScene();
    const { starts } = await runOver(scene, 60);
    expect(starts).toEqual([0, 160, 320, 480, 640, 800]);
  });

  it('has every answer before a secret is written', async () => {
    const scene = await knownScene();
    const { beingTaken } = await runOver(scene, 1_000);
    expect(beingTaken).toEqual([0, 0]);
  });

  it('has the lost answer before its token is sent again', async () => {
    const scene = await knownScene();
    scene.http.reply('a', networkFailure('no_answer', 'timeout'));
    const { starts } = await runOver(scene, 1_000);
    expect(scene.http.accounts().slice(0, 2)).toEqual(['a', 'a']);
    expect(starts[1]).toBe(1_100);
  });
});
