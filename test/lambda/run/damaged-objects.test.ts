import { describe, expect, it } from 'vitest';
import { removeTenant } from '../../../bin/corrections/remove-tenant.ts';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { restoreTenant } from '../../../bin/corrections/restore-tenant.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { turnOfKey } from '../../../lambda/history/archived-exchange.ts';
import { consentByLink } from '../../fakes/consented.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, textReply } from '../../fakes/simulated-http.ts';

const DAY_MS = 86_400_000;

const DAMAGES = [
  { damage: 'truncated', spoil: (text: string) => text.slice(0, text.length / 2) },
  { damage: 'empty', spoil: () => '' },
  { damage: 'not JSON', spoil: () => '<html></html>' },
  { damage: 'a list', spoil: () => '[]' },
  { damage: 'null', spoil: () => 'null' },
  { damage: 'of another shape', spoil: () => '{"version":1}' },
  {
    damage: 'of a later version',
    spoil: (text: string) => text.replace('"version":1', '"version":9'),
  },
];

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  const entries = names.map((name) => [name, scene.tenant(name)]);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  return scene;
}

/** A run that dies before it commits what it has archived. */
async function dieBeforeCommit(scene: Scene): Promise<void> {
  let isDead = false;
  const gate: Parameters<Scene['ports']>[0] = async (effect, perform) => {
    isDead ||= effect.port === 'vault' && effect.op === 'put_version';
    return isDead ? new Promise(() => undefined) : perform();
  };
  const ports = scene.ports(gate, () => isDead, scene.http);
  await Promise.race([scene.rotate({}, ports), scene.clock.sleep(300_000)]);
  expect(isDead).toBe(true);
}

function deleteNewest(scene: Scene, tenant: string): void {
  scene.world.objects.delete(newestKey(scene, tenant));
}

const newestKey = ({ world }: Scene, tenant: string) =>
  [...world.objects.keys()]
    .filter((key) => key.includes(`/${tenant}-`))
    .sort()
    .at(-1) ?? '';

/** Damages an object, and returns how to put it back. */
function damageObject({ world }: Scene, key: string, spoil: (text: string) => string): () => void {
  const good = world.objects.get(key) ?? '';
  world.objects.set(key, spoil(good));
  return () => void world.objects.set(key, good);
}

const replaysOf = ({ server }: Scene, tenant: string) => server.accounts.get(tenant)?.replays;

describe('the only copy of an answer that is withheld', () => {
  it.each(['denied', 'invalid'] as const)(
    'keeps its tenant alone from being asked: %s',
    async (reason) => {
      const scene = sceneOf('acme', 'brandx');
      await scene.run();
      await dieBeforeCommit(scene);
      const on = newestKey(scene, 'acme');
      scene.http.sent.length = 0;
      scene.faults.fail({ port: 'archive', op: 'get', on }, { reason });
      for (const dry_run of [true, false, false]) {
        const report = await scene.run({ dry_run });
        expect(report.failures).toBeUndefined();
        expect(outcomeOf(report, 'acme').error).toMatchObject({ code: 'archive_failed' });
        expect(outcomeOf(report, 'acme').error?.message).toContain(on);
      }
      expect(new Set(scene.http.accounts())).toEqual(new Set(['brandx']));
      scene.faults.heal();
      await scene.run();
      expect((await scene.run()).summary.rotated).toBe(2);
      expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
      expect([replaysOf(scene, 'acme'), replaysOf(scene, 'brandx')]).toEqual([0, 0]);
    },
  );

  it('stops nobody else where an old copy of the map needs it', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const old = scene.world.vault.text('default');
    await scene.run();
    scene.world.vault.save('default', old);
    const on = newestKey(scene, 'acme');
    scene.faults.fail({ port: 'archive', op: 'get', on }, { reason: 'denied' });
    const report = await scene.run();
    expect(report.failures).toBeUndefined();
    expect(outcomeOf(report, 'brandx').status).toBe('recovered');
    expect(replaysOf(scene, 'acme')).toBe(0);
    scene.faults.heal();
    await scene.run();
    expect((await scene.run()).summary.rotated).toBe(2);
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('fails the shard by the name of the right where all of them are', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    await dieBeforeCommit(scene);
    scene.faults.fail({ port: 'archive', op: 'get' }, { reason: 'denied' });
    expect((await scene.run()).failures).toMatchObject([{ code: 'shard_unreadable' }]);
    scene.faults.heal();
    await scene.run();
    expect(replaysOf(scene, 'acme')).toBe(0);
  });
});

