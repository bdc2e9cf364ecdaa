import { expect } from 'vitest';
import type { LifecycleEvent } from '../../lambda/lifecycle-event.ts';
import { createEventBus, type EventBus } from './event-bus.ts';
import { createSimulation, oauth2Entry, type Simulation } from './simulation.ts';

const WEEK = 7 * 86_400_000;

/** What the run after `openScenario` has to tell. */
export const NEWS = [
  'Tenant Connected newbie',
  'Tenant Ending ends',
  'Tenant Failing dead',
  'Tenant Recovered healed',
];

export const nameOf = ({ type, detail }: LifecycleEvent) => `${type} ${detail.tenant}`;
export const told = ({ taken }: EventBus) => [...new Set(taken.map(nameOf))].sort();

/** A shard in which one tenant failed last week, and was mended since. */
export async function openScenario(): Promise<Simulation> {
  const sim = createSimulation();
  const { server } = sim;
  const healed = oauth2Entry('healed', server.open('healed', 'detect'));
  const mended = server.reissue('healed');
  sim.save('default', { tenants: { healed } });
  await sim.rotate({}, { ...sim.ports(), events: createEventBus() });
  sim.clock.jump(WEEK);
  const dead = oauth2Entry('dead', server.open('dead', 'detect'));
  server.reissue('dead');
  sim.save('default', {
    tenants: {
      healed: { ...healed, refresh_token: mended },
      dead,
      ends: {
        ...oauth2Entry('ends', server.open('ends', 'never')),
        secret_expires_at: new Date(sim.clock.now() + 5 * 86_400_000).toISOString(),
        owner: 'Ann',
      },
      newbie: {
        provider: 'instacart-ads',
        client_id: 'n',
        client_secret: 's',
        redirect_uri: 'https://n.example/cb',
        authorization_code: server.consent('newbie'),
      },
    },
  });
  return sim;
}

/** An event may only speak of what the vault holds. */
export function refuseEarly(sim: Simulation): (event: LifecycleEvent) => void {
  return ({ type, detail }) => {
    const entry = sim.map().tenants[String(detail.tenant)];
    const isCommitted = sim.server.accepts(String(entry?.refresh_token));
    if (type === 'Tenant Connected' || type === 'Tenant Recovered') {
      expect(entry, type).not.toHaveProperty('authorization_code');
      expect(isCommitted, `${type} before its commit`).toBe(true);
    }
  };
}
