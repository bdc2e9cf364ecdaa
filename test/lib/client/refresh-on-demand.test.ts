import { describe, expect, it } from 'vitest';
import { endOf } from '../../../lambda/keep/published.ts';
import { refreshOnDemand } from '../../../lambda/run/refresh-on-demand.ts';
import { createCachedTokens } from '../../../lib/client/cached-tokens.ts';
import { createSourceOverPorts } from '../../../lib/client/local-source.ts';
import { createSimulation, oauth2Entry, type Simulation } from '../../fakes/simulation.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NAMES = Array.from({ length: 30 }, (_, i) => `t${i}`);
/** Between two of those, where their tokens end spread over most of an hour. */
const PAUSE_MS = (50 * MINUTE) / NAMES.length;

describe('a client over refreshOnDemand', () => {
  it.each(['together', 'one after the other', 'never'] as const)(
    'makes at most 60 versions of a secret in a day of constant reading, rotated %s',
    async (rotated) => {
      const simulation = createSimulation();
      save(simulation, NAMES);
      if (rotated === 'together') {
        await simulation.rotate();
      }
      if (rotated === 'one after the other') {
        simulation.world.accessTokens.maxVersionsADay =
          simulation.world.vault.maxVersionsADay = 200;
        for (const name of NAMES) {
          await simulation.rotate({ tenants: [name] });
          await simulation.clock.sleep(PAUSE_MS);
        }
      }
      const before = [simulation.world.accessTokens, simulation.world.vault].map((secrets) =>
        secrets.versionCount('default'),
      );
      const clients = [2, 5, 8, 10].map((margin) => openClient(simulation, margin * MINUTE));
      let ended = 0;
      const endAt = simulation.clock.now() + DAY;
      const readAll = async (client: (typeof clients)[number], pauseMs: number) => {
        while (simulation.clock.now() < endAt) {
          const got = await Promise.all(NAMES.map((name) => client.get(name)));
          ended += got.filter(({ token }) => endOf(token) <= simulation.clock.now()).length;
          await simulation.clock.sleep(pauseMs);
        }
      };
      await Promise.all(clients.map((client, i) => readAll(client, (170 + i) * 1_000)));
      expect(ended).toBe(0);
      expect(
        simulation.world.accessTokens.versionCount('default') - (before[0] ?? 0),
      ).toBeLessThanOrEqual(60);
      expect(simulation.world.vault.versionCount('default') - (before[1] ?? 0)).toBeLessThanOrEqual(
        60,
      );
      for (const name of NAMES) {
        expect(simulation.server.accounts.get(name)?.replays).toBe(0);
      }
    },
  );

  it('leaves room for versions, and serves all, however often some are refused', async () => {
    const simulation = createSimulation();
    const names = NAMES.slice(0, 8);
    save(simulation, names);
    await simulation.rotate();
    simulation.world.accessTokens.maxVersionsADay = simulation.world.vault.maxVersionsADay = 200;
    const refused = ['t0', 't1', 't2'].map((name) => ({ name, client: openClient(simulation) }));
    const reader = openClient(simulation);
    for (const endAt = simulation.clock.now() + DAY; simulation.clock.now() < endAt; ) {
      for (const { name, client } of refused) {
        client.invalidate(name);
        await client.get(name);
        await simulation.clock.sleep(2 * MINUTE);
      }
      await Promise.all(names.map((name) => reader.get(name)));
    }
    expect(simulation.world.accessTokens.versionCount('default')).toBeLessThanOrEqual(80);
    expect(simulation.world.vault.versionCount('default')).toBeLessThanOrEqual(80);
  });

  it('refreshes once and reads once after it for 100 callers of a stale token', async () => {
    const simulation = createSimulation();
    save(simulation, ['a']);
    await simulation.rotate();
    simulation.clock.jump(58 * MINUTE);
    const effects: string[] = [];
    const ports = simulation.ports(async ({ port, op }, perform) => {
      if (port === 'http' || port === 'access_tokens') {
        effects.push(`${port} ${op}`);
      }
      return perform();
    });
    const client = createCachedTokens(createSourceOverPorts(ports), {
      marginMs: 5 * MINUTE,
      shard: null,
      clock: ports.clock,
    });
    const got = await Promise.all(Array.from({ length: 100 }, () => client.get('a')));
    expect(new Set(got.map(({ token }) => token.access_token))).toEqual(
      new Set([simulation.server.newestAccessToken('a')]),
    );
    expect(effects.filter((effect) => effect === 'http send')).toHaveLength(1);
    expect(effects.slice(effects.lastIndexOf('access_tokens move_label') + 1)).toEqual([
      'access_tokens read',
    ]);
  });

  it('gets a new token for one that was refused after 10 minutes, and not before', async () => {
    const simulation = createSimulation();
    save(simulation, ['a', 'b']);
    await simulation.rotate();
    const client = openClient(simulation);
    const first = (await client.get('a')).token.access_token;
    client.invalidate('a', first);
    expect((await client.get('a')).token.access_token).toBe(first);
    simulation.clock.jump(11 * MINUTE);
    client.invalidate('a', first);
    const second = (await client.get('a')).token.access_token;
    expect(second).not.toBe(first);
    expect(second).toBe(simulation.server.newestAccessToken('a'));
    expect(simulation.server.accounts.get('b')?.accessTokens).toHaveLength(1);
  });

  it('tells an unknown tenant, one that needs authorization, and a disabled one', async () => {
    const simulation = createSimulation();
    save(simulation, ['a', 'off'], {
      off: { enabled: false },
      dead: { ...oauth2Entry('dead', 'refresh.dead.canary5ecret') },
    });
    const client = openClient(simulation);
    await client.get('a');
    await expect(client.get('nobody')).rejects.toMatchObject({ code: 'unknown_tenant' });
    await expect(client.get('off')).rejects.toMatchObject({
      code: 'failing',
      message: expect.stringContaining('it is disabled'),
    });
    const dead = await client.get('dead').catch((error: unknown) => error);
    expect(dead).toMatchObject({
      code: 'failing',
      failure: 'needs_authorization',
      nextStep: expect.stringContaining('tokens connect dead'),
    });
    expect(
      `${JSON.stringify(dead)} ${(dead as Error).message} ${(dead as Error).stack}`,
    ).not.toContain('canary5ecret');
  });

  it('says busy while another run holds the shard, and still gives a living token', async () => {
    const simulation = createSimulation();
    save(simulation, ['a', 'b']);
    await simulation.rotate({ tenants: ['a'] });
    holdLease(simulation);
    const client = openClient(simulation);
    await expect(client.get('b')).rejects.toMatchObject({ code: 'busy', retryable: true });
    simulation.clock.jump(40 * MINUTE);
    holdLease(simulation);
    expect((await openClient(simulation, 20 * MINUTE).get('a')).token.access_token).toBe(
      simulation.server.newestAccessToken('a'),
    );
  });
});

