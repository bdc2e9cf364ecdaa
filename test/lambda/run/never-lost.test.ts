import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseExchangeKey } from '../../../lambda/history/archived-exchange.ts';
import { familyOfTenant } from '../../../lambda/history/families.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

const DAY_MS = 86_400_000;

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  const entries = names.map((name) => [name, scene.tenant(name)]);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  return scene;
}

function expectSafe(scene: Scene, ...names: string[]): void {
  for (const name of names) {
    expect([name, scene.isSafe(name)]).toEqual([name, true]);
    expect([name, scene.server.accounts.get(name)?.replays]).toEqual([name, 0]);
  }
}

describe('two answers to one credential', () => {
  it('leave the later one current, whichever of them is read first', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'grace') } });
    await scene.run();
    const spent = scene.token('acme');
    // A frozen run has its answer, and archives it when another run has asked again.
    const ports = scene.openPorts();
    const late: (() => void)[] = [];
    const put = (key: string, value: object) =>
      parseExchangeKey(key)?.attempt === 1
        ? new Promise<void>((resolve) => late.push(() => resolve(ports.archive.put(key, value))))
        : ports.archive.put(key, value);
    const write: typeof ports.states.write = (() => {
      let writes = 0;
      return (...args) => (++writes > 1 ? new Promise(() => {}) : ports.states.write(...args));
    })();
    void scene.rotate(
      {},
      { ...ports, archive: { ...ports.archive, put }, states: { ...ports.states, write } },
    );
    await scene.run();
    expect(scene.http.sent.filter(({ credential }) => credential === spent)).toHaveLength(2);
    const live = scene.token('acme');
    for (const land of late) {
      land();
    }
    await scene.clock.sleep(1_000);
    scene.world.states.clear();
    await scene.run({ dry_run: true });
    const report = await scene.run();
    expect(scene.http.sent.at(-1)?.credential).toBe(live);
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expectSafe(scene, 'acme');
  });
});

describe('an answer that reaches the archive long after its run died', () => {
  /** Plays a run that dies with acme's answer on its way, and returns what lets it land. */
  async function dieWithAnswer(scene: Scene): Promise<() => Promise<void>> {
    const ports = scene.openPorts();
    const landings: (() => Promise<void>)[] = [];
    const put = (key: string, value: object) => {
      const { tenant, attempt } = parseExchangeKey(key) ?? {};
      if (tenant !== 'acme' || attempt !== 1) {
        return ports.archive.put(key, value);
      }
      landings.push(() => ports.archive.put(key, value));
      return new Promise<void>(() => {});
    };
    const write: typeof ports.states.write = (() => {
      let writes = 0;
      return (...args) => (++writes > 1 ? new Promise(() => {}) : ports.states.write(...args));
    })();
    const archive = { ...ports.archive, put };
    void scene.rotate({}, { ...ports, archive, states: { ...ports.states, write } });
    await scene.clock.sleep(5_000);
    return async () => {
      await Promise.all(landings.map((land) => land()));
    };
  }

  it.each<[string, (scene: Scene) => void]>([
    [
      'another tenant was given the same credential',
      (scene) => {
        scene.edit(({ tenants }) => {
          tenants.brandx = structuredClone(tenants.acme ?? {});
        });
      },
    ],
    ['half of the retention went by', (scene) => scene.clock.jump(210 * DAY_MS)],
  ])('outranks what was filed where %s', async (_, happen) => {
    const scene = createScene();
    const acme = scene.tenant('acme', 'immediate');
    scene.save('default', { tenants: { acme, other: scene.tenant('other') } });
    await scene.run();
    const land = await dieWithAnswer(scene);
    happen(scene);
    await scene.run({ tenants: ['other'] });
    const filed = [...scene.world.objects.keys()].filter((key) => /(acme|brandx)-0/.test(key));
    await land();
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
    expect(filed.length).toBeGreaterThan(1);
  });
});

