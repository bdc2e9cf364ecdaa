import { describe, expect, it } from 'vitest';
import { clearTenant, purgeTenant, removeTenant } from '../../../bin/corrections/remove-tenant.ts';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { releaseTenant, rereadTenant } from '../../../bin/corrections/reread-tenant.ts';
import { restoreTenant } from '../../../bin/corrections/restore-tenant.ts';
import { restorableToken } from '../../../bin/corrections/set-refresh-token.ts';
import { forgetShard } from '../../../bin/shards/forget-shard.ts';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  const entries = names.map((name) => [name, scene.tenant(name)]);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  return scene;
}

const TABOOLA = { provider: 'taboola', client_id: 'c', client_secret: 's' };

const never = async () => {
  throw new Error('nothing was to be asked');
};

describe(restoreTenant.name, () => {
  it('undoes a clear, at once and after a run that saw the entry empty', async () => {
    for (const runs of [0, 1]) {
      const scene = sceneOf('acme', 'brandx');
      await scene.run();
      await scene.run();
      const token = scene.token('acme');
      await clearTenant(scene.openPorts(), 'acme');
      for (let i = 0; i < runs; i++) {
        await scene.run();
      }
      const restored = await restoreTenant(scene.openPorts(), 'acme', null, never);
      expect(restored).toMatchObject({ result: 'changed', fingerprint: fingerprint(token) });
      expect(scene.token('acme')).toBe(token);
      expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
      expect(scene.isSafe('acme')).toBe(true);
    }
  });

  it('asks before it puts back one that a newer one has replaced, and then keeps to it', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'grace') } });
    const first = scene.token('acme');
    await scene.run();
    const ports = scene.openPorts();
    const to = fingerprint(first);
    expect(await restoreTenant(ports, 'acme', to, async () => false)).toMatchObject({
      result: 'kept',
    });
    expect(await restoreTenant(ports, 'acme', to, async () => true)).toMatchObject({
      result: 'changed',
    });
    expect(scene.token('acme')).toBe(first);
    scene.http.sent.length = 0;
    await scene.run();
    expect(scene.http.sent[0]?.credential).toBe(first);
  });

  it('takes the digits of a fingerprint that history shows, and asks for more where they are few', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'grace') } });
    const first = scene.token('acme');
    await scene.run();
    const ports = scene.openPorts();
    const to = fingerprint(first);
    await restoreTenant(ports, 'acme', to.slice(0, 7), async () => true);
    expect(scene.token('acme')).toBe(first);
    for (const digits of [to.slice(0, 6), 'acme', '', `${to}0`, to.toUpperCase()]) {
      await expect(restoreTenant(ports, 'acme', digits, never)).rejects.toThrow('first 7 digits');
    }
  });

  it('names what it knows of a fingerprint that the archive does not hold', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const wrong = restoreTenant(scene.openPorts(), 'acme', 'f'.repeat(16), never);
    await expect(wrong).rejects.toThrow(fingerprint(scene.token('acme')));
  });
});

