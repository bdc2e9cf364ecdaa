import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RunPorts } from '../../../lambda/ports.ts';
import { redeemLink } from '../../../lambda/run/redeem-link.ts';
import { recordCodes } from '../../fakes/authorization-server.ts';
import { type Consented, consentByLink } from '../../fakes/consented.ts';
import { createEventBus, type EventBus } from '../../fakes/event-bus.ts';
import { createMortalProcess } from '../../fakes/mortal-process.ts';
import { refuseEarly } from '../../fakes/news-scene.ts';
import { createSimulation, oauth2Entry, type Simulation } from '../../fakes/simulation.ts';

interface Scenario {
  sim: Simulation;
  link: Consented;
  /** Codes that came to the server, each time. */
  codesSent: string[];
  bus: EventBus;
}

/** One tenant whose client consents anew, and one that has to stay as it is. */
function openScenario(): Scenario {
  const sim = createSimulation();
  const { server } = sim;
  sim.save('default', {
    tenants: {
      acme: oauth2Entry('acme', server.open('acme', 'detect')),
      brandx: oauth2Entry('brandx', server.open('brandx', 'detect')),
    },
  });
  const codesSent = recordCodes(server);
  const bus = createEventBus(undefined, refuseEarly(sim));
  return { sim, link: consentByLink(sim, 'acme'), codesSent, bus };
}

function redeem({ sim, link, bus }: Scenario, ports: RunPorts = sim.ports()) {
  const options = { runId: randomUUID(), deadlineAt: sim.clock.now() + 600_000 };
  return redeemLink({ ...ports, events: bus }, link.id, options);
}

/** Whether the answer came and died with the process, before the archive had it. */
function isInTheWindow({ sim }: Scenario): boolean {
  const newest = sim.server.newestAccessToken('acme');
  return newest !== undefined && ![...sim.world.objects.values()].join().includes(newest);
}

async function killedThenAskedAgain(killAt: number, when: 'before' | 'after') {
  const scenario = openScenario();
  const process = createMortalProcess(killAt, when);
  const run = redeem(scenario, scenario.sim.ports(process.gate, process.isDead));
  await Promise.race([process.died, run]);
  const isLost = isInTheWindow(scenario);
  await redeem(scenario);
  return { scenario, isLost };
}

describe(redeemLink.name, () => {
  it('sends no code twice, loses none that was not sent, and leaves no link that lies, wherever it dies', async () => {
    const counting = createMortalProcess();
    const whole = openScenario();
    await redeem(whole, whole.sim.ports(counting.gate, counting.isDead));
    const effects = counting.effects.length;
    const told = { connected: 0, failed: 0, waiting: 0 };
    for (let killAt = 0; killAt < effects; killAt++) {
      for (const when of ['before', 'after'] as const) {
        const { scenario, isLost } = await killedThenAskedAgain(killAt, when);
        const { sim, link, codesSent, bus } = scenario;
        const where = `${when} effect ${killAt}: ${JSON.stringify(counting.effects[killAt])}`;
        expect(codesSent.length, where).toBeLessThanOrEqual(1);
        const { status, results } = link.link();
        const token = String(sim.map().tenants.acme?.refresh_token);
        const isConnected = status.kind === 'connected';
        expect(isConnected, where).toBe(sim.server.accepts(token));
        expect(isConnected, where).toBe(results.at(-1)?.result === 'connected');
        const wasSent = codesSent.length === 1;
        if (wasSent && !isLost) {
          expect(isConnected, where).toBe(true);
        }
        await sim.rotate({}, { ...sim.ports(), events: bus });
        const connected = bus.taken.filter(({ type }) => type === 'Tenant Connected');
        expect(connected.length > 0, where).toBe(isConnected);
        if (isConnected) {
          told.connected += 1;
        } else {
          told[results.length > 0 ? 'failed' : 'waiting'] += 1;
        }
        expect(sim.server.accepts(String(sim.map().tenants.brandx?.refresh_token)), where).toBe(
          true,
        );
      }
    }
    console.info(`${2 * effects} kills: ${JSON.stringify(told)}`);
    // Only a death between the mark and the archived answer costs a consent, and the link says so.
    expect(told.connected).toBeGreaterThan(effects);
    expect(told.waiting).toBe(0);
  });
});
