import { describe, expect, it } from 'vitest';
import { type SplitRequest, splitShard } from '../../../bin/shards/split-shard.ts';
import { parseShardState } from '../../../lambda/history/stored-state.ts';
import { StoreError } from '../../../lambda/ports.ts';
import type { Effect } from '../../fakes/memory-ports.ts';
import {
  createMortalProcess,
  describeEffect,
  type MortalProcess,
} from '../../fakes/mortal-process.ts';
import { createSimulation, oauth2Entry, type Simulation } from '../../fakes/simulation.ts';

/**
 * Each effect is killed at with all that may come in between. Without it, with one of them, so that
 * the three cases share the effects.
 */
const ALL_KILLS = process.env.ALL_KILLS === 'true';

const MOVING = ['berta', 'cleo', 'dora', 'fritz', 'user'];
const STAYING = ['anna', 'emil'];

const REQUEST: SplitRequest = { source: 'default', target: 'eu', tenants: MOVING };

function openScenario(): Simulation {
  const sim = createSimulation(['default']);
  const { server } = sim;
  const { client_id, client_secret, ...cleo } = oauth2Entry(
    'cleo',
    server.open('cleo', 'immediate'),
  );
  sim.save('default', {
    apps: { shared: { client_id, client_secret } },
    tenants: {
      anna: oauth2Entry('anna', server.open('anna', 'detect')),
      berta: oauth2Entry('berta', server.open('berta', 'detect')),
      cleo: { app: 'shared', ...cleo },
      dora: oauth2Entry('dora', server.open('dora', 'never')),
      emil: oauth2Entry('emil', server.open('emil', 'detect')),
      fritz: oauth2Entry('fritz', server.open('fritz', 'detect')),
      user: {
        provider: 'instacart-connect',
        client_id: 'u',
        client_secret: 's',
        user_id: 'u-1',
        scope: 'connect:post_checkout',
      },
    },
  });
  return sim;
}

function homeOf(sim: Simulation, process: MortalProcess = createMortalProcess()) {
  const { world } = sim;
  return {
    ports: sim.ports(process.gate, process.isDead),
    async addShard(shard: string) {
      world.accessTokens.create(shard);
      world.vault.create(shard);
    },
  };
}

/** What is wrong with a world in which the split is over and all have been rotated since. */
function faultsOf(sim: Simulation): string[] {
  const place = (names: readonly string[], shard: string, other: string) =>
    names.flatMap((name) => {
      const account = name === 'user' ? 'u-1' : name;
      const entry = sim.map(shard).tenants[name];
      const token = entry?.refresh_token;
      return [
        entry === undefined && `${name} is missing in ${shard}`,
        sim.map(other).tenants[name] && `${name} is in ${other} too`,
        name !== 'user' &&
          !(typeof token === 'string' && sim.server.accepts(token)) &&
          `the token of ${name} is lost`,
        sim.server.accounts.get(account)?.replays && `a spent token of ${name} was sent`,
        sim.published(shard)[name]?.access_token !== sim.server.newestAccessToken(account) &&
          `${name} is not published in ${shard}`,
        sim.published(other)[name] && `${name} is still published in ${other}`,
      ].filter((fault) => typeof fault === 'string');
    });
  return [...place(MOVING, 'eu', 'default'), ...place(STAYING, 'default', 'eu')];
}

