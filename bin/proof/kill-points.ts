import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kill, killAndRunAgain, killsAt, runWhole } from '../../test/fakes/killed-runs.ts';
import type { Part, Stage } from './part.ts';

/** Kills of a run at every effect. Its share is more than it needs on a quiet machine. */
export const killPoints: Stage = { name: 'Kill points', share: 30, prove: killUntil };

async function killUntil(until: number, note: (text: string) => void): Promise<Part> {
  const whole = await runWhole();
  const kills = spread(Array.from({ length: whole.effects }, (_, killAt) => killsAt(killAt)));
  const faults: string[] = [];
  let made = 0;
  let inTheWindow = 0;
  for (const kill of kills) {
    if (Date.now() >= until) {
      break;
    }
    const killed = await killAndRunAgain(kill, whole);
    made += 1;
    if (killed.inTheWindow > 0) {
      inTheWindow += 1;
    }
    faults.push(...killed.faults.map((fault) => `${killed.where}: ${fault}`));
    note(`${made} of ${kills.length} kills`);
    // Timers of what runs beside must have their turn.
    await nextTurn();
  }
  const isWhole = made >= whole.effects;
  const sound = isWhole ? 'sound' : 'unfinished';
  return {
    what: 'A run stopped dead before or after every single effect, then another run',
    tried: `${made} of ${kills.length} kills, at ${Math.min(made, whole.effects)} of ${whole.effects} effects`,
    found:
      faults.length > 0
        ? faults.join('; ')
        : `nothing lost outside the window, into which ${inTheWindow} kills fell`,
    verdict: faults.length > 0 ? 'unsound' : sound,
  };
}

/** Returns one kill of each effect before the second one of any. */
function spread(byEffect: readonly Kill[][]): Kill[] {
  const most = Math.max(0, ...byEffect.map(({ length }) => length));
  return Array.from({ length: most }, (_, turn) =>
    byEffect.flatMap((kills, effect) => kills[(turn + effect) % kills.length] ?? []),
  ).flat();
}
