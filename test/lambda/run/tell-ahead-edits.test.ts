import { describe, expect, it } from 'vitest';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import type { RunPorts } from '../../../lambda/ports.ts';
import { createEventBus, type EventBus } from '../../fakes/event-bus.ts';
import { nameOf } from '../../fakes/news-scene.ts';
import { createSimulation, oauth2Entry, type Simulation } from '../../fakes/simulation.ts';

const DAY_MS = 86_400_000;

interface Fleet {
  sim: Simulation;
  bus: EventBus;
  ports: RunPorts;
  /** Runs once a day for so many days, and returns what was told, in order. */
  live(days: number): Promise<string[]>;
}

/** One tenant that has just consented, and whose secret ends in 40 days. */
function openFleet(): Fleet {
  const sim = createSimulation();
  const bus = createEventBus();
  const ports = { ...sim.ports(), events: bus };
  const { refresh_token: _, ...entry } = oauth2Entry('acme', sim.server.open('acme', 'never'));
  const endsAt = new Date(sim.clock.now() + 40 * DAY_MS).toISOString();
  const code = sim.server.consent('acme');
  const redirect_uri = 'https://a.example/cb';
  const acme = { ...entry, redirect_uri, secret_expires_at: endsAt, authorization_code: code };
  sim.save('default', { tenants: { acme } });
  async function live(days: number): Promise<string[]> {
    const before = bus.taken.length;
    for (let day = 0; day < days; day++) {
      await sim.rotate({}, ports);
      sim.clock.jump(DAY_MS);
    }
    return bus.taken.slice(before).map(textOf);
  }
  return { sim, bus, ports, live };
}

const textOf = (event: EventBus['taken'][number]) =>
  [nameOf(event), event.detail.threshold_days].filter(Boolean).join(' ');

const edit = ({ sim }: Fleet, change: (tenants: Record<string, object>) => void) => {
  const map = sim.map();
  change(map.tenants);
  sim.save('default', map);
};

describe('what is told ahead', () => {
  it('is told once where nobody edits', async () => {
    const fleet = openFleet();
    expect(await fleet.live(45)).toEqual([
      'Tenant Connected acme',
      'Tenant Ending acme 30',
      'Tenant Ending acme 14',
      'Tenant Ending acme 7',
      'Tenant Ending acme 1',
    ]);
  });

  it('goes on under the new name of a renamed tenant, and repeats nothing', async () => {
    const fleet = openFleet();
    await fleet.live(15);
    await renameTenant(fleet.ports, 'acme', 'zenith');
    expect(await fleet.live(15)).toEqual(['Tenant Ending zenith 14']);
  });

  it('goes on in the shard to which a tenant was moved, and repeats nothing', async () => {
    const fleet = openFleet();
    await fleet.live(15);
    const addShard = async (shard: string) => {
      fleet.sim.world.vault.create(shard);
      fleet.sim.world.accessTokens.create(shard);
    };
    const home = { ports: fleet.ports, addShard };
    await splitShard(home, { source: 'default', target: 'eu', tenants: ['acme'] });
    expect(await fleet.live(15)).toEqual(['Tenant Ending acme 14']);
  });

  it('comes in time for a tenant that was removed and is there again', async () => {
    const fleet = openFleet();
    await fleet.live(5);
    const { acme = {} } = fleet.sim.map().tenants;
    edit(fleet, (tenants) => delete tenants.acme);
    expect(await fleet.live(8)).toEqual([]);
    edit(fleet, (tenants) => Object.assign(tenants, { acme }));
    const told = await fleet.live(20);
    expect(told).toContain('Tenant Ending acme 30');
    expect(told).toContain('Tenant Ending acme 14');
    expect(new Set(told).size).toBe(told.length);
  });

  it('begins anew with a consent in between, and with a secret that was replaced', async () => {
    const fleet = openFleet();
    await fleet.live(28);
    const authorization_code = fleet.sim.server.consent('acme');
    const secret_expires_at = new Date(fleet.sim.clock.now() + 20 * DAY_MS).toISOString();
    edit(fleet, ({ acme }) => Object.assign(acme ?? {}, { authorization_code, secret_expires_at }));
    expect(await fleet.live(8)).toEqual([
      'Tenant Connected acme',
      'Tenant Ending acme 30',
      'Tenant Ending acme 14',
    ]);
  });

  it('tells an end that had passed before anybody looked, once', async () => {
    const fleet = openFleet();
    const secret_expires_at = new Date(fleet.sim.clock.now() - 90 * DAY_MS).toISOString();
    edit(fleet, ({ acme }) => Object.assign(acme ?? {}, { secret_expires_at }));
    expect(await fleet.live(10)).toEqual(['Tenant Connected acme', 'Tenant Ending acme 1']);
  });

  it('survives a clock that jumps a year ahead for one run', async () => {
    const fleet = openFleet();
    await fleet.live(5);
    const { now } = fleet.sim.clock;
    const clock = { ...fleet.ports.clock, now: () => now() + 365 * DAY_MS };
    await fleet.sim.rotate({}, { ...fleet.ports, clock });
    expect(await fleet.live(40)).toEqual(
      expect.arrayContaining([
        'Tenant Ending acme 30',
        'Tenant Ending acme 14',
        'Tenant Ending acme 7',
        'Tenant Ending acme 1',
      ]),
    );
  });
});
