import { describe, expect, it } from 'vitest';
import { parseShardState } from '../../../lambda/history/stored-state.ts';
import { createEventBus } from '../../fakes/event-bus.ts';
import { schemaFaults } from '../../fakes/event-schema.ts';
import { NEWS, nameOf, openScenario, refuseEarly, told } from '../../fakes/news-scene.ts';
import { createScene } from '../../fakes/scene.ts';

describe('the events of a run', () => {
  it('tell who connected, failed, recovered and will end, as the schema says', async () => {
    const sim = await openScenario();
    const bus = createEventBus(undefined, refuseEarly(sim));
    const report = await sim.rotate({}, { ...sim.ports(), events: bus });
    expect(told(bus)).toEqual(NEWS);
    expect(bus.taken.flatMap(schemaFaults)).toEqual([]);
    expect(bus.taken.find(({ type }) => type === 'Tenant Ending')?.detail.owner).toBe('Ann');
    expect(report.endings).toMatchObject([{ tenant: 'ends', threshold_days: 7 }]);
  });

  it('are told once, and cost a calm run nothing', async () => {
    const sim = await openScenario();
    const bus = createEventBus();
    const ports = { ...sim.ports(), events: bus };
    await sim.rotate({}, ports);
    const { calls } = bus;
    const writes = sim.world.states.get('default')?.etag;
    await sim.rotate({}, ports);
    expect(bus.calls).toBe(calls);
    expect(writes).toBeDefined();
  });

  it('carry the archive key of their exchange as id', async () => {
    const sim = await openScenario();
    const bus = createEventBus();
    await sim.rotate({}, { ...sim.ports(), events: bus });
    const ids = new Map(bus.taken.map((event) => [nameOf(event), event.detail.id]));
    expect(ids.get('Tenant Failing dead')).toMatch(/^responses\/default\/.*\/dead-\d\.json$/);
    expect(ids.get('Tenant Connected newbie')).toMatch(/newbie-1\.json#connected$/);
    expect(ids.get('Tenant Recovered healed')).toMatch(/healed-1\.json#recovered$/);
  });

  it('wait for the next run where the bus is away', async () => {
    const sim = await openScenario();
    const bus = createEventBus();
    bus.isAway = true;
    const ports = { ...sim.ports(), events: bus };
    const { summary } = await sim.rotate({}, ports);
    expect(summary.rotated).toBe(3);
    expect(bus.taken).toEqual([]);
    bus.isAway = false;
    await sim.rotate({}, ports);
    expect(told(bus)).toEqual(NEWS);
    const state = parseShardState(sim.world.states.get('default')?.text ?? '');
    expect(state.outbox).toEqual([]);
  });

  it('are left to a run with a bus where one ran without', async () => {
    const sim = await openScenario();
    await sim.rotate();
    const bus = createEventBus();
    await sim.rotate({}, { ...sim.ports(), events: bus });
    expect(told(bus)).toEqual(NEWS.filter((name) => !name.includes('Ending')));
  });

  it('hold no token, and neither does the state', async () => {
    const sim = await openScenario();
    const bus = createEventBus();
    await sim.rotate({}, { ...sim.ports(), events: bus });
    const text = JSON.stringify(bus.taken) + (sim.world.states.get('default')?.text ?? '');
    for (const { family, accessTokens, codes } of sim.server.accounts.values()) {
      for (const secret of [...family.keys(), ...accessTokens, ...codes]) {
        expect(text).not.toContain(secret);
      }
    }
  });

  it('names in the report who can act', async () => {
    const scene = createScene();
    const people = { owner: 'Ann', contact: 'ann@agency.example' };
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'detect', people) } });
    scene.server.reissue('acme');
    expect((await scene.run()).outcomes[0]).toMatchObject({ newly_failing: true, ...people });
    expect((await scene.run()).outcomes[0]).not.toHaveProperty('owner');
  });
});