describe('an old copy of the map', () => {
  it('is known for what it is after any number of rotations', async () => {
    const scene = sceneOf('acme', 'brandx');
    const first = scene.world.vault.text('default');
    for (let i = 0; i < 450; i++) {
      await scene.run();
      scene.clock.jump(1_800_000);
    }
    scene.world.vault.save('default', first);
    expect((await scene.run()).summary.recovered).toBe(2);
    expectSafe(scene, 'acme', 'brandx');
    const family = familyOfTenant(scene.state().knowledge, 'acme');
    expect(family?.members.size).toBeLessThan(25);
  });

  it('does not undo a consent that came after it', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const old = scene.world.vault.text('default');
    const consented = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: consented }));
    await scene.run();
    scene.world.vault.save('default', old);
    await scene.run();
    expectSafe(scene, 'acme');
  });
});

describe('a wall clock that is set back under a run', () => {
  it.each([2_000, 3_600_000])(
    '(by %d ms) lets no adopted credential outrank its answer',
    async (byMs) => {
      const scene = sceneOf('acme');
      let setBackMs = 0;
      // The tenant is adopted by then, and not asked yet.
      scene.faults.before({ port: 'access_tokens', op: 'read' }, () => {
        setBackMs = byMs;
      });
      const clock = { ...scene.clock, now: () => scene.clock.now() - setBackMs };
      await scene.rotate({}, { ...scene.openPorts(), clock });
      await scene.run();
      expectSafe(scene, 'acme');
    },
  );
});

describe('an old copy that holds what a platform issued again in the run of a new consent', () => {
  /** A scene with such a copy, which holds the credential of that fingerprint. */
  async function sceneOfOldCopy() {
    const scene = createScene();
    const other = scene.tenant('other');
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'alternate'), other } });
    await scene.run();
    const old = scene.world.vault.text('default');
    const print = fingerprint(scene.token('acme'));
    await scene.run();
    const consented = scene.server.open('brandx', 'never');
    scene.http.reply('acme', (request) => {
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: consented }));
      return scene.server.handle(request);
    });
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('skipped');
    return { scene, old, print, consented };
  }

  it('does not undo the consent', async () => {
    const { scene, old, consented } = await sceneOfOldCopy();
    scene.world.vault.save('default', old);
    await scene.run();
    expect(scene.token('acme')).toBe(consented);
  });

  it('does not where the index is away for a moment', async () => {
    const { scene, old, print, consented } = await sceneOfOldCopy();
    scene.world.vault.save('default', old);
    scene.faults.fail({ port: 'records', on: `known/${print}.json` }, { times: 1 });
    await scene.run();
    expect(scene.token('acme')).toBe(consented);
  });

  it('does not where the index is away to the end of the run that meets it', async () => {
    const { scene, old, print, consented } = await sceneOfOldCopy();
    scene.http.reply('other', (request) => {
      scene.world.vault.save('default', old);
      scene.faults.fail({ port: 'records', on: `known/${print}.json` });
      return scene.server.handle(request);
    });
    expect(await scene.run({ tenants: ['other'] })).toHaveProperty('failures');
    scene.faults.heal();
    await scene.run();
    expect(scene.token('acme')).toBe(consented);
    expectSafe(scene, 'other');
  });
});

describe('an old copy that comes in a run which knows of its last issue alone', () => {
  it('does not undo the consent', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'alternate') } });
    await scene.run();
    const second = scene.world.vault.text('default');
    await scene.run();
    const first = scene.world.vault.text('default');
    const consented = scene.server.open('brandx', 'never');
    scene.http.reply('acme', (request) => {
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: consented }));
      return scene.server.handle(request);
    });
    await scene.run();
    scene.world.vault.save('default', first);
    scene.http.reply('brandx', (request) => {
      scene.world.vault.save('default', second);
      return scene.server.handle(request);
    });
    await scene.run();
    await scene.run();
    expect(scene.token('acme')).toBe(consented);
  });
});

