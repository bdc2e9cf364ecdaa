import { describe, expect, it } from 'vitest';
import { restoreTenant } from '../../../bin/corrections/restore-tenant.ts';
import { editMap, setAt } from '../../../bin/map/edit-map.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseExchangeKey } from '../../../lambda/history/archived-exchange.ts';
import type { Effect } from '../../fakes/memory-ports.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';

const MINUTES = 60_000;
const DAYS = 86_400_000;

/**
 * A scene whose tenant alternates between two credentials, and whose newest answer repeats the
 * first of them. It is in the map alone: the archive did not take it, and its run died.
 */
async function sceneOfAlternation(): Promise<Scene> {
  const scene = createScene({ shards: ['default', 'east'] });
  const tenants = { acme: scene.tenant('acme', 'alternate'), brandx: scene.tenant('brandx') };
  scene.save('default', { tenants });
  scene.save('east', { tenants: { carol: scene.tenant('carol') } });
  await scene.run();
  const spent = scene.token('acme');
  await dieAfter(scene, isSwap);
  expect(scene.token('acme')).not.toBe(spent);
  expect(scene.isSafe('acme')).toBe(true);
  return scene;
}

/** Lets a run die right after an effect. The archive takes none of its answers. */
async function dieAfter(scene: Scene, isLast: (effect: Effect) => boolean): Promise<void> {
  let isDead = false;
  const ports = scene.ports(
    async (effect, perform) => {
      if (isDead) {
        return new Promise(() => {});
      }
      if (isAnswer(effect)) {
        throw new Error('the archive is away');
      }
      const result = perform();
      if (isLast(effect)) {
        isDead = true;
      }
      return result;
    },
    () => isDead,
    scene.http,
  );
  void scene.rotate({ shard: 'default', tenants: ['acme'] }, ports).catch(() => undefined);
  await scene.clock.sleep(5 * MINUTES);
  scene.http.sent.length = 0;
}

function isAnswer({ port, op, on }: Effect): boolean {
  return port === 'archive' && op === 'put' && parseExchangeKey(on)?.attempt === 1;
}

const isTaking = ({ port, op }: Effect) => port === 'states' && op === 'write';
const isSwap = ({ port, op }: Effect) => port === 'vault' && op === 'move_label';

function expectNobodySent(scene: Scene): void {
  expect(scene.http.accounts()).not.toContain('acme');
  expect(scene.server.accounts.get('acme')?.replays).toBe(0);
}

describe('an answer that repeats an older credential, and is in the vault alone', () => {
  it.each<[string, (scene: Scene) => unknown]>([
    ['nothing else happens', () => undefined],
    ['the state is deleted', (scene) => scene.world.states.clear()],
    [
      'the map is saved in a console',
      (scene) => scene.edit((map) => Object.assign(map.tenants.brandx ?? {}, { note: 'edited' })),
    ],
    [
      'a command changes the map',
      (scene) =>
        editMap(scene.openPorts().vault, 'default', (text) =>
          setAt(text, ['tenants', 'brandx', 'note'], 'edited'),
        ),
    ],
    [
      'another run dies before it can say so',
      async (scene) => {
        scene.faults.fail(({ port, op }) => port === 'archive' && op === 'put');
        await scene.run({ shard: 'default' });
        scene.faults.heal();
      },
    ],
  ])('is not replaced by a spent one when %s', async (_what, happen) => {
    const scene = await sceneOfAlternation();
    const live = scene.token('acme');
    await happen(scene);
    const report = await scene.run({ shard: 'default' });
    expect(outcomeOf(report, 'acme').error?.code).toBe('needs_decision');
    expect(scene.token('acme')).toBe(live);
    expectNobodySent(scene);
    expect(outcomeOf(await scene.run({ dry_run: true }), 'acme').error?.code).toBe(
      'needs_decision',
    );
  });

  it('is told by a dry run before any run has seen it', async () => {
    const scene = await sceneOfAlternation();
    const report = await scene.run({ dry_run: true });
    expect(outcomeOf(report, 'acme').error?.code).toBe('needs_decision');
  });

  it('is not replaced by a refresh on demand', async () => {
    const scene = await sceneOfAlternation();
    const live = scene.token('acme');
    scene.clock.jump(3600_000);
    const outcome = await scene.refresh({ tenant: 'acme' });
    expect(outcome.error?.code).toBe('needs_decision');
    expect(scene.token('acme')).toBe(live);
    expectNobodySent(scene);
  });

  it('is not forgotten where an old copy of the map is saved over it', async () => {
    const scene = await sceneOfAlternation();
    const { versions, succession } = scene.world.vault.stored('default');
    const old = versions.get(succession.at(-2) ?? '')?.text;
    scene.world.vault.save('default', old);
    const report = await scene.run({ shard: 'default' });
    expect(outcomeOf(report, 'acme').error?.code).toBe('needs_decision');
    expectNobodySent(scene);
  });

  it('is handed over as doubtful to another shard', async () => {
    const scene = await sceneOfAlternation();
    const { acme = {} } = scene.map().tenants;
    scene.edit((map) => delete map.tenants.acme);
    scene.edit((map) => Object.assign(map.tenants, { moved: acme }), 'east');
    await scene.run();
    const report = await scene.run();
    expect(outcomeOf(report, 'moved').error?.code).toBe('needs_decision');
    expectNobodySent(scene);
  });

  it.each(['before', 'after'])('goes on when an operator chooses it %s a run', async (when) => {
    const scene = await sceneOfAlternation();
    const live = scene.token('acme');
    if (when === 'after') {
      await scene.run();
    }
    await restoreTenant(scene.openPorts(), 'acme', fingerprint(live), async () => true);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
    expectNoReplay(scene);
  });

  it('is given up when an operator chooses what the archive has', async () => {
    const scene = await sceneOfAlternation();
    const live = scene.token('acme');
    await restoreTenant(scene.openPorts(), 'acme', null, async () => true);
    expect(scene.token('acme')).not.toBe(live);
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('needs_authorization');
  });
});