describe(splitShard.name, () => {
  it('moves entries, their apps, histories and access tokens, and asks no provider', async () => {
    const sim = openScenario();
    // Turns count per shard: the target's begin at 1.
    for (let turns = 0; turns < 4; turns++) {
      await sim.rotate();
    }
    const before = { tokens: sim.published(), map: sim.map() };
    const result = await splitShard(homeOf(sim), REQUEST);
    expect(result).toEqual({ moved: MOVING, apps: ['shared'] });
    expect(Object.keys(sim.map('eu').tenants)).toEqual(MOVING);
    expect(sim.map('eu').tenants.berta).toEqual(before.map.tenants.berta);
    expect(sim.map('eu').apps).toEqual(before.map.apps);
    expect(Object.keys(sim.map().tenants)).toEqual(STAYING);
    for (const name of MOVING) {
      expect(sim.published('eu')[name]).toEqual(before.tokens[name]);
    }
    expect(Object.keys(sim.published())).toEqual(STAYING);
    expect((await sim.rotate()).summary).toMatchObject({ total: 7, rotated: 6, skipped: 1 });
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim)).toEqual([]);
  });

  it('keeps the bytes of what it moves', async () => {
    const sim = createSimulation(['default', 'eu']);
    const entry =
      '{"app":"a", "provider":  "oauth2","campaign":12345678901234567890,"enabled":false }';
    sim.world.vault.save(
      'default',
      `{"version":1,"apps":{"a":{"n":98765432109876543210}},"tenants":{"x":{"enabled":false},"y":${entry}}}`,
    );
    await splitShard(homeOf(sim), { ...REQUEST, tenants: ['y'] });
    expect(sim.world.vault.text('default')).toBe(
      '{"version":1,"apps":{"a":{"n":98765432109876543210}},"tenants":{"x":{"enabled":false}}}',
    );
    expect(sim.world.vault.text('eu')).toContain(`"y": ${entry}`);
    expect(sim.world.vault.text('eu')).toContain('"a": {"n":98765432109876543210}');
  });

  it('puts a tenant back with the histories of both shards, and asks it there again', async () => {
    const sim = openScenario();
    await sim.rotate();
    await splitShard(homeOf(sim), { ...REQUEST, tenants: ['berta'] });
    // The other shard's turns are far behind.
    await sim.rotate();
    const old = sim.world.vault.text('eu');
    await sim.rotate();
    await splitShard(homeOf(sim), { source: 'eu', target: 'default', tenants: ['berta'] });
    expect((await sim.rotate({ tenants: ['berta'] })).outcomes).toMatchObject([
      { shard: 'default', status: 'rotated' },
    ]);
    expect(
      parseShardState(sim.world.states.get('default')?.text ?? '').tenants.get('berta'),
    ).toMatchObject({ moved_to: null });
    sim.world.vault.save('eu', old);
    await sim.rotate();
    expect(sim.server.accounts.get('berta')?.replays).toBe(0);
    expect(sim.server.accepts(String(sim.map().tenants.berta?.refresh_token))).toBe(true);
  });

  it('restores what an old copy of the target’s map lost, from the source’s archive', async () => {
    const sim = openScenario();
    await sim.rotate();
    const stale = String(sim.map().tenants.berta?.refresh_token);
    await sim.rotate();
    await splitShard(homeOf(sim), REQUEST);
    sim.world.vault.save(
      'eu',
      sim.world.vault.text('eu').replace(String(sim.map('eu').tenants.berta?.refresh_token), stale),
    );
    await sim.rotate();
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim)).toEqual([]);
  });

  it('keeps a new consent of the target when an old copy makes it begin again', async () => {
    const sim = openScenario();
    await sim.rotate();
    const old = sim.world.vault.text('default');
    await sim.rotate();
    await splitShard(homeOf(sim), REQUEST);
    const stale = String(sim.map('eu').tenants.berta?.refresh_token);
    const consented = sim.server.reissue('berta');
    sim.world.vault.save('eu', sim.world.vault.text('eu').replace(stale, consented));
    sim.world.vault.save('default', old);
    await splitShard(homeOf(sim), { ...REQUEST, tenants: null });
    expect(sim.map('eu').tenants.berta?.refresh_token).toBe(consented);
  });

  it('leaves a tenant in the family that it joined in the target when it begins again', async () => {
    const sim = openScenario();
    await sim.rotate();
    const old = sim.world.vault.text('default');
    await splitShard(homeOf(sim), REQUEST);
    await sim.rotate();
    const before = sim.world.vault.text('eu');
    const stale = String(sim.map('eu').tenants.berta?.refresh_token);
    sim.world.vault.save('eu', before.replace(stale, sim.server.reissue('berta')));
    await sim.rotate({ tenants: ['berta'] });
    sim.world.vault.save('default', old);
    await splitShard(homeOf(sim), { ...REQUEST, tenants: null });
    sim.world.vault.save('eu', before);
    await sim.rotate();
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim)).toEqual([]);
  });

  it('says what to do where its lease ends while it gives families back', async () => {
    const sim = openScenario();
    await sim.rotate();
    const ports = sim.ports(async ({ port, op }, perform) => {
      if (port === 'records' && op === 'read') {
        sim.clock.jump(100_000);
      }
      return perform();
    });
    const split = splitShard({ ...homeOf(sim), ports }, REQUEST);
    await expect(split).rejects.toThrow('Run the same command again');
  });

  it('says why a store never took a map, and goes on from there', async () => {
    const sim = openScenario();
    await sim.rotate();
    const ports = sim.ports(async ({ port, op }, perform) => {
      if (port === 'vault' && op === 'put_version') {
        throw new StoreError('unavailable', 'the disk is full');
      }
      return perform();
    });
    const split = splitShard({ ...homeOf(sim), ports }, REQUEST);
    await expect(split).rejects.toThrow('the disk is full');
    await splitShard(homeOf(sim), REQUEST);
    await sim.rotate();
    expect(faultsOf(sim)).toEqual([]);
  });

  it('asks moved tenants in the target alone after an old copy of the source’s map', async () => {
    const sim = openScenario();
    await sim.rotate();
    const old = sim.world.vault.text('default');
    await splitShard(homeOf(sim), REQUEST);
    await sim.rotate();
    sim.world.vault.save('default', old);
    const { outcomes } = await sim.rotate();
    for (const tenant of MOVING.filter((name) => name !== 'user')) {
      expect(
        outcomes.filter((one) => one.tenant === tenant).map(({ shard, status }) => [shard, status]),
      ).toEqual([
        ['default', 'skipped'],
        ['eu', 'rotated'],
      ]);
    }
    expect((await splitShard(homeOf(sim), { ...REQUEST, tenants: null })).moved).toEqual(MOVING);
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim)).toEqual([]);
  });

  /** Stops a split before the first call of a kind that follows so many swaps of the maps. */
  async function stopSplit(
    sim: Simulation,
    swaps: number,
    before: Omit<Effect, 'on'>,
  ): Promise<void> {
    const process = createMortalProcess();
    const dies: MortalProcess['gate'] = (effect, perform) => {
      const swapped = process.effects.filter(
        ({ port, op }) => port === 'vault' && op === 'move_label',
      ).length;
      if (swapped === swaps && effect.port === before.port && effect.op === before.op) {
        process.kill();
      }
      return process.gate(effect, perform);
    };
    const home = { ...homeOf(sim), ports: sim.ports(dies, process.isDead) };
    await homeOf(sim).addShard('eu');
    void splitShard(home, REQUEST);
    await sim.clock.sleep(200_000);
    expect(process.isDead()).toBe(true);
  }

  it('gives back what moved tenants alone hold in an old copy of the source’s map', async () => {
    const sim = openScenario();
    await sim.rotate();
    const old = sim.world.vault.text('default');
    await sim.rotate();
    await stopSplit(sim, 2, { port: 'records', op: 'read' });
    sim.world.vault.save('default', old);
    await sim.rotate({ shard: 'default' });
    const { outcomes } = await sim.rotate({ shard: 'eu' });
    expect(outcomes.find(({ tenant }) => tenant === 'berta')?.status).toBe('rotated');
    expect(sim.server.accepts(String(sim.map('eu').tenants.berta?.refresh_token))).toBe(true);
    expect(sim.server.accounts.get('berta')?.replays).toBe(0);
  });

  it('publishes tenants on the way in the source while the target does not have them', async () => {
    const sim = openScenario();
    await sim.rotate();
    const before = sim.published().berta;
    await stopSplit(sim, 0, { port: 'vault', op: 'put_version' });
    for (let turns = 0; turns < 3; turns++) {
      await sim.rotate({ shard: 'default' });
    }
    expect(sim.world.vault.text('eu')).toBe('');
    expect(sim.published().berta).toEqual(before);
  });

  it('never waits for a split that goes the other way at the same time', async () => {
    const sim = openScenario();
    await sim.rotate();
    await splitShard(homeOf(sim), { ...REQUEST, tenants: ['berta', 'dora'] });
    await Promise.all([
      splitShard(homeOf(sim), { ...REQUEST, tenants: ['cleo'] }),
      splitShard(homeOf(sim), { source: 'eu', target: 'default', tenants: ['berta'] }),
      sim.rotate(),
    ]);
    await sim.rotate();
    expect(Object.keys(sim.map('eu').tenants).sort()).toEqual(['cleo', 'dora']);
    for (const name of ['anna', 'berta', 'cleo', 'dora']) {
      expect(sim.server.accounts.get(name)?.replays).toBe(0);
    }
    expect(sim.server.accepts(String(sim.map().tenants.berta?.refresh_token))).toBe(true);
  });

  it('takes what a run had archived and not committed', async () => {
    const sim = openScenario();
    const dying = createMortalProcess();
    const gate: MortalProcess['gate'] = (effect, perform) => {
      if (effect.port === 'vault' && effect.op === 'put_version') {
        dying.kill();
      }
      return dying.gate(effect, perform);
    };
    void sim.rotate({}, sim.ports(gate, dying.isDead));
    await splitShard(homeOf(sim), REQUEST);
    await sim.rotate();
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim)).toEqual([]);
  });

  it('moves about half of the bytes, and keeps tenants with one credential together', async () => {
    const sim = openScenario();
    const { tenants = {} } = sim.map();
    sim.save('default', {
      ...sim.map(),
      tenants: { twin: tenants.user, ...tenants, last: tenants.anna },
    });
    await sim.rotate();
    const { moved } = await splitShard(homeOf(sim), { ...REQUEST, tenants: null });
    expect(moved.includes('anna')).toBe(moved.includes('last'));
    const bytes = (shard: string) => Buffer.byteLength(JSON.stringify(sim.map(shard).tenants));
    expect(Math.abs(bytes('default') - bytes('eu'))).toBeLessThan(500);
    await sim.rotate();
    for (const name of ['anna', 'berta', 'cleo', 'emil']) {
      expect(sim.server.accounts.get(name)?.replays).toBe(0);
    }
  });

  it.each([
    { why: 'an unknown tenant', tenants: ['nobody'], message: /no tenant nobody in shard default/ },
    {
      why: 'one of two that share a credential',
      tenants: ['anna'],
      message: /anna and last share one credential/,
    },
    { why: 'a tenant whose app differs there', tenants: ['cleo'], message: /App shared differs/ },
    {
      why: 'a name that both shards have',
      tenants: ['dora'],
      message: /Both shards have a tenant dora/,
    },
  ])('refuses $why, and changes nothing', async ({ tenants, message }) => {
    const sim = openScenario();
    const { tenants: all = {} } = sim.map();
    sim.save('default', { ...sim.map(), tenants: { ...all, last: all.anna } });
    sim.world.accessTokens.create('eu');
    sim.save('eu', {
      apps: { shared: { client_id: 'another' } },
      tenants: { dora: { ...oauth2Entry('other', 'o'), enabled: false } },
    });
    const before = [sim.world.vault.text('default'), sim.world.vault.text('eu')];
    await expect(splitShard(homeOf(sim), { ...REQUEST, tenants })).rejects.toThrow(message);
    expect([sim.world.vault.text('default'), sim.world.vault.text('eu')]).toEqual(before);
    expect(sim.world.states.get('default')?.text).not.toContain('"moved_to":"eu"');
  });

  it('begins no second split, and asks for names where the target has tenants', async () => {
    const sim = openScenario();
    const first = await splitShard(homeOf(sim), { ...REQUEST, tenants: null });
    expect(first.moved.length).toBeGreaterThan(1);
    expect(await splitShard(homeOf(sim), { ...REQUEST, tenants: null })).toEqual({
      moved: [],
      apps: [],
    });
    await expect(
      splitShard(homeOf(sim), { source: 'eu', target: 'default', tenants: null }),
    ).rejects.toThrow(/name those of shard eu/);
  });

  it('refuses what has no room in the target', async () => {
    const sim = openScenario();
    sim.world.vault.maxBytes = 1200;
    sim.world.accessTokens.create('eu');
    sim.save('eu', { tenants: {}, note: 'x'.repeat(900) });
    await expect(
      splitShard(homeOf(sim), { ...REQUEST, tenants: ['berta', 'dora'] }),
    ).rejects.toThrow(/no room for 2 tenants/);
  });

  it('keeps a credential that an operator gives the source during a split', async () => {
    const sim = openScenario();
    await sim.rotate();
    await stopSplit(sim, 1, { port: 'access_tokens', op: 'move_label' });
    await sim.rotate();
    const map = sim.map();
    const given = sim.server.reissue('berta');
    sim.save('default', {
      ...map,
      tenants: { ...map.tenants, berta: { ...map.tenants.berta, refresh_token: given } },
    });
    await splitShard(homeOf(sim), { ...REQUEST, tenants: null });
    expect(sim.map('eu').tenants.berta?.refresh_token).toBe(given);
    await sim.rotate();
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim)).toEqual([]);
  });
});