describe('the only copy of an answer that is damaged', () => {
  it.each(DAMAGES.flatMap((one) => [0, 1].map((runsBefore) => ({ ...one, runsBefore }))))(
    'keeps its tenant alone from being asked: $damage, after $runsBefore runs',
    async ({ spoil, runsBefore }) => {
      const scene = sceneOf('acme', 'brandx');
      for (let runs = 0; runs < runsBefore; runs++) {
        await scene.run();
      }
      await dieBeforeCommit(scene);
      const key = newestKey(scene, 'acme');
      const putBack = damageObject(scene, key, spoil);
      scene.http.sent.length = 0;
      for (let runs = 0; runs < 2; runs++) {
        for (const dry_run of [true, false]) {
          const { error } = outcomeOf(await scene.run({ dry_run }), 'acme');
          expect(error).toMatchObject({ code: 'archive_failed' });
          expect(error?.message).toContain(key);
        }
      }
      expect(new Set(scene.http.accounts())).toEqual(new Set(['brandx']));
      putBack();
      await scene.run();
      expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
      expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
      expect([replaysOf(scene, 'acme'), replaysOf(scene, 'brandx')]).toEqual([0, 0]);
    },
  );

  it.each([
    ['says that nothing came', (putBack: () => void) => putBack()],
    ['is moved away', (_: unknown, scene: Scene) => deleteNewest(scene, 'acme')],
  ])('is over when the object %s', async (_, mend) => {
    const scene = sceneOf('acme');
    await scene.run();
    scene.http.always('acme', textReply(503, ''));
    await scene.run();
    scene.http.always('acme', null);
    const putBack = damageObject(scene, newestKey(scene, 'acme'), () => '');
    scene.world.states.clear();
    for (let runs = 0; runs < 2; runs++) {
      expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('archive_failed');
    }
    mend(putBack, scene);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });

  it.each(['pasted', 'first'])('is met with all that tells of a tenant: %s', async (what) => {
    const scene = sceneOf('acme', 'brandx');
    if (what === 'pasted') {
      await scene.run();
      const refresh_token = scene.server.reissue('acme');
      scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { refresh_token }));
    }
    await dieBeforeCommit(scene);
    const keys = [...scene.world.objects.keys()].filter((key) => key.includes('/acme-'));
    const turn = Math.max(...keys.map(turnOfKey));
    const putBack = keys
      .filter((key) => turnOfKey(key) === turn)
      .map((key) => damageObject(scene, key, () => '{}'));
    for (let runs = 0; runs < 3; runs++) {
      expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('archive_failed');
    }
    for (const mend of putBack) {
      mend();
    }
    await scene.run();
    expect((await scene.run()).summary.rotated).toBe(2);
    expect([scene.isSafe('acme'), replaysOf(scene, 'acme')]).toEqual([true, 0]);
  });

  it('outranks what is filed meanwhile, when a good version is back', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    await dieBeforeCommit(scene);
    const putBack = damageObject(scene, newestKey(scene, 'acme'), () => '');
    scene.edit(({ tenants }) => Object.assign(tenants, { twin: { ...tenants.acme } }));
    await scene.run();
    scene.clock.jump(201 * DAY_MS);
    await scene.run();
    putBack();
    await scene.run();
    expect((await scene.run()).summary.rotated).toBe(2);
    expect([scene.isSafe('acme'), replaysOf(scene, 'acme')]).toEqual([true, 0]);
  });

  it('keeps all from being asked that share its credential', async () => {
    const scene = sceneOf('acme');
    scene.edit(({ tenants }) => Object.assign(tenants, { twin: { ...tenants.acme } }));
    await scene.run();
    await dieBeforeCommit(scene);
    damageObject(scene, newestKey(scene, 'acme'), () => '');
    const { outcomes } = await scene.run();
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['archive_failed', 'archive_failed']);
    expect(replaysOf(scene, 'acme')).toBe(0);
  });

  it('is given up by a restoration, and by a new consent', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme', 'grace'), brandx: scene.tenant('brandx') },
    });
    await scene.run();
    await dieBeforeCommit(scene);
    for (const tenant of ['acme', 'brandx']) {
      damageObject(scene, newestKey(scene, tenant), () => '');
    }
    await scene.run();
    await restoreTenant(scene.openPorts(), 'acme', null, async () => true);
    const refresh_token = scene.server.reissue('brandx');
    scene.edit(({ tenants }) => Object.assign(tenants.brandx ?? {}, { refresh_token }));
    for (let runs = 0; runs < 2; runs++) {
      expect((await scene.run()).summary.rotated).toBe(2);
    }
    expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
  });

  it('stops nobody who has a newer answer, also where the state is rebuilt', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const key = newestKey(scene, 'acme');
    await scene.run();
    damageObject(scene, key, () => '');
    scene.world.states.clear();
    expect((await scene.run()).summary.rotated).toBe(2);
    expect(replaysOf(scene, 'acme')).toBe(0);
  });

  it('stops nobody whose credential of then is in the map', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    await scene.run();
    damageObject(scene, newestKey(scene, 'acme'), () => '');
    scene.world.states.clear();
    expect((await scene.run()).summary.rotated).toBe(2);
    expect([replaysOf(scene, 'acme'), scene.isSafe('acme')]).toEqual([0, true]);
  });
});