function expectNoReplay(scene: Scene): void {
  expect(scene.server.accounts.get('acme')?.replays).toBe(0);
}

describe('a map that a run wrote while the archive was away', () => {
  it('puts in doubt nothing that a later run has succeeded', async () => {
    const scene = await sceneOfAlternation();
    await restoreTenant(
      scene.openPorts(),
      'acme',
      fingerprint(scene.token('acme')),
      async () => true,
    );
    for (let i = 0; i < 3; i++) {
      const report = await scene.run();
      expect(outcomeOf(report, 'acme').status).toBe('rotated');
      scene.world.states.clear();
    }
    expectNoReplay(scene);
  });
});

/** A scene whose archive does not have the newest credential of its tenant. */
async function sceneOfUnarchived(): Promise<Scene> {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  await scene.run();
  scene.faults.fail(({ port, op }) => port === 'archive' && op === 'put');
  await scene.run();
  scene.faults.heal();
  expect(scene.isSafe('acme')).toBe(true);
  return scene;
}

describe('a credential that the archive never got', () => {
  function saveVersion(scene: Scene, back: number): void {
    const { versions, succession } = scene.world.vault.stored('default');
    scene.world.vault.save('default', versions.get(succession.at(-1 - back) ?? '')?.text);
  }

  it.each([
    ['at once', async () => undefined],
    ['after a run that died', (scene: Scene) => dieAfter(scene, isTaking)],
  ])('comes back where an old copy of the map is saved over it %s', async (_when, happen) => {
    const scene = await sceneOfUnarchived();
    const live = scene.token('acme');
    await happen(scene);
    saveVersion(scene, 1);
    expect(scene.token('acme')).not.toBe(live);
    const foretold = await scene.run({ dry_run: true });
    expect(outcomeOf(foretold, 'acme')).not.toHaveProperty('error');
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('recovered');
    expect(scene.isSafe('acme')).toBe(true);
    expectNoReplay(scene);
  });

  it('comes back after a code brought it, too', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const code = scene.server.consent('acme');
    scene.edit((map) =>
      Object.assign(map.tenants.acme ?? {}, {
        authorization_code: code,
        redirect_uri: 'https://a',
      }),
    );
    scene.faults.fail((effect) => isAnswer(effect) || parseExchangeKey(effect.on)?.attempt === 2);
    await scene.run();
    scene.faults.heal();
    expect(scene.isSafe('acme')).toBe(true);
    saveVersion(scene, 2);
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
    expectNoReplay(scene);
  });

  it('is told from an older one though the operator had put the same one back', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'alternate') } });
    await scene.run();
    await scene.run();
    const ports = scene.ports(
      async (effect, perform) => {
        if (isAnswer(effect)) {
          throw new Error('the archive is away');
        }
        return perform();
      },
      () => false,
      scene.http,
    );
    scene.http.reply('acme', (request) => {
      saveVersion(scene, 1);
      return scene.server.handle(request);
    });
    const state = scene.world.states.get('default');
    await scene.rotate({}, ports);
    const live = scene.token('acme');
    expect(scene.isSafe('acme')).toBe(true);
    scene.world.states.set('default', { text: state?.text ?? '', etag: 'put back' });
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('needs_decision');
    expect(scene.token('acme')).toBe(live);
    expectNoReplay(scene);
  });
});

/**
 * Lets a run die at its start, and lets an operator hand the tenant's credential to another tenant
 * and put a new consent in its place.
 */
async function leaveInDoubt(scene: Scene): Promise<void> {
  await dieAfter(scene, isTaking);
  const consented = scene.server.open('brandx', 'detect');
  scene.edit(({ tenants }) => {
    tenants.other = { ...tenants.acme };
    Object.assign(tenants.acme ?? {}, { refresh_token: consented });
  });
  expect(outcomeOf(await scene.run(), 'other').error?.code).toBe('needs_decision');
}

describe('a credential in doubt', () => {
  it('is archived all the same, so that an operator can choose it', async () => {
    const scene = await sceneOfUnarchived();
    const live = scene.token('acme');
    await leaveInDoubt(scene);
    scene.edit((map) => Object.assign(map.tenants.other ?? {}, { refresh_token: 'typed' }));
    const ports = scene.openPorts();
    await restoreTenant(ports, 'other', fingerprint(live), async () => true);
    expect(scene.token('other')).toBe(live);
    expect(outcomeOf(await scene.run(), 'other').status).toBe('rotated');
  });

  it.each([false, true])('stays in doubt for a year (state deleted: %s)', async (isDeleted) => {
    const scene = await sceneOfUnarchived();
    await leaveInDoubt(scene);
    for (let month = 0; month < 12; month++) {
      scene.clock.jump(30 * DAYS);
      if (isDeleted) {
        scene.world.states.clear();
      }
      expect(outcomeOf(await scene.run(), 'other').error?.code).toBe('needs_decision');
    }
  });
});