describe('an outage of every store right after the providers answered', () => {
  it.each(['unavailable', 'denied'] as const)(
    'of ten minutes (%s) loses no answer that was under way',
    async (reason) => {
      const names = ['acme', 'brandx', 'carol', 'dora'];
      const scene = sceneOf(...names);
      await scene.run();
      scene.http.reply('acme', (request) => {
        scene.faults.fail(({ port }) => port !== 'http', { reason });
        return scene.server.handle(request);
      });
      const running = scene.run();
      await scene.clock.sleep(600_000);
      scene.faults.heal();
      await running.catch(() => undefined);
      scene.clock.jump(300_000);
      await scene.run();
      expectSafe(scene, ...names);
    },
  );
});

/** Deletes the exchanges that the bucket's lifecycle would. */
function expireOld({ clock, world }: Scene): void {
  for (const key of world.objects.keys()) {
    const startedAt = Date.parse(parseExchangeKey(key)?.startedAt ?? '');
    if (clock.now() - startedAt > 400 * DAY_MS) {
      world.objects.delete(key);
    }
  }
}

describe('a credential that never changes', () => {
  it('is filed again before the archive lets its only copy expire', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'silent') } });
    const old = scene.world.vault.text('default');
    for (let day = 0; day < 900; day += 7) {
      await scene.run();
      scene.clock.jump(7 * DAY_MS);
      expireOld(scene);
    }
    const token = scene.token('acme');
    const held = [...scene.world.objects.values()].filter((text) => text.includes(token));
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThan(4);
    const emptied = old.replace(token, 'a-typo');
    scene.world.vault.save('default', emptied);
    expect(fingerprint(token)).toBe(familyOfTenant(scene.state().knowledge, 'acme')?.current);
  });
});

describe('a credential that nobody asks with', () => {
  it.each([
    ['is paused', { enabled: false }, {}],
    ['is in none of the runs', {}, { tenants: ['other'] }],
  ])('is kept in the archive while its tenant %s', async (_what, change, request) => {
    const scene = sceneOf('acme', 'other');
    await scene.run();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, change));
    for (let month = 0; month < 30; month++) {
      scene.clock.jump(30 * DAY_MS);
      await scene.run(request);
      expireOld(scene);
    }
    const token = scene.token('acme');
    const held = [...scene.world.objects.values()].filter((text) => text.includes(token));
    expect(held.length).toBeGreaterThan(0);
    expectSafe(scene, 'acme');
  });
});

describe('a credential that is in two shards', () => {
  it.each([
    ['the first one of its consent', 0],
    ['one that came of a rotation', 3],
  ])('is asked for by one of them in any mode (%s)', async (_what, rotations) => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: {} });
    for (let i = 0; i < rotations; i++) {
      await scene.run({ shard: 'default' });
    }
    scene.save('eu', { tenants: { copy: { ...scene.map().tenants.acme } } });
    await scene.run({ shard: 'eu' });
    await scene.run({ shard: 'default' });
    await scene.refresh({ tenant: 'copy', shard: 'eu' });
    await scene.run();
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    const held = [scene.token('acme'), scene.token('copy', 'eu')];
    expect(held.some((token) => scene.server.accepts(token))).toBe(true);
  });

  it('is asked for by one of them where both see it first at the same time', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const entry = scene.tenant('acme');
    scene.save('default', { tenants: { acme: entry } });
    scene.save('eu', { tenants: { copy: { ...entry } } });
    for (let i = 0; i < 2; i++) {
      await Promise.all([scene.run({ shard: 'default' }), scene.run({ shard: 'eu' })]);
    }
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    const held = [scene.token('acme'), scene.token('copy', 'eu')];
    expect(held.some((token) => scene.server.accepts(token))).toBe(true);
  });

  it('is redeemed by one of them where it is a code', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const { refresh_token: _, ...entry } = scene.tenant('acme');
    const authorization_code = scene.server.consent('acme');
    const coded = { ...entry, authorization_code, redirect_uri: 'https://app.example/cb' };
    scene.save('default', { tenants: { acme: coded } });
    scene.save('eu', { tenants: { copy: { ...coded } } });
    await Promise.all([scene.run({ shard: 'default' }), scene.run({ shard: 'eu' })]);
    expect(scene.http.sent).toHaveLength(1);
  });

  it('goes over to the other one once its own shard has let it go', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), stays: scene.tenant('stays') },
    });
    scene.save('eu', { tenants: {} });
    await scene.run();
    const entry = { ...scene.map().tenants.acme };
    await scene.run();
    scene.save('eu', { tenants: { acme: entry } });
    scene.edit((map) => delete map.tenants.acme);
    await scene.run({ shard: 'eu' });
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    await scene.run({ shard: 'default' });
    const report = await scene.run({ shard: 'eu' });
    expect(outcomeOf(report, 'acme').status).toMatch(/rotated|recovered/);
    expect(scene.isSafe('acme', 'eu')).toBe(true);
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });
});

