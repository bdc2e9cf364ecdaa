import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../../lambda/ports.ts';
import { createMortalProcess } from '../../fakes/mortal-process.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';
import { createSimulation, type Simulation } from '../../fakes/simulation.ts';

/** A platform whose code brings a short token, and whose short token is exchanged for long ones. */
interface Graph {
  codes: string[];
  /** Of each exchange of a short token: whether the archive held that token when it came. */
  wasArchived: boolean[];
  long: string[];
  /** So many exchanges of a short token are answered by a fault that may pass. */
  faults: number;
}

interface Scenario {
  sim: Simulation;
  graph: Graph;
}

const CODE = 'code-of-acme';
const SHORT = 'short-of-acme';

function open(provider: string): Scenario {
  const sim = createSimulation();
  const graph: Graph = { codes: [], wasArchived: [], long: [], faults: 0 };
  sim.server.handle = (request) => answer(sim, graph, request);
  sim.save('default', {
    tenants: {
      acme: {
        provider,
        client_id: 'cid',
        client_secret: 'cs',
        redirect_uri: 'https://agency.example/cb',
        authorization_code: CODE,
      },
    },
  });
  return { sim, graph };
}

function answer(sim: Simulation, graph: Graph, { url, body }: HttpRequest): HttpAnswer {
  const sent = `${url} ${body ?? ''}`;
  if (sent.includes(CODE)) {
    graph.codes.push(CODE);
    if (graph.codes.length > 1) {
      return jsonReply(400, { error: { code: 100 } });
    }
    return jsonReply(200, { access_token: SHORT, expires_in: 3600 });
  }
  if (sent.includes(SHORT)) {
    graph.wasArchived.push(archived(sim).includes(SHORT));
  }
  if (graph.faults-- > 0) {
    return jsonReply(503, {});
  }
  const token = `long-${graph.long.length}-of-acme`;
  graph.long.push(token);
  return jsonReply(200, { access_token: token, token_type: 'bearer', expires_in: 5_183_944 });
}

function archived({ world }: Simulation): string {
  return [...world.objects.values()].join('\n');
}

/** What a later run knows of the one that died, and for whom it is made. */
const LATER: [how: string, forget: (sim: Simulation) => void, request: object][] = [
  ['with the state', () => undefined, {}],
  ['with the archive alone', ({ world }) => world.states.clear(), {}],
  ['in a run for what ends soon', () => undefined, { expiring_within_seconds: 600 }],
];

/** A run that dies at one effect. Returns what the archive had by then. */
async function die({ sim, graph }: Scenario, killAt: number, when: 'before' | 'after') {
  const process = createMortalProcess(killAt, when);
  const run = sim.rotate({}, sim.ports(process.gate, process.isDead));
  await Promise.race([process.died, run]);
  const kept = archived(sim);
  return { short: kept.includes(SHORT), long: graph.long.some((token) => kept.includes(token)) };
}

async function countEffects(provider: string): Promise<number> {
  const { sim, graph } = open(provider);
  const { gate, isDead, effects } = createMortalProcess();
  await sim.rotate({}, sim.ports(gate, isDead));
  expect(graph).toMatchObject({ codes: [CODE], wasArchived: [true] });
  return effects.length;
}

describe.each(['meta', 'instagram'])('the second exchange of %s', (provider) => {
  it.each(LATER)('is made wherever the first run dies, %s', async (_how, forget, request) => {
    const effects = await countEffects(provider);
    const begun = { byFirst: 0, byNext: 0, lost: 0 };
    for (let kill = 0; kill < 2 * effects; kill++) {
      const scenario = open(provider);
      const { sim, graph } = scenario;
      const kept = await die(scenario, Math.floor(kill / 2), kill % 2 ? 'after' : 'before');
      // Before its answer is archived, only the state knows that a code was sent.
      if (kept.short) {
        forget(sim);
      }
      const { outcomes } = await sim.rotate(request);
      const where = `kill ${kill}: ${JSON.stringify(outcomes)}`;
      expect(graph.codes.length, where).toBeLessThanOrEqual(1);
      expect(graph.wasArchived, where).not.toContain(false);
      if (!kept.short && graph.long.length === 0) {
        begun.lost += 1;
        continue;
      }
      begun[kept.long ? 'byFirst' : 'byNext'] += 1;
      const { acme = {} } = sim.map().tenants;
      expect(acme.refresh_token, where).toMatch(/^long-/);
      expect(acme, where).not.toHaveProperty('authorization_code');
      expect(sim.published().acme?.access_token, where).toBe(acme.refresh_token);
    }
    console.info(`${provider}, ${2 * effects} kills: ${JSON.stringify(begun)}`);
    expect(begun.byFirst).toBeGreaterThan(2);
    expect(begun.byNext).toBeGreaterThan(2);
    // A code that was marked or sent, and whose answer no archive has, is spent.
    expect(begun.lost).toBeLessThanOrEqual(8);
  });

  it('is tried again in the same run after faults that may pass', async () => {
    const { sim, graph } = open(provider);
    graph.faults = 2;
    const { outcomes } = await sim.rotate();
    expect(outcomes).toMatchObject([{ status: 'rotated', attempts: 4 }]);
    expect(sim.map().tenants.acme?.refresh_token).toMatch(/^long-/);
  });

  it('follows the first one also where the wall clock is set back between them', async () => {
    const { sim, graph } = open(provider);
    const ports = sim.ports();
    const setBackMs = () => (graph.codes.length > 0 ? 3_600_000 : 0);
    const clock = { ...ports.clock, now: () => sim.clock.now() - setBackMs() };
    await sim.rotate({}, { ...ports, clock });
    expect(sim.map().tenants.acme?.refresh_token).toMatch(/^long-/);
  });

  it('leaves the first token where the faults do not pass', async () => {
    const { sim, graph } = open(provider);
    graph.faults = Number.POSITIVE_INFINITY;
    const { outcomes } = await sim.rotate();
    expect(outcomes).toMatchObject([{ status: 'rotated' }]);
    expect(sim.map().tenants.acme?.refresh_token).toBe(SHORT);
    expect(sim.published().acme?.access_token).toBe(SHORT);
    graph.faults = 0;
    await sim.rotate({ expiring_within_seconds: 600 });
    expect(sim.published().acme?.access_token).toMatch(/^long-/);
  });
});