describe('restore without a fingerprint', () => {
  /** Two tenants of one client. The second one gets the credential of the first after some runs. */
  async function sharingScene(runsBefore: number): Promise<Scene> {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, ['acme', 'brandx']));
    for (let run = 0; run < runsBefore; run += 1) {
      await scene.run();
    }
    scene.edit(({ tenants }) => Object.assign(tenants, { brandx: { ...tenants.acme } }));
    await scene.run();
    return scene;
  }

  it.each([
    [0, 0],
    [0, 2],
    [3, 0],
    [3, 2],
  ])(
    'brings a tenant what was issued last to any that shares it (%i runs before, %i after)',
    async (before, after) => {
      const scene = await sharingScene(before);
      for (let run = 0; run < after; run += 1) {
        await scene.run();
      }
      const current = scene.token('acme');
      await clearTenant(scene.openPorts(), 'brandx');
      const restored = await restoreTenant(scene.openPorts(), 'brandx', null, never);
      expect(restored).toMatchObject({ result: 'changed', fingerprint: fingerprint(current) });
      expect(scene.token('brandx')).toBe(current);
      await scene.run();
      expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
      expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    },
  );

  it('asks while an object cannot be read that may hold a newer one', async () => {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, ['acme']));
    await scene.run();
    const [old, state] = [scene.world.vault.text('default'), scene.world.states.get('default')];
    await scene.run();
    const newest = scene.token('acme');
    const key = [...scene.world.objects.keys()].filter((one) => one.includes('/acme-1')).at(-1);
    const text = scene.world.objects.get(key ?? '');
    if (!key || !text || !state) {
      throw new Error('The run has stored nothing.');
    }
    scene.world.vault.save('default', old);
    scene.world.states.set('default', state);
    scene.world.objects.set(key, text.slice(0, 20));
    const kept = await restoreTenant(scene.openPorts(), 'acme', null, async () => false);
    expect(kept.result).toBe('kept');
    scene.world.objects.set(key, text);
    await restoreTenant(scene.openPorts(), 'acme', null, never);
    expect(scene.token('acme')).toBe(newest);
  });

  it('asks before its own newest one is forced upon those that hold a newer one', async () => {
    const scene = await sharingScene(0);
    const keys = [...scene.world.objects.keys()].filter((key) => key.includes('/brandx-'));
    const { succession } = JSON.parse(scene.world.objects.get(keys[0] ?? '') ?? '');
    const own: string = succession.root;
    await scene.run();
    let isAsked = false;
    const restored = await restoreTenant(scene.openPorts(), 'brandx', own, async () => {
      isAsked = true;
      return false;
    });
    expect([isAsked, restored.result]).toEqual([true, 'kept']);
  });

  it('brings what another shard was issued last, once that has let go of it', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', mapOfApp(scene, ['acme', 'brandx']));
    scene.save('eu', mapOfApp(scene, ['euro']));
    await scene.run();
    const { acme } = scene.map().tenants;
    scene.edit(({ tenants }) => delete tenants.acme);
    await scene.run();
    scene.edit(({ tenants }) => Object.assign(tenants, { beta: acme }), 'eu');
    await scene.run();
    await scene.run();
    const newest = scene.token('beta', 'eu');
    scene.edit(({ tenants }) => delete tenants.beta, 'eu');
    await scene.run();
    await restoreTenant(scene.openPorts(), 'acme', null, never);
    expect(scene.token('acme')).toBe(newest);
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });
});

