import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseExchangeKey } from '../../../lambda/history/archived-exchange.ts';
import { takeLease } from '../../../lambda/keep/take-lease.ts';
import { refreshOnDemand } from '../../../lambda/run/refresh-on-demand.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';
import { jsonReply, textReply } from '../../fakes/simulated-http.ts';

const MINUTE_MS = 60_000;

async function rotated(...names: string[]): Promise<Scene> {
  const scene = createScene();
  scene.save('default', {
    tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
  });
  await scene.run();
  scene.http.sent.length = 0;
  return scene;
}

describe(refreshOnDemand.name, () => {
  it('leaves a fresh token alone, without taking the lease', async () => {
    const scene = await rotated('acme');
    scene.faults.calls.length = 0;
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({
      status: 'skipped',
      reason: 'its token is fresh',
    });
    expect(scene.faults.calls).toEqual(['access_tokens read']);
  });

  it('refreshes a token that ends in 10 minutes, and others that end in 30', async () => {
    const scene = await rotated('acme', 'brandx', 'later');
    scene.clock.jump(20 * MINUTE_MS);
    await scene.run({ tenants: ['brandx'] });
    scene.clock.jump(15 * MINUTE_MS);
    await scene.run({ tenants: ['later'] });
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('skipped');
    scene.clock.jump(17 * MINUTE_MS);
    scene.http.sent.length = 0;
    const versions = scene.world.vault.versionCount('default');
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({
      tenant: 'acme',
      status: 'rotated',
    });
    expect(scene.http.accounts().sort()).toEqual(['acme', 'brandx']);
    expect(scene.world.vault.versionCount('default')).toBe(versions + 1);
    for (const name of ['acme', 'brandx', 'later']) {
      expect(scene.isSafe(name)).toBe(true);
    }
  });

  it('takes 10 minutes for soon, and not a millisecond more', async () => {
    const scene = await rotated('acme');
    const endsAt = Date.parse(scene.published().acme?.expires_at ?? '');
    scene.clock.jump(endsAt - 10 * MINUTE_MS - 1 - scene.clock.now());
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('skipped');
    scene.clock.jump(1);
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
  });

  it('takes a refused token for old after 10 minutes, and not a millisecond before', async () => {
    const scene = await rotated('acme');
    const { access_token = '', archive_key = '' } = scene.published().acme ?? {};
    const refused = fingerprint(access_token);
    const issuedAt = Date.parse(parseExchangeKey(archive_key)?.startedAt ?? '');
    scene.clock.jump(issuedAt + 10 * MINUTE_MS - 1 - scene.clock.now());
    expect((await scene.refresh({ tenant: 'acme', refused })).status).toBe('skipped');
    scene.clock.jump(1);
    expect((await scene.refresh({ tenant: 'acme', refused })).status).toBe('rotated');
  });

  it('gives tenants without a token their first', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), other: scene.tenant('other') },
    });
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({ status: 'rotated' });
    for (const name of ['acme', 'other']) {
      expect(scene.published()[name]?.access_token).toBe(scene.server.newestAccessToken(name));
    }
    expect(scene.world.vault.versionCount('default')).toBe(2);
  });

  it('replaces the published token when it was refused and is older than 10 minutes', async () => {
    const scene = await rotated('acme');
    const refused = fingerprint(scene.published().acme?.access_token ?? '');
    scene.clock.jump(9 * MINUTE_MS);
    expect((await scene.refresh({ tenant: 'acme', refused })).status).toBe('skipped');
    scene.clock.jump(2 * MINUTE_MS);
    expect((await scene.refresh({ tenant: 'acme', refused: 'ffffffffffffffff' })).status).toBe(
      'skipped',
    );
    expect((await scene.refresh({ tenant: 'acme', refused })).status).toBe('rotated');
    expect((await scene.refresh({ tenant: 'acme', refused })).status).toBe('skipped');
    expect(scene.http.sent).toHaveLength(1);
  });

  it('asks once however many consumers ask at once', async () => {
    const scene = await rotated('acme');
    scene.clock.jump(50 * MINUTE_MS);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => scene.refresh({ tenant: 'acme' })),
    );
    expect(outcomes.filter(({ status }) => status === 'rotated')).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'skipped')).toHaveLength(5);
    expect(scene.http.sent).toHaveLength(1);
  });

  it('repeats a failure for a minute, and needs_authorization for good', async () => {
    const scene = await rotated('acme');
    scene.clock.jump(50 * MINUTE_MS);
    scene.http.always('acme', textReply(404, ''));
    expect((await scene.refresh({ tenant: 'acme' })).error?.code).toBe('request_rejected');
    expect((await scene.refresh({ tenant: 'acme' })).error?.code).toBe('request_rejected');
    expect(scene.http.sent).toHaveLength(1);
    scene.clock.jump(2 * MINUTE_MS);
    scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
    expect((await scene.refresh({ tenant: 'acme' })).error?.code).toBe('needs_authorization');
    scene.clock.jump(60 * MINUTE_MS);
    expect((await scene.refresh({ tenant: 'acme' })).error?.code).toBe('needs_authorization');
    expect(scene.http.sent).toHaveLength(2);
    expect(scene.state().tenants.get('acme')?.error?.attempts).toBe(1);
  });

  it.each<[string, string, (scene: Scene) => Promise<unknown> | unknown]>([
    [
      'is refused',
      'needs_authorization',
      (scene) => scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' })),
    ],
    [
      'failed a moment ago',
      'request_rejected',
      (scene) => scene.http.always('acme', textReply(404, '')),
    ],
    [
      'is disabled',
      'skipped',
      (scene) => scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { enabled: false })),
    ],
    [
      'has used up the day',
      'deferred',
      async (scene) => {
        scene.http.always('acme', async (request) => {
          const reply = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
          return jsonReply(200, { ...reply, expires_in: 300 });
        });
        for (let calls = 0; calls < 60; calls++) {
          scene.clock.jump(5 * MINUTE_MS);
          await scene.refresh({ tenant: 'acme' });
        }
      },
    ],
  ])(
    'takes no lease for a tenant that %s, however often it is asked for',
    async (_, told, make) => {
      const scene = await rotated('acme', 'brandx');
      scene.clock.jump(60 * MINUTE_MS);
      await make(scene);
      await scene.refresh({ tenant: 'acme' });
      scene.http.sent.length = 0;
      scene.faults.calls.length = 0;
      for (let calls = 0; calls < 5; calls++) {
        scene.clock.jump(1000);
        const { status, error } = await scene.refresh({ tenant: 'acme' });
        expect(error?.code ?? status).toBe(told);
      }
      expect(scene.http.sent).toEqual([]);
      expect(scene.faults.calls).not.toContain('states write');
    },
  );

  it('asks at once for a tenant whose credential was replaced after it failed', async () => {
    const scene = await rotated('acme');
    scene.clock.jump(60 * MINUTE_MS);
    scene.http.reply('acme', jsonReply(400, { error: 'invalid_grant' }));
    await scene.refresh({ tenant: 'acme' });
    scene.clock.jump(1000);
    const his = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: his }));
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('does not fail for the troubles of other tenants', async () => {
    const scene = await rotated('acme', 'brandx');
    scene.clock.jump(60 * MINUTE_MS);
    scene.http.always('brandx', jsonReply(400, { error: 'invalid_grant' }));
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
  });

  it('says that a tenant is disabled or needs a credential', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: {
        off: scene.tenant('off', 'detect', { enabled: false }),
        bare: { provider: 'amazon-ads', client_id: 'c', client_secret: 's' },
      },
    });
    expect(await scene.refresh({ tenant: 'off' })).toMatchObject({
      status: 'skipped',
      reason: 'it is disabled',
    });
    expect((await scene.refresh({ tenant: 'bare' })).error?.code).toBe('needs_authorization');
  });

  it('refuses an unknown tenant and an unknown shard', async () => {
    const scene = await rotated('acme');
    await expect(scene.refresh({ tenant: 'nobody' })).rejects.toThrow(
      'There is no tenant nobody in shard default.',
    );
    await expect(scene.refresh({ tenant: 'acme', shard: 'nowhere' })).rejects.toThrow(/no secret/);
    expect(scene.http.sent).toEqual([]);
  });

  it('mends the shard first, as every run does', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), brandx: scene.tenant('brandx') },
    });
    const copy = scene.world.vault.text('default');
    await scene.run();
    scene.world.vault.save('default', copy);
    scene.clock.jump(60 * MINUTE_MS);
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
    for (const name of ['acme', 'brandx']) {
      expect(scene.isSafe(name)).toBe(true);
    }
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });

  it('throws when what it brought could not be committed', async () => {
    const scene = await rotated('acme');
    scene.clock.jump(60 * MINUTE_MS);
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
    const outcome = await scene.refresh({ tenant: 'acme' });
    expect(outcome).toMatchObject({ status: 'uncommitted', error: { code: 'commit_failed' } });
    scene.faults.heal();
    expect((await scene.refresh({ tenant: 'acme' })).status).toMatch(/recovered|skipped|rotated/);
    expect(scene.isSafe('acme')).toBe(true);
  });

  describe('at a lease that nobody gave back', () => {
    const patience = { busyWaitMs: 130_000, sharedWaitMs: 10_000 };

    /** A run died while it held the lease, and acme's token has ended. */
    async function held(): Promise<Scene> {
      const scene = await rotated('acme');
      scene.clock.jump(60 * MINUTE_MS);
      const terms = { runId: 'dead', waitMs: 0 };
      const lease = await takeLease(scene.openPorts(), 'default', terms);
      if (lease === 'busy') {
        throw new Error('The lease was not free.');
      }
      lease.abandon();
      return scene;
    }

    it('watches it once, and tells all others that the shard is busy', async () => {
      const scene = await held();
      const began = scene.clock.now();
      const call = async () => {
        const { status } = await scene.refresh({ tenant: 'acme' }, patience);
        return { status, at: scene.clock.now() - began };
      };
      const first = Array.from({ length: 5 }, call);
      await scene.clock.sleep(20_000);
      const later = await call();
      expect(later).toEqual({ status: 'busy', at: 20_000 });
      const ended = (await Promise.all(first)).sort((a, b) => a.at - b.at);
      expect(ended.map(({ status }) => status)).toEqual([
        ...Array.from({ length: 4 }, () => 'busy'),
        'rotated',
      ]);
      expect(ended[3]?.at).toBeLessThanOrEqual(10_000);
      expect(ended[4]?.at).toBeGreaterThanOrEqual(120_000);
      expect(scene.isSafe('acme')).toBe(true);
    });

    it('stops watching a run that lives', async () => {
      const scene = await held();
      const began = scene.clock.now();
      const call = scene.refresh({ tenant: 'acme' }, patience);
      await scene.clock.sleep(30_000);
      const stored = scene.world.states.get('default');
      if (stored) {
        scene.world.states.set('default', { ...stored, etag: 'renewed' });
      }
      expect((await call).status).toBe('busy');
      expect(scene.clock.now() - began).toBeLessThanOrEqual(36_000);
      // The state is another one now, and nobody watches it.
      expect((await scene.refresh({ tenant: 'acme' }, patience)).status).toBe('rotated');
    });

    it('is watched again when the call that watched it has died', async () => {
      const scene = await held();
      let isDead = false;
      const ports = scene.ports(undefined, () => isDead, scene.http);
      const request = { tenant: 'acme', shard: 'default', refused: null };
      const terms = { runId: 'died', deadlineAt: Number.POSITIVE_INFINITY, ...patience };
      void refreshOnDemand(ports, request, terms);
      await scene.clock.sleep(20_000);
      isDead = true;
      expect((await scene.refresh({ tenant: 'acme' }, patience)).status).toBe('busy');
      scene.clock.jump(150_000);
      expect((await scene.refresh({ tenant: 'acme' }, patience)).status).toBe('rotated');
    });

    it('has the watch handed to one other run, and answers its own callers after 10 s', async () => {
      const scene = await held();
      const began = scene.clock.now();
      const handed: string[] = [];
      const handOverWatch = async (watch: string) => handed.push(watch) > 0;
      const answers = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const { status } = await scene.refresh(
            { tenant: 'acme' },
            { ...patience, handOverWatch },
          );
          return { status, at: scene.clock.now() - began };
        }),
      );
      for (const { status, at } of answers) {
        expect(status).toBe('busy');
        expect(at).toBeLessThanOrEqual(10_000);
      }
      expect(handed).toHaveLength(1);
      const [watch] = handed;
      const watcher = { busyWaitMs: 130_000, watch };
      const watched = await Promise.all([
        scene.refresh({ tenant: 'acme' }, watcher),
        scene.refresh({ tenant: 'acme' }, watcher),
      ]);
      expect(watched.map(({ status }) => status).sort()).toEqual(['busy', 'rotated']);
      expect(scene.clock.now() - began).toBeLessThanOrEqual(140_000);
      expect(scene.isSafe('acme')).toBe(true);
    });

    it('has no watch handed over again while the one that took it may live', async () => {
      const scene = await held();
      const handed: string[] = [];
      const handOverWatch = async (watch: string) => handed.push(watch) > 0;
      const call = () => scene.refresh({ tenant: 'acme' }, { ...patience, handOverWatch });
      expect((await call()).status).toBe('busy');
      scene.clock.jump(60_000);
      const watching = scene.refresh(
        { tenant: 'acme' },
        { busyWaitMs: 130_000, watch: handed[0] ?? '' },
      );
      await scene.clock.sleep(100_000);
      expect((await call()).status).toBe('busy');
      expect(handed).toHaveLength(1);
      expect((await watching).status).toBe('rotated');
    });

    it.each(['of another name', 'that was never marked'])(
      'takes over no watch %s',
      async (kind) => {
        const scene = await held();
        if (kind === 'of another name') {
          await scene.refresh({ tenant: 'acme' }, { ...patience, handOverWatch: async () => true });
        }
        const began = scene.clock.now();
        const { status } = await scene.refresh({ tenant: 'acme' }, { watch: randomUUID() });
        expect(status).toBe('busy');
        expect(scene.clock.now() - began).toBeLessThan(1_000);
      },
    );

    it('watches itself where the watch cannot be handed over', async () => {
      const scene = await held();
      const alone = { ...patience, handOverWatch: async () => false };
      expect((await scene.refresh({ tenant: 'acme' }, alone)).status).toBe('rotated');
    });

    it('waits no longer than its caller where the watch cannot be marked', async () => {
      const scene = await held();
      scene.faults.fail({ port: 'records', op: 'write' });
      const began = scene.clock.now();
      expect((await scene.refresh({ tenant: 'acme' }, patience)).status).toBe('busy');
      expect(scene.clock.now() - began).toBeLessThanOrEqual(10_000);
    });
  });
});
