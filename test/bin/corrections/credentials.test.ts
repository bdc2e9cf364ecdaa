import { describe, expect, it } from 'vitest';
import { clearTenant, purgeTenant, removeTenant } from '../../../bin/corrections/remove-tenant.ts';
import { setRefreshToken } from '../../../bin/corrections/set-refresh-token.ts';
import { replaceSecrets } from '../../../bin/map/app-secrets.ts';
import { editApp } from '../../../bin/map/edit-app.ts';
import { findSettled, takeBack } from '../../../bin/map/settled-tenant.ts';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { listApps } from '../../../bin/status/list-apps.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { createMortalProcess } from '../../fakes/mortal-process.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';

const yes = async () => true;
const never = () => Promise.reject(new Error('nobody should be asked'));

describe(setRefreshToken.name, () => {
  it('puts a token into the entry without a question, and the next run sends only it', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const given = scene.server.reissue('acme');
    expect(await setRefreshToken(scene.openPorts(), 'acme', given, never)).toBe('changed');
    expect(await setRefreshToken(scene.openPorts(), 'acme', given, never)).toBe('unchanged');
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('asks before it takes a token with a successor, and changes nothing on a no', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'silent') } });
    const first = scene.token('acme');
    await scene.run();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: 'a-later-one' }));
    await scene.run();
    const asked: string[] = [];
    const say = (answer: boolean) => async () => {
      asked.push('asked');
      return answer;
    };
    expect(await setRefreshToken(scene.openPorts(), 'acme', first, say(false))).toBe('kept');
    expect(scene.token('acme')).toBe('a-later-one');
    expect(await setRefreshToken(scene.openPorts(), 'acme', first, say(true))).toBe('changed');
    expect(asked).toHaveLength(2);
    expect(scene.state().knowledge.families.get(fingerprint(first))?.current).toBe(
      fingerprint(first),
    );
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.token('acme')).toBe(first);
  });

  it('knows what only the archive knows: a token that a dead run had spent', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const first = scene.token('acme');
    const dying = createMortalProcess();
    const gate: typeof dying.gate = (effect, perform) => {
      if (effect.port === 'vault' && effect.op === 'put_version') {
        dying.kill();
      }
      return dying.gate(effect, perform);
    };
    void scene.rotate({}, scene.ports(gate, dying.isDead));
    await scene.clock.sleep(200_000);
    let asked = false;
    await setRefreshToken(scene.openPorts(), 'acme', first, async () => {
      asked = true;
      return false;
    });
    expect(asked).toBe(true);
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('never comes in between a run', async () => {
    const scene = createScene({ latencyMs: 40_000 });
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'silent') } });
    const first = scene.token('acme');
    scene.edit((map) =>
      Object.assign(map.tenants.acme ?? {}, { refresh_token: scene.server.reissue('acme') }),
    );
    await scene.run();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: first }));
    await Promise.all([scene.run(), setRefreshToken(scene.openPorts(), 'acme', first, yes)]);
    expect(scene.token('acme')).toBe(first);
    expect((await scene.run()).failures).toBeUndefined();
  });

  it('refuses a tenant that is unknown, or whose platform gives no refresh tokens', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { c: { provider: 'taboola', client_id: 'c', client_secret: 's' } },
    });
    await expect(setRefreshToken(scene.openPorts(), 'acme', 'CANARY', never)).rejects.toThrow(
      /There is no tenant acme/,
    );
    await expect(setRefreshToken(scene.openPorts(), 'c', 'CANARY', never)).rejects.toThrow(
      /gives no refresh tokens/,
    );
    expect(scene.world.vault.text('default')).not.toContain('CANARY');
  });
});

describe(clearTenant.name, () => {
  it('takes code and refresh token only, and the next run does not bring them back', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'detect', { note: 'kept' }) } });
    await scene.run();
    expect(await clearTenant(scene.openPorts(), 'acme')).toBe('changed');
    expect(await clearTenant(scene.openPorts(), 'acme')).toBe('unchanged');
    await scene.run();
    expect(scene.map().tenants.acme).not.toHaveProperty('refresh_token');
    expect(scene.map().tenants.acme).toMatchObject({ note: 'kept', client_id: 'acme' });
  });
});

describe(removeTenant.name, () => {
  it('takes the entry, and the next run its access token', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), other: scene.tenant('other') },
    });
    await scene.run();
    expect(await removeTenant(scene.openPorts(), 'acme')).toEqual(['default']);
    await scene.run();
    expect(Object.keys(scene.map().tenants)).toEqual(['other']);
    expect(Object.keys(scene.published())).toEqual(['other']);
  });
});