describe('a shard that could not hand over all that left its map', () => {
  it('asks nothing with what it has handed over, when an old copy brings it back', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme'), left: scene.tenant('left') } });
    scene.save('eu', { tenants: {} });
    await scene.run();
    const before = scene.map();
    const root = familyOfTenant(scene.state().knowledge, 'left')?.roots.values().next().value;
    scene.edit((map) => Object.assign(map, { tenants: {} }));
    scene.faults.fail({ port: 'records', op: 'write', on: `known/${root}.json` });
    await scene.run({ shard: 'default' });
    scene.faults.heal();
    scene.save('eu', { tenants: { moved: { ...before.tenants.acme } } });
    expect(outcomeOf(await scene.run({ shard: 'eu' }), 'moved').status).toBe('rotated');
    scene.edit((map) => Object.assign(map, before));
    const report = await scene.run({ shard: 'default' });
    expect(outcomeOf(report, 'acme').error?.code).toBe('duplicate_credential');
    expect(outcomeOf(report, 'left').status).toBe('rotated');
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });
});

describe('a code beside the token of another shard', () => {
  it('is sent, and what it brings takes the place of that token', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run({ shard: 'default' });
    const copied = scene.map().tenants.acme;
    const code = scene.server.consent('brandx');
    const entry = { ...scene.tenant('other'), ...copied, authorization_code: code };
    scene.save('eu', { tenants: { brandx: { ...entry, redirect_uri: 'https://app.example/cb' } } });
    expect(outcomeOf(await scene.run({ shard: 'eu' }), 'brandx').status).toBe('rotated');
    expect(scene.map('eu').tenants.brandx).not.toHaveProperty('authorization_code');
    expect(scene.token('brandx', 'eu')).not.toBe(copied?.refresh_token);
    await scene.run();
    await scene.run();
    expect(scene.isSafe('brandx', 'eu')).toBe(true);
    expectSafe(scene, 'acme');
  });

  it('stays unasked for that token where the code is refused', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run({ shard: 'default' });
    const entry = { ...scene.map().tenants.acme, authorization_code: 'dead' };
    scene.save('eu', { tenants: { brandx: { ...entry, redirect_uri: 'https://app.example/cb' } } });
    await scene.run({ shard: 'eu' });
    const report = await scene.run({ shard: 'eu' });
    expect(outcomeOf(report, 'brandx').error?.code).toBe('duplicate_credential');
    await scene.run();
    expectSafe(scene, 'acme');
  });
});

describe('a state that was put back under a living run', () => {
  it('leaves a turn to the run that has its marker', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const marker = { version: 1, run_id: 'another', nonce: 'another' };
    scene.world.objects.set('responses/default/00000002.json', JSON.stringify(marker));
    const startedAt = scene.clock.now();
    await scene.run();
    expect(scene.state().turn).toBe(3);
    expect(scene.clock.now() - startedAt).toBeGreaterThanOrEqual(120_000);
    expectSafe(scene, 'acme');
  });

  it.each(['an older version', 'nothing'])(
    '(%s) lets no second run ask beside it',
    async (what) => {
      const scene = sceneOf('acme', 'brandx');
      await scene.run();
      const old = scene.world.states.get('default');
      await scene.run();
      scene.http.reply('acme', async (request) => {
        const answer = scene.server.handle(request);
        if (what === 'nothing') {
          scene.world.states.delete('default');
        } else if (old) {
          scene.world.states.set('default', { ...old, etag: 'put back' });
        }
        await scene.clock.sleep(15_000);
        return answer;
      });
      const living = scene.run();
      await scene.clock.sleep(1_000);
      const second = scene.run();
      await Promise.all([living, second]);
      await scene.run();
      expectSafe(scene, 'acme', 'brandx');
    },
  );
});