describe('restore after remove', () => {
  const SECRET = 'CANARY-client-secret';

  /** A tenant with fields of its own that was removed, and its entry before. */
  async function removedScene(runsBefore: number, runsAfter: number) {
    const scene = sceneOf('acme', 'brandx');
    scene.edit(({ tenants }) =>
      Object.assign(tenants.acme ?? {}, { client_secret: SECRET, title: 'Acme', note: 'n' }),
    );
    for (let run = 0; run < runsBefore; run++) {
      await scene.run();
    }
    const entry = { ...scene.map().tenants.acme };
    const removed = { ...entry, authorization_code: 'dead', redirect_uri: 'https://x.example' };
    scene.edit(({ tenants }) => Object.assign(tenants, { acme: removed }));
    await removeTenant(scene.openPorts(), 'acme');
    for (let run = 0; run < runsAfter; run++) {
      await scene.run();
    }
    expect(scene.map().tenants).not.toHaveProperty('acme');
    const back: Record<string, unknown> = { ...entry, redirect_uri: 'https://x.example' };
    return { scene, entry: back };
  }

  it.each([0, 3])(
    'brings the whole entry back with its newest token, %i runs later',
    async (later) => {
      const { scene, entry } = await removedScene(2, later);
      const restored = await restoreTenant(scene.openPorts(), 'acme', null, never);
      expect(restored).toMatchObject({ result: 'changed', entry_restored: true });
      expect(scene.map().tenants.acme).toEqual(entry);
      expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
      expect(scene.isSafe('acme')).toBe(true);
      // The archive holds no client secret.
      expect(JSON.stringify([...scene.world.objects])).not.toContain(SECRET);
    },
  );

  it('brings back a tenant that no run has seen, out of an older version of the map', async () => {
    const { scene, entry } = await removedScene(0, 0);
    const audit = { version: 1, at: 'x', verb: 'remove', by: 'ann', shard: 'default' };
    scene.world.objects.set(
      'audit/2026-remove-1.json',
      JSON.stringify({ ...audit, tenants: ['acme'], apps: [] }),
    );
    await restoreTenant(scene.openPorts(), 'acme', null, never);
    expect(scene.map().tenants.acme).toEqual(entry);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });

  it('brings back what was cleared before any run had seen it', async () => {
    const scene = sceneOf('acme');
    const token = scene.token('acme');
    await clearTenant(scene.openPorts(), 'acme');
    await restoreTenant(scene.openPorts(), 'acme', null, never);
    expect(scene.token('acme')).toBe(token);
  });

  it('brings back a tenant whose platform gives no refresh tokens', async () => {
    const scene = sceneOf('acme');
    scene.edit((map) => Object.assign(map.tenants, { shop: TABOOLA }));
    await scene.run();
    await removeTenant(scene.openPorts(), 'shop');
    const restored = await restoreTenant(scene.openPorts(), 'shop', null, never);
    expect(restored).toMatchObject({ entry_restored: true, fingerprint: null });
    expect(scene.map().tenants.shop).toEqual(TABOOLA);
  });

  it('asks before it uses a token that was purged, and that a run had seen', async () => {
    const { scene } = await removedScene(1, 1);
    await purgeTenant(scene.openPorts(), 'acme');
    for (const key of scene.world.objects.keys()) {
      if (key.startsWith('responses/')) {
        scene.world.objects.delete(key);
      }
    }
    scene.world.objects.set(
      'audit/2026-remove-1.json',
      JSON.stringify({
        ...{ version: 1, at: 'x', verb: 'remove', by: 'ann', shard: 'default' },
        tenants: ['acme'],
        apps: [],
      }),
    );
    let asked = 0;
    await restoreTenant(scene.openPorts(), 'acme', null, async () => {
      asked += 1;
      return false;
    });
    expect(asked).toBe(1);
    expect(scene.map().tenants.acme).not.toHaveProperty('refresh_token');
  });

  it('brings no tenant back that only has another name now', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    await renameTenant(scene.openPorts(), 'acme', 'acme-eu');
    await expect(restoreTenant(scene.openPorts(), 'acme', null, never)).rejects.toMatchObject({
      message: expect.stringContaining('is called acme-eu now'),
      nextStep: 'tokens restore acme-eu',
    });
    expect(Object.keys(scene.map().tenants)).toEqual(['acme-eu']);
  });

  it('says that the entry comes first where no map that is kept has it', async () => {
    const { scene, entry } = await removedScene(1, 1);
    const current = scene.world.vault.current('default');
    const stored = scene.world.vault.stored('default');
    for (const id of [...stored.versions.keys()]) {
      if (id !== current?.versionId) {
        stored.versions.delete(id);
      }
    }
    await expect(restoreTenant(scene.openPorts(), 'acme', null, never)).rejects.toMatchObject({
      message: expect.stringContaining('was removed'),
      nextStep: 'Add its entry again: tokens add acme. Then: tokens restore acme',
    });
    scene.edit((map) => {
      map.tenants.acme = { ...entry, refresh_token: undefined };
    });
    await restoreTenant(scene.openPorts(), 'acme', null, never);
    expect(scene.token('acme')).toBe(entry.refresh_token);
  });

  it('says of a platform without refresh tokens that none is needed', async () => {
    const scene = sceneOf('acme');
    scene.edit((map) => Object.assign(map.tenants, { shop: TABOOLA }));
    const wrong = restoreTenant(scene.openPorts(), 'shop', null, never);
    await expect(wrong).rejects.toThrow('gives no refresh tokens: tenant shop needs none');
  });

  it('says of a name that nobody knows what it says elsewhere', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const wrong = restoreTenant(scene.openPorts(), 'nobody', null, never);
    await expect(wrong).rejects.toThrow('There is no tenant nobody');
  });

  it('lists no archive for a mistyped name, and names a removed tenant that may be meant', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    await removeTenant(scene.openPorts(), 'acme');
    const ports = scene.openPorts();
    const listed: string[] = [];
    const archive: typeof ports.archive = {
      ...ports.archive,
      list: async (prefix) => {
        listed.push(prefix);
        return [];
      },
    };
    const wrong = restoreTenant({ ...ports, archive }, 'acmee', null, never);
    await expect(wrong).rejects.toMatchObject({
      code: 'unknown_tenant',
      message: 'There is no tenant acmee. Did you mean acme?',
    });
    expect(listed).toEqual([]);
  });
});

describe(restorableToken.name, () => {
  it('names the token that an entry holds, once the archive holds it', async () => {
    const scene = sceneOf('acme');
    const entry = () => scene.map().tenants.acme;
    expect(await restorableToken(scene.openPorts(), entry())).toBeNull();
    await scene.run();
    const print = fingerprint(scene.token('acme'));
    expect(await restorableToken(scene.openPorts(), entry())).toBe(print);
  });
});

