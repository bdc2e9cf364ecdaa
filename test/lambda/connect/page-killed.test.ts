import { describe, expect, it } from 'vitest';
import { takeRedirect } from '../../../lambda/connect/take-redirect.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { makeConnectScene } from '../../fakes/connect-scene.ts';
import type { Gate } from '../../fakes/memory-ports.ts';
import { createVisitor, leadOf } from '../../fakes/visitor.ts';

const CALLBACK = '/callback/amazon-ads';

/** A gate that fails one effect of those that follow `arm`, before or after it happened. */
function fragileGate() {
  let left = Number.POSITIVE_INFINITY;
  let after = false;
  let seen = 0;
  const gate: Gate = async (_effect, perform) => {
    seen += 1;
    left -= 1;
    if (left !== 0) {
      return perform();
    }
    if (after) {
      perform();
    }
    throw new Error('The page died here.');
  };
  const arm = (nth: number, isAfter: boolean) => {
    left = nth;
    after = isAfter;
    seen = 0;
  };
  return { gate, arm, seen: () => seen };
}

/** The client's browser loads the callback again, as a person does who sees an error. */
async function surviveDeath(nth: number, isAfter: boolean) {
  const fragile = fragileGate();
  const scene = makeConnectScene(fragile.gate);
  const visitor = createVisitor(scene.app);
  const state = (await visitor.start(scene.invite().path)).searchParams.get('state');
  const address = `${CALLBACK}?state=${state}&code=the-code`;
  fragile.arm(nth, isAfter);
  const died = (await visitor.get(address)).status === 503;
  fragile.arm(Number.POSITIVE_INFINITY, false);
  const reply = await visitor.get(address);
  scene.clock.pass(21_000);
  const page = await visitor.get(reply.headers.get('location') ?? '');
  return { died, scene, reply, page };
}

describe(takeRedirect.name, () => {
  it('loses no code and files none twice, wherever the page dies', async () => {
    let deaths = 0;
    for (const isAfter of [false, true]) {
      for (let nth = 1; ; nth++) {
        const { died, scene, reply, page } = await surviveDeath(nth, isAfter);
        expect(reply.status).toBe(303);
        expect(scene.codes().map(({ code }) => code)).toEqual(['the-code']);
        expect(page.text).toContain('Connecting');
        expect(scene.asked.length).toBeGreaterThan(0);
        if (!died) {
          break;
        }
        deaths += 1;
      }
    }
    // Visits and link are read, the code is filed, the visit is read and noted.
    expect(deaths).toBe(2 * 5);
  });
});

describe('stores that throttle for a while', () => {
  it('hold a client up, and no more: the page says so, and goes on by itself', async () => {
    let throttled = false;
    const scene = makeConnectScene(async (effect, perform) => {
      if (throttled) {
        throw new StoreError('throttled', `AWS throttles ${effect.op} on purpose`);
      }
      return perform();
    });
    const visitor = createVisitor(scene.app);
    const { path } = scene.invite();
    /** Loads an address while the stores throttle, and again when they do no more. */
    async function heldUp(address: string) {
      throttled = true;
      const held = await visitor.get(address);
      throttled = false;
      expect(held.status).toBe(503);
      expect(held.text).toContain('http-equiv="refresh" content="10"');
      expect(held.text).toContain('Nothing was lost');
      return visitor.get(address);
    }
    expect((await heldUp(path)).text).toContain('Continue to');
    const state = leadOf(await visitor.press()).searchParams.get('state');
    const reply = await heldUp(`${CALLBACK}?state=${state}&code=CANARY`);
    expect(reply.status).toBe(303);
    expect((await heldUp(reply.headers.get('location') ?? '')).text).toContain('Connecting');
    expect(scene.codes().map(({ code }) => code)).toEqual(['CANARY']);
    expect(scene.asked).toHaveLength(1);
    expect(JSON.stringify(scene.logged)).not.toContain('CANARY');
  });
});