describe('a damaged object', () => {
  it('keeps its token alone from being published', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.faults.fail({ port: 'access_tokens', op: 'put_version' }, { reason: 'denied' });
    await scene.run();
    scene.faults.heal();
    damageObject(scene, newestKey(scene, 'acme'), () => '');
    const report = await scene.run();
    expect(report.failures).toBeUndefined();
    expect(report.summary.rotated).toBe(2);
    expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
  });

  it('of an unread answer that is half a year old leaves the run as it was', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.http.reply('acme', jsonReply(200, { result: { refreshToken: 'refresh.new' } }));
    await scene.run();
    damageObject(scene, newestKey(scene, 'acme'), () => '');
    scene.clock.jump(201 * DAY_MS);
    await scene.run();
    expect(scene.state()).toMatchObject({ suspect: false, lease: null });
    expect(scene.logs.some(({ message }) => message.includes('is damaged'))).toBe(true);
  });

  it('of a family that nobody holds keeps no other from being given back', async () => {
    const scene = sceneOf('acme', 'brandx', 'stays');
    const [acme, brandx] = ['acme', 'brandx'].map(
      (name) => `known/${fingerprint(scene.token(name))}.json`,
    );
    await scene.run();
    const good = scene.world.records.get(String(acme));
    scene.world.records.set(String(acme), { text: '', etag: 'damaged' });
    for (const name of ['acme', 'brandx']) {
      await removeTenant(scene.openPorts(), name);
    }
    const ownerOf = (key = '') => JSON.parse(scene.world.records.get(key)?.text ?? '').owner;
    for (let runs = 0; runs < 2; runs++) {
      await scene.run();
      expect(scene.state().suspect).toBe(false);
      expect(scene.state().last_success_at).not.toBeNull();
      expect(ownerOf(brandx)).toBeNull();
    }
    scene.world.records.set(String(acme), good ?? { text: '', etag: '' });
    await scene.run();
    expect(ownerOf(acme)).toBeNull();
  });

  it.each(['the link', 'the code', 'the code’s shape'])(
    'of a connect link keeps no other consent waiting: %s',
    async (what) => {
      const scene = sceneOf('acme', 'brandx');
      const acme = consentByLink(scene, 'acme');
      consentByLink(scene, 'brandx');
      const inbox = [...scene.world.objects.keys()].find((key) => key.includes(acme.id)) ?? '';
      if (what === 'the link') {
        scene.world.records.set(`links/${acme.id}.json`, { text: '{"version":1', etag: 'damaged' });
      } else {
        scene.world.objects.set(inbox, what === 'the code' ? '' : '{}');
      }
      const report = await scene.run();
      expect(report.failures).toBeUndefined();
      expect(outcomeOf(report, 'brandx')).toMatchObject({ grant_type: 'authorization_code' });
      expect(scene.isSafe('brandx')).toBe(true);
      expect(scene.logs.some(({ archive_key }) => archive_key === inbox)).toBe(true);
    },
  );

  it('of a link stops nobody who renames a tenant, and other links go along', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const [open, other] = ['acme', 'brandx'].map((name) => consentByLink(scene, name));
    scene.world.records.set(`links/${other?.id}.json`, { text: '[]', etag: 'damaged' });
    await renameTenant(scene.openPorts(), 'acme', 'new');
    expect(open?.link().tenant).toBe('new');
  });

  it('of a link leaves other invitations as they are', async () => {
    const scene = sceneOf('acme');
    const { refresh_token: _, ...newcomer } = scene.tenant('new');
    scene.edit(({ tenants }) => Object.assign(tenants, { newcomer }));
    const [open, other] = ['newcomer', 'acme'].map((name) => consentByLink(scene, name));
    scene.world.objects.clear();
    scene.world.records.set(`links/${other?.id}.json`, { text: 'null', etag: 'damaged' });
    expect(open?.link().status.kind).toBe('open');
    expect(outcomeOf(await scene.run(), 'newcomer').reason).toContain('invited');
  });
});