describe(rereadTenant.name, () => {
  async function heldScene(reply: object): Promise<Scene> {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.http.reply('acme', jsonReply(200, reply));
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
    return scene;
  }

  /** Corrects the definition of acme, so that it finds the tokens. */
  function readsResult(scene: Scene, tenant = 'acme', shard = 'default'): void {
    const response = { access_token: 'result.accessToken', refresh_token: 'result.refreshToken' };
    scene.edit((map) => {
      Object.assign(map, { definitions: { mine: { extends: 'oauth2', response } } });
      Object.assign(map.tenants[tenant] ?? {}, { provider: 'mine' });
    }, shard);
  }

  it('says so while the definition still does not find the token', async () => {
    const scene = await heldScene({ result: { refreshToken: 'new.token' } });
    const again = rereadTenant(scene.openPorts(), 'acme');
    await expect(again).rejects.toThrow('tokens reread acme --release');
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
  });

  it('reads the answer by a corrected definition, and commits what it issued', async () => {
    const scene = await heldScene({
      result: { refreshToken: 'refresh.new', accessToken: 'access.new' },
    });
    readsResult(scene);
    expect(await rereadTenant(scene.openPorts(), 'acme')).toMatchObject({ result: 'read' });
    expect(scene.token('acme')).toBe('refresh.new');
    expect(scene.published().acme?.access_token).toBe('access.new');
  });

  it.each([
    ['came with a fault of the server', 500, { kept: 'whole' }],
    ['stands alone in a list', 200, undefined],
  ])('takes a token that %s, and sends the spent one no more', async (_how, status, fields) => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const spent = scene.token('acme');
    scene.http.reply('acme', (request) => {
      const issued = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
      const { access_token, refresh_token } = issued;
      const bare = [access_token, refresh_token].map((token) => `8xLOxBtZp8abcdef|${token}`);
      return jsonReply(status, fields ? { ...issued, ...fields } : bare);
    });
    scene.http.sent.length = 0;
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('unread_response');
    expect(scene.http.accounts().filter((account) => account === 'acme')).toHaveLength(1);
    if (!fields) {
      const response = { access_token: '0', refresh_token: '1' };
      scene.edit((map) => {
        Object.assign(map, { definitions: { mine: { extends: 'oauth2', response } } });
        Object.assign(map.tenants.acme ?? {}, { provider: 'mine' });
      });
    }
    expect(await rereadTenant(scene.openPorts(), 'acme')).toMatchObject({ result: 'read' });
    expect(scene.token('acme')).not.toBe(spent);
    expect(scene.published().acme?.access_token).toContain('access.');
    expect(fields === undefined || scene.isSafe('acme')).toBe(true);
  });

  it.each([true, false])('reads what a code brought (a token beside it: %s)', async (hasToken) => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const before = scene.token('acme');
    await sendCode(scene, { hasToken });
    if (hasToken) {
      scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
    }
    await scene.run();
    readsResult(scene);
    expect(await rereadTenant(scene.openPorts(), 'acme')).toMatchObject({ result: 'read' });
    expect(scene.token('acme')).toBe('refresh.new');
    expect(scene.published().acme?.access_token).toBe('access.new');
    scene.http.sent.length = 0;
    await scene.run();
    expect(scene.http.sent.map(({ credential }) => credential)).toContain('refresh.new');
    expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(before);
  });

  const rename = (scene: Scene) => renameTenant(scene.openPorts(), 'acme', 'new');
  const MOVES = [
    { what: 'renamed', move: rename, tenant: 'new', shard: 'default' },
    {
      what: 'split off',
      move: (scene: Scene) => splitOff(scene, 'default', 'eu'),
      tenant: 'acme',
      shard: 'eu',
    },
    {
      what: 'split off and renamed',
      move: async (scene: Scene) => {
        await splitOff(scene, 'default', 'eu');
        await rename(scene);
      },
      tenant: 'new',
      shard: 'eu',
    },
    {
      what: 'split off and taken back',
      move: async (scene: Scene) => {
        await splitOff(scene, 'default', 'eu');
        await scene.run();
        await splitOff(scene, 'eu', 'default');
      },
      tenant: 'acme',
      shard: 'default',
    },
  ];

  it.each(MOVES.flatMap((one) => [true, false].map((hasToken) => ({ ...one, hasToken }))))(
    'reads what a code brought to a tenant that was $what since (token beside: $hasToken)',
    async ({ move, tenant, shard, hasToken }) => {
      const scene = createScene({ shards: ['default', 'eu'] });
      scene.save('eu', { tenants: {} });
      scene.save('default', {
        tenants: { acme: scene.tenant('acme', 'never'), brandx: scene.tenant('brandx') },
      });
      await scene.run();
      await holdConsent(scene, { hasToken });
      await move(scene);
      const told = outcomeOf(await scene.run(), tenant, shard);
      expect(told.error?.code).toBe(hasToken ? undefined : 'unread_response');
      readsResult(scene, tenant, shard);
      expect(await rereadTenant(scene.openPorts(), tenant)).toMatchObject({ result: 'read' });
      expect(scene.token(tenant, shard)).toBe('refresh.new');
      expect(scene.published(shard)[tenant]?.access_token).toBe('access.new');
      scene.http.sent.length = 0;
      scene.http.always('acme', jsonReply(200, { result: { accessToken: 'access.newer' } }));
      expect(outcomeOf(await scene.run(), tenant, shard).status).toBe('rotated');
      expect(scene.http.sent.map(({ credential }) => credential)).toContain('refresh.new');
    },
  );

  /** A run sends a code of acme, and gets an answer that nobody can read. */
  async function sendCode(scene: Scene, { hasToken }: { hasToken: boolean }): Promise<void> {
    scene.edit(({ tenants: { acme = {} } }) => {
      Object.assign(acme, { authorization_code: 'code', redirect_uri: 'https://a.example/cb' });
      if (!hasToken) {
        delete acme.refresh_token;
      }
    });
    const tokens = { refreshToken: 'refresh.new', accessToken: 'access.new' };
    scene.http.reply('acme', jsonReply(200, { result: tokens }));
    await scene.run();
  }

  async function holdConsent(scene: Scene, held: { hasToken: boolean }): Promise<void> {
    await sendCode(scene, held);
    await scene.run();
  }

  function splitOff(scene: Scene, source: string, target: string): Promise<unknown> {
    const home = { ports: scene.openPorts(), addShard: async () => undefined };
    return splitShard(home, { source, target, tenants: ['acme'] });
  }

  it('goes on with the token beside a code whose answer the operator lets go', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.edit(({ tenants: { acme = {} } }) =>
      Object.assign(acme, { authorization_code: 'code', redirect_uri: 'https://a.example/cb' }),
    );
    scene.http.reply('acme', jsonReply(200, { result: { refreshToken: 'refresh.new' } }));
    await scene.run();
    await releaseTenant(scene.openPorts(), 'acme');
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
    await expect(rereadTenant(scene.openPorts(), 'acme')).rejects.toThrow('No answer');
  });

  it('lets the answer go when the operator says so', async () => {
    const scene = await heldScene({ result: { refreshToken: 'new.token' } });
    const before = scene.token('acme');
    await releaseTenant(scene.openPorts(), 'acme');
    scene.http.sent.length = 0;
    await scene.run();
    expect(scene.http.sent.map(({ credential }) => credential)).toContain(before);
  });

  it('has nothing to read of a tenant in order', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    await expect(rereadTenant(scene.openPorts(), 'acme')).rejects.toThrow('No answer');
  });
});

