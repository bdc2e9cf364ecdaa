import { describe, expect, it } from 'vitest';
import { choose } from '../../../lambda/ask/selection.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

const HOUR_MS = 3_600_000;
const dead = jsonReply(400, { error: 'invalid_grant' });

describe(choose.name, () => {
  it('asks for codes first, then for the tenants that waited longest', async () => {
    const scene = createScene();
    const app = {
      provider: 'oauth2',
      token_url: 'https://s.example/token',
      client_id: 's',
      client_secret: 's',
      redirect_uri: 'https://x.example/',
      max_concurrency: 1,
    };
    const tenant = (name: string) => ({
      app: 's',
      refresh_token: scene.server.open(name, 'detect'),
    });
    scene.save('default', {
      apps: { s: app },
      tenants: { newest: tenant('newest'), oldest: tenant('oldest'), middle: tenant('middle') },
    });
    for (const name of ['oldest', 'middle', 'newest']) {
      await scene.run({ tenants: [name] });
      scene.clock.jump(60_000);
    }
    scene.edit(
      (map) =>
        (map.tenants.coded = { app: 's', authorization_code: scene.server.consent('coded') }),
    );
    scene.http.sent.length = 0;
    await scene.run();
    expect(scene.http.accounts()).toEqual(['coded', 'oldest', 'middle', 'newest']);
  });

  describe('a tenant that needs authorization', () => {
    async function quarantined(): Promise<Scene> {
      const scene = createScene();
      scene.save('default', {
        tenants: { acme: scene.tenant('acme'), other: scene.tenant('other') },
      });
      scene.http.always('acme', dead);
      await scene.run();
      scene.http.sent.length = 0;
      scene.clock.jump(HOUR_MS);
      return scene;
    }

    it('is tried again by every full run', async () => {
      const scene = await quarantined();
      await scene.run();
      await scene.run();
      expect(scene.http.accounts().filter((account) => account === 'acme')).toHaveLength(2);
    });

    it.each([{ provider: 'oauth2' }, { expiring_within_seconds: 60 }])(
      'is left out of a run for %j',
      async (request) => {
        const scene = await quarantined();
        const outcome = outcomeOf(await scene.run(request), 'acme');
        expect(outcome).toMatchObject({
          status: 'skipped',
          reason: expect.stringContaining('needs authorization'),
        });
        expect(scene.http.accounts()).toEqual(['other']);
      },
    );

    it('is asked when it is named', async () => {
      const scene = await quarantined();
      await scene.run({ tenants: ['acme'] });
      expect(scene.http.accounts()).toEqual(['acme']);
    });

    it('is asked by any run once it has another credential', async () => {
      const scene = await quarantined();
      const renewed = scene.server.reissue('acme');
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: renewed }));
      scene.http.always('acme', null);
      expect(outcomeOf(await scene.run({ expiring_within_seconds: 60 }), 'acme')).toMatchObject({
        status: 'rotated',
        healed: true,
      });
    });

    it('heals on its own when the refusal was false', async () => {
      const scene = await quarantined();
      scene.http.always('acme', null);
      expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
        status: 'rotated',
        healed: true,
      });
      expect(scene.isSafe('acme')).toBe(true);
    });
  });

  describe('a grant that spends nothing', () => {
    const entry = (more: object = {}) => ({
      provider: 'instacart-connect',
      client_id: 'ic',
      client_secret: 's',
      user_id: 'u-1',
      ...more,
    });

    function shopper(): Scene {
      const scene = createScene();
      scene.save('default', { tenants: { shopper: entry() } });
      return scene;
    }

    it('is left alone while more than half of its token’s life remains', async () => {
      const scene = shopper();
      await scene.run();
      scene.clock.jump(HOUR_MS / 2 - 60_000);
      expect(outcomeOf(await scene.run(), 'shopper')).toMatchObject({
        status: 'skipped',
        reason: expect.stringContaining('half'),
      });
      scene.clock.jump(2 * 60_000);
      expect(outcomeOf(await scene.run(), 'shopper').status).toBe('rotated');
      expect(scene.http.sent).toHaveLength(2);
    });

    it('is asked when it is named', async () => {
      const scene = shopper();
      await scene.run();
      expect(outcomeOf(await scene.run({ tenants: ['shopper'] }), 'shopper').status).toBe(
        'rotated',
      );
    });

    it.each([
      { user_id: 'u-2' },
      { scope: 'connect:post_checkout' },
      { client_id: 'other' },
      { environment: 'development' },
    ])(
      'is asked when its request changes to %j, and the token of before is never published for it',
      async (change) => {
        const scene = shopper();
        await scene.run();
        const before = scene.published().shopper?.access_token;
        scene.edit((map) => Object.assign(map.tenants.shopper ?? {}, change));
        scene.http.always(
          change.environment ? 'connect.dev.instacart.tools' : 'connect.instacart.com',
          null,
        );
        expect(outcomeOf(await scene.run(), 'shopper').status).toBe('rotated');
        expect(scene.published().shopper?.access_token).not.toBe(before);
      },
    );

    it('loses its published token when its user changed and the new one is refused', async () => {
      const scene = shopper();
      await scene.run();
      scene.edit((map) => Object.assign(map.tenants.shopper ?? {}, { user_id: 'u-2' }));
      scene.http.always('connect.instacart.com', jsonReply(403, {}));
      expect(outcomeOf(await scene.run(), 'shopper').status).toBe('failed');
      expect(scene.published()).toEqual({});
    });

    it('keeps its published token when only its secret changed', async () => {
      const scene = shopper();
      await scene.run();
      scene.edit((map) => Object.assign(map.tenants.shopper ?? {}, { client_secret: 'new' }));
      expect(outcomeOf(await scene.run(), 'shopper').status).toBe('skipped');
      expect(scene.published().shopper?.access_token).toBe(scene.server.newestAccessToken('u-1'));
    });

    it('makes no version of the vault', async () => {
      const scene = shopper();
      await scene.run();
      expect(scene.world.vault.versionCount('default')).toBe(1);
    });
  });

  describe('tenants that share a credential', () => {
    it('share one exchange, and each gets its result with a warning', async () => {
      const scene = createScene();
      const entry = scene.tenant('acme');
      scene.save('default', {
        tenants: { acme: entry, twin: entry, other: scene.tenant('other') },
      });
      const report = await scene.run();
      expect(scene.http.accounts().sort()).toEqual(['acme', 'other']);
      expect(outcomeOf(report, 'acme')).toMatchObject({
        status: 'rotated',
        warning: 'It shares one credential with twin.',
      });
      expect(outcomeOf(report, 'twin')).toMatchObject({
        status: 'rotated',
        warning: 'It shares one credential with acme.',
      });
      expect(scene.token('acme')).toBe(scene.token('twin'));
      expect(scene.isSafe('twin')).toBe(true);
      expect(scene.published().twin?.access_token).toBe(scene.published().acme?.access_token);
    });

    it('stay together when only one of them is named', async () => {
      const scene = createScene();
      const entry = scene.tenant('acme');
      scene.save('default', { tenants: { acme: entry, twin: entry } });
      await scene.run({ tenants: ['twin'] });
      expect(scene.token('acme')).toBe(scene.token('twin'));
      expect(scene.isSafe('acme')).toBe(true);
      expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    });

    it('stay together when one of them is disabled', async () => {
      const scene = createScene();
      const entry = scene.tenant('acme');
      scene.save('default', { tenants: { acme: entry, twin: { ...entry, enabled: false } } });
      await scene.run();
      expect(scene.token('twin')).toBe(scene.token('acme'));
      expect(scene.isSafe('twin')).toBe(true);
    });

    it('are asked nothing when they are of different clients', async () => {
      const scene = createScene();
      const entry = scene.tenant('acme');
      scene.save('default', {
        tenants: {
          acme: entry,
          thief: { ...entry, client_id: 'else' },
          other: scene.tenant('other'),
        },
      });
      const report = await scene.run();
      expect(scene.http.accounts()).toEqual(['other']);
      expect(outcomeOf(report, 'acme').error).toMatchObject({
        code: 'duplicate_credential',
        message: expect.stringContaining('thief'),
      });
      expect(outcomeOf(report, 'thief').error).toMatchObject({
        code: 'duplicate_credential',
        message: expect.stringContaining('acme'),
      });
    });

    it('are asked by the one shard that owns their credential, alone and together', async () => {
      const scene = createScene({ shards: ['default', 'eu'] });
      const entry = scene.tenant('acme');
      scene.save('default', { tenants: { acme: entry } });
      scene.save('eu', { tenants: { copy: entry } });
      for (const request of [{ shard: 'default' }, { shard: 'eu' }, {}]) {
        scene.http.sent.length = 0;
        const report = await scene.run(request);
        const copy = report.outcomes.find(({ tenant }) => tenant === 'copy');
        if (copy) {
          expect(copy.error?.code).toBe('duplicate_credential');
        }
        expect(scene.http.accounts()).toEqual(request.shard === 'eu' ? [] : ['acme']);
      }
      expect(scene.isSafe('acme')).toBe(true);
      expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    });

    it('share one code as well', async () => {
      const scene = createScene();
      const { refresh_token: _, ...entry } = scene.tenant('acme');
      const coded = {
        ...entry,
        redirect_uri: 'https://x.example/',
        authorization_code: scene.server.consent('acme'),
      };
      scene.save('default', { tenants: { acme: coded, twin: coded } });
      const report = await scene.run();
      expect(report.summary.rotated).toBe(2);
      expect(scene.http.sent).toHaveLength(1);
      expect(scene.token('twin')).toBe(scene.token('acme'));
    });
  });

  it('refuses a tenant whose name is in two shards', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { acme: scene.tenant('acme2') } });
    const report = await scene.run();
    expect(scene.http.sent).toEqual([]);
    for (const shard of ['default', 'eu']) {
      expect(outcomeOf(report, 'acme', shard).error?.code).toBe('invalid_entry');
    }
    expect(outcomeOf(report, 'acme', 'eu').error?.message).toContain('shard default');
  });

  it('lets the one of two tenants of one name go on that has a history', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    scene.save('eu', { tenants: { acme: scene.tenant('acme2') } });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme', 'default').status).toBe('rotated');
    expect(outcomeOf(report, 'acme', 'eu').error?.code).toBe('invalid_entry');
  });

  it.each(['__proto__', '../x', 'a/b', '', ' ', '-a', 'a'.repeat(65), 'ä', 'constructor/'])(
    'refuses the name %j, and goes on',
    async (name) => {
      const scene = createScene();
      const text = JSON.stringify({
        version: 1,
        tenants: { REPLACED: scene.tenant('evil'), good: scene.tenant('good') },
      });
      scene.world.vault.save('default', text.replace('REPLACED', name));
      const report = await scene.run();
      expect(outcomeOf(report, name).error).toMatchObject({ code: 'invalid_entry' });
      expect(outcomeOf(report, 'good').status).toBe('rotated');
      expect(scene.http.accounts()).toEqual(['good']);
      expect(
        [...scene.world.objects.keys()].filter(
          (key) =>
            /-\d+\.json$/.test(key) && key.startsWith('responses/') && !key.includes('/good-'),
        ),
      ).toEqual([]);
      expect((await scene.run()).summary.failed).toBe(1);
    },
  );

  it.each([
    [
      'an app that holds a refresh token',
      { app: 'a', refresh_token: 'r' },
      { a: { provider: 'oauth2', refresh_token: 'x' } },
      'apps.a.refresh_token',
    ],
    ['an app that is not there', { app: 'nope' }, {}, 'tenants.acme.app'],
    ['an unknown provider', { provider: 'nope' }, {}, 'tenants.acme.provider'],
    [
      'a token URL of plain http',
      {
        provider: 'oauth2',
        client_id: 'c',
        token_url: 'http://x.example/',
        refresh_token: 'r',
      },
      {},
      'tenants.acme.token_url',
    ],
    [
      'a client id that is a number',
      { provider: 'oauth2', client_id: 7 },
      {},
      'tenants.acme.client_id',
    ],
    ['an entry that is a text', 'Atzr|secret', {}, 'tenants.acme'],
    ['enabled that is no boolean', { provider: 'oauth2', enabled: 'no' }, {}, 'tenants.acme'],
  ])('fails a tenant with %s alone, naming the field', async (_what, entry, apps, path) => {
    const scene = createScene();
    scene.save('default', { apps, tenants: { acme: entry, good: scene.tenant('good') } });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').error).toMatchObject({
      code: 'invalid_entry',
      message: expect.stringContaining(path),
    });
    expect(outcomeOf(report, 'good').status).toBe('rotated');
  });

  it('says of a tenant without a credential how to connect it', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: { provider: 'amazon-ads', client_id: 'c', client_secret: 's' } },
    });
    expect(outcomeOf(await scene.run(), 'acme').error).toMatchObject({
      code: 'needs_authorization',
      next_step: 'Connect it: tokens connect acme',
    });
  });
});
