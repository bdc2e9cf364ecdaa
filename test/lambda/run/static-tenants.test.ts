import { describe, expect, it } from 'vitest';
import { createSimulation } from '../../fakes/simulation.ts';

const SIGNED_BY_CALLERS = {
  'walmart-connect': {
    client_id: 'consumer',
    key_version: '1',
    private_key: 'CANARY-key',
    auth_token: 'CANARY-token',
  },
  'x-ads': {
    client_id: 'key',
    client_secret: 'CANARY-secret',
    oauth_token: 'CANARY-token',
    oauth_token_secret: 'CANARY-token-secret',
  },
};

describe.each(Object.entries(SIGNED_BY_CALLERS))('a tenant of %s', (provider, fields) => {
  function open(more: object = {}) {
    const sim = createSimulation();
    const requests: string[] = [];
    sim.server.handle = ({ url }) => {
      requests.push(url);
      throw new Error('nobody is asked');
    };
    sim.save('default', { tenants: { acme: { provider, ...fields, ...more } } });
    return { sim, requests };
  }

  it('is held by the vault as it is, and nobody is asked for it', async () => {
    const { sim, requests } = open();
    const before = sim.world.vault.text('default');
    const report = await sim.rotate();
    expect(report.outcomes).toMatchObject([{ status: 'skipped', provider }]);
    expect(report.outcomes[0]?.reason).toContain('callers sign each request');
    expect(requests).toEqual([]);
    expect(sim.world.vault.text('default')).toBe(before);
    expect(sim.published()).toEqual({});
    const said = JSON.stringify([report, sim.logs, [...sim.world.objects], [...sim.world.states]]);
    expect(said).not.toContain('CANARY');
  });

  it('fails where a field is missing', async () => {
    const [last = ''] = Object.keys(fields).reverse();
    const { outcomes } = await open({ [last]: null }).sim.rotate();
    expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'invalid_entry' } }]);
    expect(outcomes[0]?.error?.message).toContain(last);
  });

  it('is told ahead of the end of its secret', async () => {
    const { sim } = open();
    const secret_expires_at = new Date(sim.clock.now() + 5 * 86_400_000).toISOString();
    sim.save('default', { tenants: { acme: { provider, ...fields, secret_expires_at } } });
    const { endings, gauges } = await sim.rotate();
    expect(endings).toMatchObject([{ kind: 'client_secret', ends_at: secret_expires_at }]);
    const field = provider === 'x-ads' ? 'oauth_token' : 'private_key';
    expect(endings?.[0]?.next_step).toContain(`tokens set acme ${field}`);
    expect(gauges).toMatchObject({ days_to_next_end: 5 });
  });
});