describe('a credential that an operator shares again', () => {
  it('stays where two tenants have changed theirs for one another, and back', async () => {
    const scene = sceneOf('acme', 'brandx');
    const isOf = (tenant: string, account: string) =>
      scene.server.accounts.get(account)?.family.has(scene.token(tenant)) && scene.isSafe(tenant);
    await scene.run();
    for (const [first, second] of [
      ['brandx', 'acme'],
      ['acme', 'brandx'],
    ] as const) {
      scene.edit(({ tenants }) => {
        const { acme = {}, brandx = {} } = tenants;
        Object.assign(tenants, { acme: brandx, brandx: acme });
      });
      for (let i = 0; i < 2; i++) {
        await scene.run();
      }
      expect([isOf('acme', first), isOf('brandx', second)]).toEqual([true, true]);
    }
  });

  it('stays where it was put, and is not reverted', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.edit((map) => {
      Object.assign(map.tenants.brandx ?? {}, { ...map.tenants.acme });
    });
    await scene.run();
    const consented = scene.server.reissue('brandx');
    scene.edit((map) => {
      Object.assign(map.tenants.brandx ?? {}, {
        client_id: 'brandx',
        client_secret: 'secret.brandx',
        token_url: 'https://brandx.example/token',
        refresh_token: consented,
      });
    });
    await scene.run();
    await scene.run();
    scene.edit((map) => {
      Object.assign(map.tenants.brandx ?? {}, { ...map.tenants.acme });
    });
    await scene.run();
    expect(scene.token('brandx')).toBe(scene.token('acme'));
    expectSafe(scene, 'acme', 'brandx');
  });
});

