import { describe, expect, it } from 'vitest';
import { parseExchangeKey } from '../../../lambda/history/archived-exchange.ts';
import { StoreError } from '../../../lambda/ports.ts';
import type { Gate } from '../../fakes/memory-ports.ts';
import { createSimulation, oauth2Entry } from '../../fakes/simulation.ts';

/** Each of these was found by the random schedules. */
describe('what once went wrong', () => {
  it('finds an answer that the archive took silently, while the vault took nothing', async () => {
    const sim = createSimulation();
    sim.save('default', {
      tenants: { acme: oauth2Entry('acme', sim.server.open('acme', 'detect')) },
    });
    const gate: Gate = async (effect, perform) => {
      if (effect.op === 'put_version') {
        throw new StoreError('unavailable', 'the vault does not answer');
      }
      const result = perform();
      if (effect.op === 'put' && parseExchangeKey(effect.on)?.attempt === 1) {
        throw new StoreError('unavailable', 'no answer');
      }
      return result;
    };
    const failed = await sim.rotate({}, sim.ports(gate));
    expect(failed.failures?.[0]?.code).toBe('commit_failed');
    sim.clock.jump(600_000);
    await sim.rotate();
    expect(sim.server.accounts.get('acme')?.replays).toBe(0);
    expect(sim.server.accepts(String(sim.map().tenants.acme?.refresh_token))).toBe(true);
  });

  it('remembers what it adopted where nothing could be committed', async () => {
    const sim = createSimulation();
    const token = sim.server.open('acme', 'never');
    sim.save('default', { tenants: { acme: oauth2Entry('acme', token) } });
    const gate: Gate = async (effect, perform) => {
      if (effect.op === 'put' && parseExchangeKey(effect.on)?.attempt === 1) {
        throw new StoreError('unavailable', 'no answer');
      }
      return perform();
    };
    await sim.rotate({}, sim.ports(gate));
    const adoptions = () =>
      [...sim.world.objects.keys()].filter((key) => parseExchangeKey(key)?.attempt === 0);
    expect(adoptions()).toHaveLength(1);
    await sim.rotate();
    expect(adoptions()).toHaveLength(1);
  });

  it('takes a turn beyond the archive, and waits, when an old state was put back', async () => {
    const sim = createSimulation();
    sim.save('default', {
      tenants: { acme: oauth2Entry('acme', sim.server.open('acme', 'detect')) },
    });
    await sim.rotate();
    const old = sim.world.states.get('default');
    for (let i = 0; i < 3; i++) {
      await sim.rotate();
    }
    if (old) {
      sim.world.states.set('default', old);
    }
    const startedAt = sim.clock.now();
    const report = await sim.rotate();
    expect(report.summary.rotated).toBe(1);
    expect(sim.server.accounts.get('acme')?.replays).toBe(0);
    expect(sim.clock.now() - startedAt).toBeGreaterThanOrEqual(120_000);
    const turns = [...sim.world.objects.keys()].map((key) => parseExchangeKey(key)?.turn ?? 0);
    expect(Math.max(...turns)).toBe(5);
  });

  it('finds an answer that came after the lease had ended', async () => {
    const sim = createSimulation();
    sim.save('default', {
      tenants: { acme: oauth2Entry('acme', sim.server.open('acme', 'immediate')) },
    });
    await sim.rotate();
    const gate: Gate = async (effect, perform) => {
      if (effect.op === 'put' && parseExchangeKey(effect.on)) {
        sim.clock.jump(200_000);
      }
      return perform();
    };
    const sleeper = sim.rotate({}, sim.ports(gate));
    await sleeper;
    await sim.rotate();
    expect(sim.server.accounts.get('acme')?.replays).toBe(0);
    expect(sim.server.accepts(String(sim.map().tenants.acme?.refresh_token))).toBe(true);
  });

  it('adopts nothing from an older map than one that it began to work with', async () => {
    const sim = createSimulation();
    const older = sim.server.open('acme', 'detect');
    sim.save('default', { tenants: { acme: oauth2Entry('acme', older) } });
    const newer = sim.server.reissue('acme');
    sim.save('default', { tenants: { acme: oauth2Entry('acme', newer) } });
    const { versions, succession } = sim.world.vault.stored('default');
    const stale = versions.get(succession[0] ?? '');
    let reads: 'new' | 'old' = 'new';
    const gate: Gate = async (effect, perform) => {
      const isFirstWrite = effect.port === 'records' && effect.op === 'write' && reads === 'new';
      if (isFirstWrite) {
        reads = 'old';
        throw new StoreError('unavailable', 'the index does not answer');
      }
      const result = perform();
      const isStale = effect.port === 'vault' && effect.op === 'read' && reads === 'old';
      return isStale ? (stale as typeof result) : result;
    };
    await sim.rotate({}, sim.ports(gate));
    await sim.rotate();
    const consents = sim.server.accounts.get('acme')?.family;
    const held = String(sim.map().tenants.acme?.refresh_token);
    expect(consents?.get(held)).toBe(1);
    expect(sim.server.accepts(held)).toBe(true);
  });
});