describe(purgeTenant.name, () => {
  it('leaves nothing of a removed tenant but reports, and everything of the others', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), 'acme-2': scene.tenant('other') },
    });
    await scene.run();
    await removeTenant(scene.openPorts(), 'acme');
    expect(await purgeTenant(scene.openPorts(), 'acme')).toEqual({
      records: 1,
      deleted: 2,
      kept: 0,
    });
    expect(
      [...scene.world.objects.keys()]
        .filter((key) => key.includes('/acme-'))
        .every((key) => key.includes('/acme-2-')),
    ).toBe(true);
    expect([...scene.world.objects.keys()].filter((key) => key.includes('/acme-2-'))).toHaveLength(
      2,
    );
    expect([...scene.state().tenants.keys()]).toEqual(['acme-2']);
    expect(Object.keys(scene.published())).toEqual(['acme-2']);
    expect(await purgeTenant(scene.openPorts(), 'acme')).toEqual({
      records: 0,
      deleted: 0,
      kept: 0,
    });
    await scene.run();
    expect(scene.isSafe('acme-2')).toBe(true);
  });

  it('keeps what a tenant that shared its credential was given', async () => {
    const scene = createScene();
    const acme = scene.tenant('acme');
    scene.save('default', { tenants: { acme, twin: acme } });
    await scene.run();
    const stale = scene.world.vault.text('default');
    await scene.run();
    await removeTenant(scene.openPorts(), 'acme');
    const { kept } = await purgeTenant(scene.openPorts(), 'acme');
    expect(kept).toBeGreaterThan(0);
    scene.world.vault.save('default', stale.replace('"acme": {', '"gone": {'));
    await scene.run();
    expect(scene.isSafe('twin')).toBe(true);
  });

  it('purges what a tenant left in a shard that it was moved from', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), other: scene.tenant('other') },
    });
    await scene.run();
    await splitShard(
      { ports: scene.openPorts(), addShard: async () => undefined },
      { source: 'default', target: 'eu', tenants: ['acme'] },
    );
    await scene.run();
    await removeTenant(scene.openPorts(), 'acme');
    expect(await purgeTenant(scene.openPorts(), 'acme')).toMatchObject({ records: 2, deleted: 6 });
    for (const shard of ['default', 'eu']) {
      expect(scene.state(shard).tenants.has('acme')).toBe(false);
    }
  });

  it('does not purge a tenant that a map holds', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    await expect(purgeTenant(scene.openPorts(), 'acme')).rejects.toThrow(/it was not purged/);
    expect([...scene.world.objects.keys()].filter((key) => key.includes('/acme-'))).toHaveLength(2);
  });
});

describe(findSettled.name, () => {
  it('asks a tenant again that a person moved back to its old shard', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const acme = scene.tenant('acme');
    scene.save('default', { tenants: { acme, other: scene.tenant('other') } });
    await splitShard(
      { ports: scene.openPorts(), addShard: async () => undefined },
      { source: 'default', target: 'eu', tenants: ['acme'] },
    );
    await removeTenant(scene.openPorts(), 'acme');
    scene.edit((map) => Object.assign(map.tenants, { acme }));
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'skipped',
      reason: 'it was moved to shard eu',
    });
    expect(await findSettled(scene.openPorts(), 'acme')).toMatchObject({ shard: 'default' });
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });

  it('writes nothing for tenants that never moved', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await takeBack(scene.openPorts(), 'default', ['acme']);
    await scene.run();
    const before = scene.world.states.get('default')?.text;
    await takeBack(scene.openPorts(), 'default', ['acme', 'nobody']);
    expect(scene.world.states.get('default')?.text).toBe(before);
  });

  it('says what to do about a tenant that is half moved', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), other: scene.tenant('other') },
    });
    const before = scene.world.vault.text('default');
    await splitShard(
      { ports: scene.openPorts(), addShard: async () => undefined },
      { source: 'default', target: 'eu', tenants: ['acme'] },
    );
    scene.world.vault.save('default', before);
    await expect(findSettled(scene.openPorts(), 'acme')).rejects.toThrow(
      'tokens shard split default --to eu',
    );
  });
});

describe(editApp.name, () => {
  it('replaces the secret in every shard with the app, and says how each went', async () => {
    const scene = createScene({ shards: ['default', 'eu', 'us', 'void'] });
    const app = { provider: 'amazon-ads', client_id: 'c', client_secret: 'CANARY-old' };
    scene.save('default', {
      apps: { lwa: app },
      tenants: { a: { app: 'lwa' }, b: { app: 'lwa' } },
    });
    scene.save('eu', {
      apps: { lwa: { ...app, client_secret: 'CANARY-new' } },
      tenants: { x: { app: 'lwa' } },
    });
    scene.save('us', { apps: { other: app } });
    scene.world.vault.save('void', 'no map');
    const changes = await editApp(
      scene.openPorts(),
      'lwa',
      replaceSecrets('client_secret', 'CANARY-new'),
    );
    expect(changes).toEqual([
      { shard: 'default', result: 'changed' },
      { shard: 'eu', result: 'unchanged' },
      { shard: 'void', result: 'failed', message: expect.any(String) },
    ]);
    expect(JSON.stringify(changes)).not.toContain('CANARY');
    expect(scene.map().apps?.lwa?.client_secret).toBe('CANARY-new');
    expect(scene.map('us').apps?.other?.client_secret).toBe('CANARY-old');
    await expect(
      editApp(scene.openPorts(), 'nobody', replaceSecrets('client_secret', 's')),
    ).rejects.toThrow(/There is no app nobody. Shard void could not be read/);
    expect(await listApps(scene.openPorts())).toMatchObject([
      { app: 'lwa', shard: 'default', provider: 'amazon-ads', tenants: 2 },
      { app: 'lwa', shard: 'eu', provider: 'amazon-ads', tenants: 1 },
      { app: 'other', shard: 'us', provider: 'amazon-ads', tenants: 0 },
    ]);
  });
});