describe(forgetShard.name, () => {
  it.each(['nowhere', '../x', 'defaul'])(
    'refuses %s, which never was, and makes nothing',
    async (shard) => {
      const scene = sceneOf('acme');
      await scene.run();
      const states = [...scene.world.states.keys()];
      await expect(forgetShard(scene.openPorts(), shard)).rejects.toThrow('There is no shard');
      expect([...scene.world.states.keys()]).toEqual(states);
    },
  );

  it('says of a shard without tenants that its secret is to be deleted first', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    await expect(forgetShard(scene.openPorts(), 'eu')).rejects.toMatchObject({
      nextStep: expect.stringContaining('tokens shard split eu --to OTHER'),
    });
    for (const empty of ['{"version":1,"tenants":{}}', '{"version":1}']) {
      scene.world.vault.save('eu', empty);
      await expect(forgetShard(scene.openPorts(), 'eu')).rejects.toMatchObject({
        message: expect.stringContaining('still has its secret'),
        nextStep: expect.stringMatching(/^No tenant is in it\. Delete .+, then/),
      });
    }
  });

  it('ends the alarm of a shard whose secret is gone, and frees its credentials', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    await scene.run();
    const entry = { ...scene.map('eu').tenants.euro };
    await expect(forgetShard(scene.openPorts(), 'eu')).rejects.toThrow('still has its secret');
    scene.world.vault.secrets.delete('eu');
    for (const request of [{}, { dry_run: true }, { expiring_within_seconds: 60 }]) {
      expect((await scene.run(request)).failures).toMatchObject([
        { shard: 'eu', code: 'shard_unreadable', next_step: expect.stringContaining('forget eu') },
      ]);
    }
    expect(await scene.run({ tenants: ['acme'] })).not.toHaveProperty('failures');
    await forgetShard(scene.openPorts(), 'eu');
    expect(scene.published('eu')).toEqual({});
    expect(await scene.run()).not.toHaveProperty('failures');
    scene.edit((map) => {
      map.tenants.euro = entry;
    });
    expect(outcomeOf(await scene.run(), 'euro').status).toBe('rotated');
    expect(scene.server.accounts.get('euro')?.replays).toBe(0);
  });
});