describe('a split that is stopped dead', () => {
  const between = {
    nothing: async () => undefined,
    'a full run': (sim: Simulation) => sim.rotate(),
    'two runs for one moved tenant': async (sim: Simulation) => {
      await sim.rotate({ tenants: ['berta'] });
      await sim.rotate({ tenants: ['berta'] });
    },
  };

  it.each(Object.entries(between))(
    'before or after any effect, with %s in between, is finished by the same call',
    async (name, meanwhile) => {
      const counting = createMortalProcess();
      const whole = openScenario();
      await whole.rotate();
      await splitShard(homeOf(whole, counting), REQUEST);
      const first = ALL_KILLS ? 0 : Object.keys(between).indexOf(name);
      const step = ALL_KILLS ? 1 : Object.keys(between).length;
      for (let killAt = first; killAt < counting.effects.length; killAt += step) {
        await killAndFinish(killAt, 'before', meanwhile);
        await killAndFinish(killAt, 'after', meanwhile);
      }
    },
  );

  async function killAndFinish(
    killAt: number,
    when: 'before' | 'after',
    meanwhile: (sim: Simulation) => Promise<unknown>,
  ): Promise<void> {
    const sim = openScenario();
    await sim.rotate();
    const process = createMortalProcess(killAt, when);
    const split = splitShard(homeOf(sim, process), REQUEST);
    const effect = await Promise.race([process.died, split.then(() => null)]);
    await meanwhile(sim);
    const isBegun = sim.world.states.get('default')?.text.includes('"moved_to":"eu"');
    await splitShard(homeOf(sim), isBegun ? { ...REQUEST, tenants: null } : REQUEST);
    await sim.rotate();
    await sim.rotate({ tenants: ['user'] });
    expect(faultsOf(sim), `${when} effect ${killAt}: ${describeEffect(effect)}`).toEqual([]);
  }
});