describe('a success that nobody can read', () => {
  const envelope = (scene: Scene) => {
    scene.http.reply('acme', (request) => {
      const answer = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
      return jsonReply(200, {
        result: { refreshToken: answer.refresh_token, accessToken: answer.access_token },
      });
    });
  };

  it('holds its credential: nobody sends it again, also after the state was rebuilt', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    envelope(scene);
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
    for (const rebuild of [false, true]) {
      if (rebuild) {
        scene.world.states.clear();
      }
      scene.http.sent.length = 0;
      const report = await scene.run();
      expect(outcomeOf(report, 'acme').error?.code).toBe('unread_response');
      expect(outcomeOf(report, 'brandx').status).toBe('rotated');
      expect(scene.http.accounts()).toEqual(['brandx']);
    }
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });

  it.each([
    ['its own entry', 'acme'],
    ['an entry of another name', 'other'],
  ])('holds its credential also where an old copy of the map stands in %s', async (_what, name) => {
    const scene = sceneOf('acme', 'brandx');
    const old = { ...scene.map().tenants.acme };
    await scene.run();
    envelope(scene);
    await scene.run();
    const held = scene.token('acme');
    for (const rebuild of [false, true]) {
      if (rebuild) {
        scene.world.states.clear();
      }
      scene.edit((map) => {
        delete map.tenants.acme;
        map.tenants[name] = old;
      });
      scene.http.sent.length = 0;
      const report = await scene.run();
      expect(outcomeOf(report, name).error?.code).toBe('unread_response');
      expect(scene.token(name)).toBe(held);
      expect(scene.http.accounts()).toEqual(['brandx']);
    }
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });

  it('holds its credential in a shard that has taken it over, from any state', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), brandx: scene.tenant('brandx') },
    });
    scene.save('eu', { tenants: {} });
    await scene.run();
    envelope(scene);
    await scene.run();
    const moved = { ...scene.map().tenants.acme };
    scene.edit((map) => delete map.tenants.acme);
    scene.edit((map) => Object.assign(map.tenants, { moved }), 'eu');
    await scene.run();
    for (let i = 0; i < 2; i++) {
      scene.http.sent.length = 0;
      const report = await scene.run();
      expect(outcomeOf(report, 'moved').error?.code).toBe('unread_response');
      expect(scene.http.accounts()).toEqual(['brandx']);
      scene.world.states.clear();
    }
  });

  it.each([
    ['a token that is dead by then', true],
    ['nothing', false],
  ])('waits to be read where it came for a code beside %s', async (_what, hasToken) => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const code = scene.server.consent('acme');
    scene.edit(({ tenants: { acme = {} } }) => {
      Object.assign(acme, { authorization_code: code, redirect_uri: 'https://a.example/cb' });
      if (!hasToken) {
        delete acme.refresh_token;
      }
    });
    envelope(scene);
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
    expect(scene.map().tenants.acme).not.toHaveProperty('authorization_code');
    for (const rebuild of [false, true, false]) {
      if (rebuild) {
        scene.world.states.clear();
      }
      expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
    }
    const consented = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: consented }));
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });

  it('is a matter of its client alone, also for those that share its definition', async () => {
    const scene = createScene();
    const shared = mapOfApp(scene, ['a1', 'a2', 'a3', 'a4', 'a5']) as ReturnType<Scene['map']>;
    scene.save('default', shared);
    scene.edit((map) => Object.assign(map.tenants, { other: scene.tenant('other') }));
    await scene.run();
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      scene.http.always(name, jsonReply(200, { refreshToken: 'a-token-of-another-name' }));
    }
    for (let i = 0; i < 3; i++) {
      const report = await scene.run();
      expect(outcomeOf(report, 'other').status).toBe('rotated');
      expect(report.summary).toMatchObject({ rotated: 1, failed: 3 + i, deferred: 2 - i });
    }
  });

  it('lets go when an operator puts in a new credential', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    envelope(scene);
    await scene.run();
    const consented = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: consented }));
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expectSafe(scene, 'acme');
  });
});

describe('an answer that is in the vault alone when its run dies', () => {
  it('leaves the credential before it in doubt: no run sends that one on its own', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const before = { ...scene.map().tenants.acme };
    let isDead = false;
    const ports = scene.ports(
      async (effect, perform) => {
        if (isDead) {
          return new Promise(() => {});
        }
        const isAnswer = effect.port === 'archive' && parseExchangeKey(effect.on)?.attempt === 1;
        if (isAnswer) {
          throw new Error('the archive is away');
        }
        const result = perform();
        if (effect.op === 'move_label') {
          isDead = true;
        }
        return result;
      },
      () => isDead,
      scene.http,
    );
    void scene.rotate({}, ports).catch(() => undefined);
    await scene.clock.sleep(400_000);
    await scene.run();
    expectSafe(scene, 'acme');
    scene.edit((map) => {
      map.tenants.other = before;
    });
    scene.http.sent.length = 0;
    const report = await scene.run();
    expect(outcomeOf(report, 'other').error?.code).toBe('needs_decision');
    expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(before.refresh_token);
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });

  it.each(['first', 'last'])(
    'is told of a tenant that holds the %s credential of its earlier consent',
    async (which) => {
      const scene = sceneOf('acme', 'brandx');
      const first = scene.token('acme');
      await scene.run();
      const old = which === 'first' ? first : scene.token('acme');
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { ...map.tenants.brandx }));
      await scene.run();
      const consented = scene.server.reissue('brandx');
      scene.edit((map) => {
        Object.assign(map.tenants.acme ?? {}, { refresh_token: old });
        Object.assign(map.tenants.brandx ?? {}, { refresh_token: consented });
      });
      scene.world.states.delete('default');
      const report = await scene.run();
      expect(outcomeOf(report, 'acme').error?.code).toBe('needs_decision');
      expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    },
  );
});