describe(refreshOnDemand.name, () => {
  it('refreshes nothing where its tenant is not refreshed', async () => {
    const simulation = createSimulation();
    save(simulation, ['a', 'b']);
    await simulation.rotate({ tenants: ['a'] });
    for (const tenant of ['a', 'nobody']) {
      await refreshOnDemand(
        simulation.ports(),
        { tenant, shard: 'default', refused: 'f'.repeat(16) },
        options(),
      ).catch(() => undefined);
    }
    expect(simulation.server.accounts.get('b')?.accessTokens).toEqual([]);
    expect(simulation.world.accessTokens.versionCount('default')).toBe(1);
  });

  it('gives first tokens to all new tenants of the shard, so versions stay few', async () => {
    const simulation = createSimulation();
    save(simulation, NAMES);
    await refreshOnDemand(
      simulation.ports(),
      { tenant: 't0', shard: 'default', refused: null },
      options(),
    );
    expect(Object.keys(simulation.published())).toHaveLength(NAMES.length);
    expect(simulation.world.accessTokens.versionCount('default')).toBe(1);
  });
});

function options() {
  return { runId: 'run', deadlineAt: Number.POSITIVE_INFINITY };
}

function openClient(simulation: Simulation, marginMs = 5 * MINUTE) {
  return createCachedTokens(createSourceOverPorts(simulation.ports()), {
    marginMs,
    shard: null,
    clock: simulation.clock,
  });
}

function save(
  simulation: Simulation,
  names: readonly string[],
  more: Record<string, object> = {},
): void {
  const entries = names.map(
    (name) =>
      [
        name,
        { ...oauth2Entry(name, simulation.server.open(name, 'detect')), ...more[name] },
      ] as const,
  );
  simulation.save('default', { tenants: { ...more, ...Object.fromEntries(entries) } });
}

/** Another process takes the lease and keeps it for a day. */
function holdLease(simulation: Simulation): void {
  const stored = simulation.world.states.get('default');
  const state = JSON.parse(stored?.text ?? '{}');
  const expires_at = new Date(simulation.clock.now() + DAY).toISOString();
  const text = JSON.stringify({ ...state, lease: { holder: 'another', expires_at } });
  simulation.world.states.set('default', { text, etag: 'another' });
}
