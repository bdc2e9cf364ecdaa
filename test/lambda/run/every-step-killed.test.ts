import { describe, expect, it } from 'vitest';
import { killAndRunAgain, killsAt, runWhole } from '../../fakes/killed-runs.ts';

/** Each kill is followed by both kinds of run. Without it they take turns. */
const ALL_KILLS = process.env.ALL_KILLS === 'true';

describe('a run that is stopped dead', () => {
  it('before or after any single effect loses nothing that the archive has', async () => {
    const whole = await runWhole();
    const all = Array.from({ length: whole.effects }, (_, killAt) => killsAt(killAt)).flat();
    const kills = all.filter(({ killAt, when, tenants }) => {
      const turn = killAt + (when === 'before' ? 0 : 1);
      return ALL_KILLS || (turn % 2 === 0) === (tenants === null);
    });
    let inTheWindow = 0;
    let unsentCodes = 0;
    for (const kill of kills) {
      const killed = await killAndRunAgain(kill, whole);
      expect(killed.faults, killed.where).toEqual([]);
      if (killed.inTheWindow > 0) {
        inTheWindow += 1;
      }
      if (killed.unsentCodes > 0) {
        unsentCodes += 1;
      }
    }
    console.info({ kills: kills.length, effects: whole.effects, inTheWindow, unsentCodes });
    // The mark is stored before the code is sent, so these are all kills between the two.
    expect(unsentCodes).toBeLessThan(kills.length / 2);
    expect(inTheWindow).toBeGreaterThan(0);
    expect(inTheWindow).toBeLessThan(kills.length / 2);
  });
});
