import { describe, expect, it } from 'vitest';
import { rotate } from '../../lambda/run.ts';
import { createSimulation, oauth2Entry } from '../fakes/simulation.ts';

describe(rotate.name, () => {
  it('refreshes every tenant, commits the new refresh tokens and publishes the access tokens', async () => {
    const sim = createSimulation();
    sim.save('default', {
      tenants: {
        acme: oauth2Entry('acme', sim.server.open('acme', 'detect')),
        brandx: oauth2Entry('brandx', sim.server.open('brandx', 'never')),
      },
    });
    const report = await sim.rotate();
    expect(report.summary).toMatchObject({ total: 2, rotated: 2 });
    expect(sim.server.accepts(String(sim.map().tenants.acme?.refresh_token))).toBe(true);
    expect(sim.published().acme?.access_token).toBe(sim.server.newestAccessToken('acme'));
  });
});
