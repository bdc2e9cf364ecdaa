import { describe, expect, it } from 'vitest';
import type { RefreshRequest } from '../../../lambda/event.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { PublishedToken } from '../../../lambda/keep/published.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { describeFailure } from '../../../lambda/report/failure.ts';
import { type CacheOptions, createCachedTokens } from '../../../lib/client/cached-tokens.ts';
import type { RefreshAnswer, TokenSource } from '../../../lib/client/token-source.ts';
import { createSimulatedClock, type SimulatedClock } from '../../fakes/simulated-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe(createCachedTokens.name, () => {
  it('reads once and asks for nothing while the token lives beyond the margin', async () => {
    const scene = createScene({ a: HOUR });
    const tokens = scene.open();
    for (let i = 0; i < 3; i++) {
      expect((await tokens.get('a')).token.access_token).toBe('a.1');
    }
    expect(scene).toMatchObject({ reads: 1, asked: [] });
  });

  it('refreshes once, and reads once after it, however many ask for a stale token', async () => {
    const scene = createScene({ a: HOUR });
    const tokens = scene.open();
    await tokens.get('a');
    scene.clock.jump(56 * MINUTE);
    const before = { reads: scene.reads, asks: scene.asked.length };
    const got = await Promise.all(Array.from({ length: 100 }, () => tokens.get('a')));
    expect(new Set(got.map(({ token }) => token.access_token))).toEqual(
      new Set([scene.current('a')]),
    );
    expect(scene.asked.length - before.asks).toBe(1);
    expect(scene.log.slice(-3)).toEqual(['read', 'refresh a', 'read']);
    expect(scene.reads - before.reads).toBe(2);
  });

  it('serves a whole shard by one read', async () => {
    const names = Array.from({ length: 2_000 }, (_, i) => `t${i}`);
    const scene = createScene(Object.fromEntries(names.map((name) => [name, HOUR])));
    const tokens = scene.open();
    await Promise.all(names.map((name) => tokens.get(name)));
    expect(scene).toMatchObject({ reads: 1, asked: [] });
  });

  it('asks for one refresh when it brings all stale tokens of a shard', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const scene = createScene(Object.fromEntries(names.map((name) => [name, HOUR])), {
      together: true,
    });
    scene.clock.jump(56 * MINUTE);
    const tokens = scene.open();
    const got = await Promise.all(names.map((name) => tokens.get(name)));
    expect(got.map(({ token }) => token.access_token)).toEqual(['a.2', 'b.2', 'c.2', 'd.2']);
    expect(scene.asked).toHaveLength(1);
  });

  it('takes what another process refreshed meanwhile', async () => {
    const scene = createScene({ a: HOUR });
    const tokens = scene.open();
    await tokens.get('a');
    scene.clock.jump(56 * MINUTE);
    scene.issue('a', HOUR);
    expect((await tokens.get('a')).token.access_token).toBe('a.2');
    expect(scene.asked).toEqual([]);
  });

  it('keeps the newer tokens when an older version is read after them', async () => {
    const scene = createScene({ a: HOUR });
    const older = scene.version();
    scene.issue('a', 2 * HOUR);
    const tokens = scene.open();
    await tokens.get('a');
    scene.clock.jump(HOUR + 56 * MINUTE);
    scene.serve(older);
    scene.answer = () => ({ status: 'busy', reason: 'another run holds the shard' });
    expect((await tokens.get('a')).token.access_token).toBe('a.2');
  });

  it('reads again when the new version does not show at once', async () => {
    const scene = createScene({ a: HOUR });
    scene.clock.jump(56 * MINUTE);
    scene.lag = 1;
    expect((await scene.open().get('a')).token.access_token).toBe('a.2');
    expect(scene.log).toEqual(['read', 'refresh a', 'read', 'read']);
  });

  it('takes half of a short life at most for the margin', async () => {
    const scene = createScene({ a: 4 * MINUTE });
    const tokens = scene.open();
    await tokens.get('a');
    scene.clock.jump(MINUTE);
    await tokens.get('a');
    expect(scene.asked).toEqual([]);
    scene.clock.jump(2 * MINUTE);
    expect((await tokens.get('a')).token.access_token).toBe('a.2');
  });

  describe('a token that has no end', () => {
    it('is given without asking, years later too', async () => {
      const scene = createScene({ a: null });
      const tokens = scene.open();
      await tokens.get('a');
      scene.clock.jump(3 * 365 * 24 * HOUR);
      expect((await tokens.get('a')).token).toMatchObject({
        access_token: 'a.1',
        expires_at: null,
      });
      expect(scene).toMatchObject({ reads: 1, asked: [] });
    });

    it('is asked for once it was refused, and given again while it is too young', async () => {
      const scene = createScene({ a: null });
      const tokens = scene.open();
      await tokens.get('a');
      scene.answer = () => ({ status: 'skipped', reason: 'its token is fresh', expires_at: null });
      tokens.invalidate('a');
      expect((await tokens.get('a')).token.access_token).toBe('a.1');
      expect(scene.asked).toHaveLength(1);
    });

    it('wins over one that ends, of a tenant that is being moved', async () => {
      const scene = createScene({ a: HOUR }, { shards: { eu: { a: null } } });
      const tokens = scene.open();
      await tokens.tenants();
      expect(await tokens.get('a')).toMatchObject({ shard: 'eu' });
    });
  });

  describe('when the refresh fails', () => {
    const failed: RefreshAnswer = {
      status: 'failed',
      error: describeFailure('needs_authorization', { tenant: 'a', provider: 'Amazon Ads' }),
    };

    it('gives the token that still lives, and asks again only later', async () => {
      const scene = createScene({ a: HOUR });
      scene.clock.jump(57 * MINUTE);
      scene.answer = () => failed;
      const tokens = scene.open();
      for (let i = 0; i < 5; i++) {
        expect((await tokens.get('a')).token.access_token).toBe('a.1');
      }
      expect(scene.asked).toHaveLength(1);
      scene.clock.jump(31_000);
      await tokens.get('a');
      expect(scene.asked).toHaveLength(2);
    });

    it('says what to do next once the token has ended, without asking each time', async () => {
      const scene = createScene({ a: MINUTE });
      scene.clock.jump(HOUR);
      scene.answer = () => failed;
      const tokens = scene.open();
      for (let i = 0; i < 3; i++) {
        await expect(tokens.get('a')).rejects.toMatchObject({
          name: 'TokenError',
          code: 'failing',
          tenant: 'a',
          failure: 'needs_authorization',
          retryable: false,
          nextStep: 'Ask the client to consent again: tokens connect a',
          message: expect.stringContaining('no longer accepts the refresh token of tenant a'),
        });
      }
      expect(scene.asked).toHaveLength(1);
    });

    it('finds out on its own that the tenant works again', async () => {
      const scene = createScene({ a: MINUTE });
      scene.clock.jump(HOUR);
      scene.answer = () => failed;
      const tokens = scene.open();
      await expect(tokens.get('a')).rejects.toThrow();
      scene.issue('a', HOUR);
      scene.clock.jump(31_000);
      expect((await tokens.get('a')).token.access_token).toBe('a.2');
      expect(scene.asked).toHaveLength(1);
    });

    it.each<[RefreshAnswer, string, boolean]>([
      [{ status: 'busy', reason: 'another run holds the shard' }, 'busy', true],
      [{ status: 'deferred', reason: 'the time was over' }, 'busy', true],
      [{ status: 'skipped', reason: 'it is disabled' }, 'failing', false],
      [{ status: 'unknown_tenant' }, 'unknown_tenant', false],
      [{ status: 'rotated', expires_at: '2030-01-01T00:00:00.000Z' }, 'busy', true],
    ])('tells %j as %s', async (answer, code, retryable) => {
      const scene = createScene({ a: MINUTE });
      scene.clock.jump(HOUR);
      scene.answer = () => answer;
      await expect(scene.open().get('a')).rejects.toMatchObject({ code, retryable, tenant: 'a' });
    });

    it.each<[StoreError['reason'], string]>([
      ['denied', 'not_authorized'],
      ['throttled', 'busy'],
      ['unavailable', 'unavailable'],
      ['not_found', 'unavailable'],
    ])(
      'tells a store that is %s as %s, and gives a living token all the same',
      async (reason, code) => {
        const scene = createScene({ a: HOUR });
        const tokens = scene.open();
        await tokens.get('a');
        const fault = () => {
          throw new StoreError(reason, 'permission lambda:InvokeFunction is missing');
        };
        scene.answer = fault;
        scene.clock.jump(57 * MINUTE);
        expect((await tokens.get('a')).token.access_token).toBe('a.1');
        scene.clock.jump(HOUR);
        await expect(tokens.get('a')).rejects.toMatchObject({
          code,
          message: expect.stringContaining('lambda:InvokeFunction'),
        });
      },
    );

    it('does not wait long for a better token while one lives', async () => {
      const scene = createScene({ a: HOUR });
      scene.clock.jump(57 * MINUTE);
      const tokens = scene.open();
      scene.answer = async () => {
        await scene.clock.sleep(150_000);
        return { status: 'busy' };
      };
      await tokens.get('a');
      const startedAt = scene.clock.now();
      await tokens.get('a');
      expect(scene.clock.now() - startedAt).toBeLessThanOrEqual(10_000);
    });

    it('asks again after half a minute, also where the wall clock was set back', async () => {
      const scene = createScene({ a: 4 * HOUR });
      const tokens = scene.open();
      await tokens.get('a');
      scene.clock.jump(5 * HOUR);
      scene.answer = () => ({ status: 'busy' });
      await expect(tokens.get('a')).rejects.toMatchObject({ code: 'busy' });
      scene.clock.jump(-30 * MINUTE);
      await expect(tokens.get('a')).rejects.toMatchObject({ code: 'busy' });
      expect(scene.asked).toHaveLength(1);
      await scene.clock.sleep(30_000);
      await expect(tokens.get('a')).rejects.toMatchObject({ code: 'busy' });
      expect(scene.asked).toHaveLength(2);
    });

    it('gives the token that was published while its refresh still waits for others', async () => {
      const scene = createScene({ a: MINUTE });
      scene.clock.jump(HOUR);
      scene.answer = async () => {
        scene.issue('a', HOUR);
        await scene.clock.sleep(60_000);
        return { status: 'rotated' };
      };
      const startedAt = scene.clock.now();
      expect((await scene.open().get('a')).token.access_token).toBe('a.2');
      expect(scene.clock.now() - startedAt).toBeLessThan(11_000);
    });

    it('waits on for a refresh where no token was published, or none can be read', async () => {
      const scene = createScene({ a: MINUTE });
      scene.clock.jump(HOUR);
      scene.answer = async () => {
        await scene.clock.sleep(20_000);
        scene.issue('a', HOUR);
        return { status: 'rotated' };
      };
      expect((await scene.open().get('a')).token.access_token).toBe('a.2');
    });

    it('throws what is a fault of the program as it is', async () => {
      const scene = createScene({ a: MINUTE });
      scene.clock.jump(HOUR);
      scene.answer = () => {
        throw new TypeError('a bug');
      };
      await expect(scene.open().get('a')).rejects.toThrow(TypeError);
    });
  });

  describe('invalidate', () => {
    it('asks for a refresh with the refused fingerprint, and gives the new token', async () => {
      const scene = createScene({ a: HOUR });
      const tokens = scene.open();
      const { token } = await tokens.get('a');
      scene.clock.jump(11 * MINUTE);
      tokens.invalidate('a', token.access_token);
      expect((await tokens.get('a')).token.access_token).toBe('a.2');
      expect(scene.asked).toEqual([{ tenant: 'a', shard: 'default', refused: fingerprint('a.1') }]);
      await tokens.get('a');
      expect(scene.asked).toHaveLength(1);
    });

    it('asks once for many callers that were refused together, late ones too', async () => {
      const scene = createScene({ a: HOUR });
      const tokens = scene.open();
      const { token } = await tokens.get('a');
      scene.clock.jump(11 * MINUTE);
      const refusedCaller = async () => {
        tokens.invalidate('a');
        return tokens.get('a');
      };
      await Promise.all(Array.from({ length: 50 }, refusedCaller));
      tokens.invalidate('a');
      tokens.invalidate('a', token.access_token);
      expect((await tokens.get('a')).token.access_token).toBe('a.2');
      expect(scene.asked).toHaveLength(1);
    });

    it('leaves the newer token alone when an older one was refused', async () => {
      const scene = createScene({ a: HOUR });
      const tokens = scene.open();
      await tokens.get('a');
      tokens.invalidate('a', 'a.0');
      await tokens.get('a');
      expect(scene.asked).toEqual([]);
    });

    it('gives a refused token again that is too young to replace, without a loop', async () => {
      const scene = createScene({ a: HOUR });
      const tokens = scene.open();
      await tokens.get('a');
      scene.answer = () => ({
        status: 'skipped',
        reason: 'its token is fresh',
        expires_at: scene.endOf('a'),
      });
      for (let i = 0; i < 5; i++) {
        tokens.invalidate('a');
        expect((await tokens.get('a')).token.access_token).toBe('a.1');
      }
      expect(scene.asked).toHaveLength(1);
    });

    it('does not give a refused token whose refresh fails', async () => {
      const scene = createScene({ a: HOUR });
      const tokens = scene.open();
      await tokens.get('a');
      scene.answer = () => ({
        status: 'failed',
        error: describeFailure('needs_authorization', { tenant: 'a' }),
      });
      tokens.invalidate('a');
      await expect(tokens.get('a')).rejects.toMatchObject({
        code: 'failing',
        failure: 'needs_authorization',
      });
    });

    it('does nothing for a tenant of which nothing is known', async () => {
      const scene = createScene({ a: HOUR });
      const tokens = scene.open();
      tokens.invalidate('a');
      await tokens.get('a');
      expect(scene.asked).toEqual([]);
    });
  });

  describe('shards', () => {
    it('looks through all shards for unknown tenants, once for thousands of them', async () => {
      const scene = createScene(
        { a: HOUR },
        { shards: { eu: { b: HOUR, c: HOUR }, us: { d: HOUR } } },
      );
      const tokens = scene.open();
      expect(await tokens.get('b')).toMatchObject({ shard: 'eu' });
      expect(await tokens.get('d')).toMatchObject({ shard: 'us' });
      await tokens.get('c');
      await tokens.get('a');
      expect(scene.log).toEqual(['read', 'list', 'read', 'read eu', 'read us']);
      expect(await tokens.tenants()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('looks in a named shard alone', async () => {
      const scene = createScene({ a: HOUR }, { shards: { eu: { b: HOUR } } });
      const tokens = scene.open({ shard: 'eu' });
      await tokens.get('b');
      scene.answer = () => ({ status: 'unknown_tenant' });
      await expect(tokens.get('a')).rejects.toMatchObject({ code: 'unknown_tenant' });
      expect(await tokens.tenants()).toEqual(['b']);
      expect(scene.log).not.toContain('list');
      expect(scene.log).not.toContain('read');
    });

    it('asks the default shard for a new tenant where shards may not be listed', async () => {
      const scene = createScene({});
      scene.list = () => {
        throw new StoreError('denied', 'permission secretsmanager:ListSecrets is missing');
      };
      expect((await scene.open().get('a')).token.access_token).toBe('a.1');
      expect(scene.asked).toEqual([{ tenant: 'a', shard: 'default', refused: null }]);
    });

    it('does not call a tenant unknown while a shard does not answer', async () => {
      const scene = createScene({ a: HOUR }, { shards: { eu: { b: HOUR } } });
      scene.fail = 'eu';
      await expect(scene.open().get('b')).rejects.toMatchObject({ code: 'unavailable' });
      expect(scene.asked).toEqual([]);
    });

    it('follows a tenant that was moved to another shard', async () => {
      const scene = createScene({ a: HOUR }, { shards: { eu: {} } });
      const tokens = scene.open();
      await tokens.get('a');
      scene.clock.jump(56 * MINUTE);
      scene.move('a', 'eu');
      scene.issue('a', HOUR, 'eu');
      expect(await tokens.get('a')).toMatchObject({ shard: 'eu', token: { access_token: 'a.2' } });
      expect(scene.asked).toEqual([]);
    });
  });

  it.each(['__proto__', '../x', '', 'a/b', 'x'.repeat(65)])(
    'refuses the name %j without asking anybody',
    async (name) => {
      const scene = createScene({ a: HOUR });
      await expect(scene.open().get(name)).rejects.toMatchObject({ code: 'unknown_tenant' });
      expect(scene.log).toEqual([]);
    },
  );
});

/** How long each tenant's token lives, in milliseconds; null: for ever. */
type Lives = Record<string, number | null>;

/** A source in memory that issues `<tenant>.<count>`, and notes what it is asked. */
function createScene(
  lives: Lives,
  { together = false, shards = {} as Record<string, Lives> } = {},
) {
  const clock: SimulatedClock = createSimulatedClock();
  const stored = new Map<string, Map<string, PublishedToken>>();
  const counts = new Map<string, number>();
  let turn = 0;
  let versionAt = 0;
  let served: { versionId: string; createdAt: number; text: string } | null = null;

  const scene = {
    clock,
    log: [] as string[],
    asked: [] as RefreshRequest[],
    reads: 0,
    /** After a refresh so many reads still show the version of before. */
    lag: 0,
    /** A shard that does not answer. */
    fail: '',
    list: () => [...stored.keys()],
    answer: null as ((request: RefreshRequest) => RefreshAnswer | Promise<RefreshAnswer>) | null,
    current: (tenant: string) => `${tenant}.${counts.get(tenant)}`,
    endOf: (tenant: string, shard = 'default') =>
      stored.get(shard)?.get(tenant)?.expires_at ?? null,
    issue(tenant: string, lifeMs: number | null, shard = 'default') {
      const count = (counts.get(tenant) ?? 0) + 1;
      counts.set(tenant, count);
      versionAt++;
      const at = clock.now();
      const folder = `${String(++turn).padStart(8, '0')}-${new Date(at).toISOString()}`;
      const token = {
        access_token: `${tenant}.${count}`,
        token_type: 'bearer',
        expires_at: lifeMs === null ? null : new Date(at + lifeMs).toISOString(),
        headers: {},
        archive_key: `responses/${shard}/${folder}/${tenant}-1.json`,
      };
      stored.set(shard, new Map([...(stored.get(shard) ?? []), [tenant, token]]));
    },
    move(tenant: string, to: string) {
      const token = stored.get('default')?.get(tenant);
      stored.get('default')?.delete(tenant);
      if (token) {
        stored.set(to, new Map([...(stored.get(to) ?? []), [tenant, token]]));
      }
      versionAt++;
    },
    version: (shard = 'default') => ({
      versionId: `${versionAt}`,
      createdAt: versionAt,
      text: JSON.stringify({ version: 1, tenants: Object.fromEntries(stored.get(shard) ?? []) }),
    }),
    serve(version: { versionId: string; createdAt: number; text: string } | null) {
      served = version;
    },
    open: (options: Partial<CacheOptions> = {}) =>
      createCachedTokens(source, { marginMs: 5 * MINUTE, shard: null, clock, ...options }),
  };

  const source: TokenSource = {
    async read(shard) {
      scene.reads++;
      scene.log.push(shard === 'default' ? 'read' : `read ${shard}`);
      const version = served ?? scene.version(shard);
      if (served && scene.lag-- <= 1) {
        served = null;
      }
      await clock.sleep(10);
      if (shard === scene.fail) {
        throw new StoreError('unavailable', 'it had no usable answer');
      }
      return version;
    },
    async shards() {
      scene.log.push('list');
      return scene.list();
    },
    async refresh(request) {
      scene.log.push(`refresh ${request.tenant}`);
      scene.asked.push(request);
      await clock.sleep(100);
      if (scene.answer) {
        return scene.answer(request);
      }
      const before = scene.version(request.shard);
      const names = together ? [...(stored.get(request.shard)?.keys() ?? [])] : [request.tenant];
      for (const name of names) {
        scene.issue(name, HOUR, request.shard);
      }
      if (scene.lag > 0) {
        served = before;
      }
      return { status: 'rotated', expires_at: scene.endOf(request.tenant, request.shard) };
    },
  };

  stored.set('default', new Map());
  for (const [shard, tenants] of Object.entries({ default: lives, ...shards })) {
    stored.set(shard, stored.get(shard) ?? new Map());
    for (const [tenant, lifeMs] of Object.entries(tenants)) {
      scene.issue(tenant, lifeMs, shard);
    }
  }
  return scene;
}
