import { describe, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../../lambda/lifecycle-event.ts';
import { createEventBus } from '../../fakes/event-bus.ts';
import { schemaFaults } from '../../fakes/event-schema.ts';
import { createMortalProcess } from '../../fakes/mortal-process.ts';
import { NEWS, openScenario, refuseEarly, told } from '../../fakes/news-scene.ts';
import type { Simulation } from '../../fakes/simulation.ts';

describe('a run that tells, and is stopped dead', () => {
  it('before or after any single effect loses no event, and tells none too early', async () => {
    const whole = await openScenario();
    const counting = createMortalProcess();
    const events = createEventBus(counting.gate);
    await whole.rotate({}, { ...whole.ports(counting.gate, counting.isDead), events });
    let missing = 0;
    for (let killAt = 0; killAt < counting.effects.length; killAt++) {
      for (const when of ['before', 'after'] as const) {
        const { bus, sim, effect } = await killedThenRunAgain(killAt, when);
        const where = `${when} effect ${killAt} (${effect?.port} ${effect?.op} ${effect?.on})`;
        const expected = NEWS.filter((name) => !isExcused(sim, name));
        missing += NEWS.length - expected.length;
        expect(told(bus), where).toEqual(expect.arrayContaining(expected));
        expect(bus.taken.flatMap(schemaFaults)).toEqual([]);
      }
    }
    console.info(
      `${2 * counting.effects.length} kills; events excused by a lost answer: ${missing}`,
    );
    expect(missing).toBeLessThan(counting.effects.length);
  });
});

async function killedThenRunAgain(killAt: number, when: 'before' | 'after') {
  const sim = await openScenario();
  const process = createMortalProcess(killAt, when);
  const look = refuseEarly(sim);
  const taken: LifecycleEvent[] = [];
  const busOf = (gate?: typeof process.gate) =>
    createEventBus(gate, (event) => {
      look(event);
      taken.push(event);
    });
  const dying = { ...sim.ports(process.gate, process.isDead), events: busOf(process.gate) };
  const effect = await Promise.race([process.died, sim.rotate({}, dying).then(() => null)]);
  const bus = busOf();
  await sim.rotate({}, { ...sim.ports(), events: bus });
  return { sim, effect, bus: { ...bus, taken } };
}

/** Where an answer was lost, or a code marked and never sent, there is nothing to tell. */
function isExcused(sim: Simulation, name: string): boolean {
  const tenant = name.split(' ').at(-1) ?? '';
  const stored = sim.map().tenants[tenant]?.refresh_token;
  const isAlive = typeof stored === 'string' && sim.server.accepts(stored);
  return !isAlive && (tenant === 'healed' || tenant === 'newbie');
}
