import { describe, expect, it } from 'vitest';
import { parseArchivedExchange } from '../../../lambda/history/archived-exchange.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure, type Reply, textReply } from '../../fakes/simulated-http.ts';

/** Two tenants of two clients: one whose server misbehaves, and one that must not notice. */
function twoTenants(rotation: 'detect' | 'never' = 'detect'): Scene {
  const scene = createScene();
  scene.save('default', {
    tenants: { acme: scene.tenant('acme', rotation), other: scene.tenant('other') },
  });
  return scene;
}

function exchangesOf(scene: Scene, tenant: string) {
  return [...scene.world.objects]
    .filter(([key]) => key.includes(`/${tenant}-`) && !key.endsWith('-0.json'))
    .map(([, text]) => parseArchivedExchange(JSON.parse(text)));
}

const lost = networkFailure('no_answer', 'ECONNRESET');

describe('a server that misbehaves', () => {
  const faults: [string, Reply][] = [
    ['429 with seconds', jsonReply(429, {}, { 'retry-after': '9999' })],
    ['429 with a date', jsonReply(429, {}, { 'retry-after': 'Mon, 23 Nov 2026 02:17:00 GMT' })],
    ['429 without a word', jsonReply(429, {})],
    ['500', textReply(500, '<html>')],
    ['503', jsonReply(503, { error: 'temporarily_unavailable' })],
    ['HTML with 200', textReply(200, '<html>maintenance</html>')],
    ['an error in an envelope with 200', jsonReply(200, { code: 40100, message: 'no' })],
    ['an OAuth error with 200', jsonReply(200, { error: 'invalid_grant' })],
    [
      'a truncated body',
      {
        ...textReply(200, '{"access_token":"x","refresh_'),
        failure: { kind: 'cut', code: 'ECONNRESET' },
      },
    ],
    [
      'a body that never ends',
      { ...textReply(200, '{'), failure: { kind: 'cut', code: 'timeout' } },
    ],
    ['a JSON list', jsonReply(200, [])],
    ['null', jsonReply(200, null)],
    ['an access token that is no text', jsonReply(200, { access_token: { nested: true } })],
    ['an access token with a line break', jsonReply(200, { access_token: 'a\r\nX: y' })],
    ['another token type', jsonReply(200, { access_token: 'a', token_type: 'mac' })],
    ['a redirect', textReply(307, '', { location: 'https://evil.example/' })],
    ['a reset', lost],
    ['a refused connection', networkFailure('not_sent', 'ECONNREFUSED')],
    ['status 204', textReply(204, '')],
    ['status 418', textReply(418, 'teapot')],
  ];

  it('(a body over the limit) costs its own tenant a decision, and the other nothing', async () => {
    const scene = twoTenants();
    const failure = { kind: 'cut', code: 'too_large' } as const;
    scene.http.reply('acme', { ...textReply(200, 'x'.repeat(100_000)), failure });
    const report = await scene.run();
    expect(outcomeOf(report, 'other').status).toBe('rotated');
    const unread = outcomeOf(report, 'acme').error;
    expect(unread?.code).toBe('unread_response');
    expect(unread?.message).toContain('too_large');
    scene.http.sent.length = 0;
    const next = await scene.run();
    expect(outcomeOf(next, 'acme').error).toMatchObject(unread ?? {});
    expect(outcomeOf(next, 'other').status).toBe('rotated');
    expect(scene.http.accounts()).toEqual(['other']);
  });

  it.each(faults)(
    '(%s) costs its own tenant nothing but time, and the other nothing',
    async (_what, reply) => {
      const scene = twoTenants();
      const before = scene.token('acme');
      scene.http.always('acme', reply);
      const report = await scene.run();
      expect(outcomeOf(report, 'other').status).toBe('rotated');
      expect(outcomeOf(report, 'acme').status).toBe('failed');
      expect(outcomeOf(report, 'acme').error?.message).toContain('acme');
      expect(scene.token('acme')).toBe(before);
      expect(scene.published()).not.toHaveProperty('acme');
      expect(exchangesOf(scene, 'acme')).toHaveLength(outcomeOf(report, 'acme').attempts ?? -1);
      scene.http.always('acme', null);
      expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
        status: 'rotated',
        healed: true,
      });
      expect(scene.isSafe('acme')).toBe(true);
      expect(scene.isSafe('other')).toBe(true);
    },
  );

  it('keeps the published token of a tenant whose refresh fails', async () => {
    const scene = twoTenants();
    await scene.run();
    const published = scene.published().acme;
    scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
    await scene.run();
    expect(scene.published().acme).toEqual(published);
  });

  it('issues what is at its refresh-token path, even if the rest is useless', async () => {
    const scene = twoTenants();
    scene.http.reply('acme', (request) => {
      const { refresh_token } = JSON.parse(
        Buffer.from(scene.server.handle(request).body).toString(),
      );
      return jsonReply(200, { error: 'server_error', refresh_token });
    });
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('bad_response');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('issues what its body says though the connection broke after it', async () => {
    const scene = twoTenants();
    scene.http.reply('acme', (request) => ({
      ...scene.server.handle(request),
      failure: { kind: 'cut', code: 'ECONNRESET' },
    }));
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ status: 'rotated', attempts: 1 });
    expect(scene.isSafe('acme')).toBe(true);
  });
});

describe('a refresh token in the reply', () => {
  it.each([
    ['the same', (token: string) => ({ refresh_token: token }), false],
    ['missing', () => ({}), false],
    ['empty', () => ({ refresh_token: '' }), false],
    ['null', () => ({ refresh_token: null }), false],
    ['no text', () => ({ refresh_token: 17 }), false],
    ['new', () => ({ refresh_token: 'refresh.acme.99' }), true],
  ])('that is %s is kept or replaced as it says', async (_what, more, changed) => {
    const scene = twoTenants('never');
    const before = scene.token('acme');
    scene.http.reply(
      'acme',
      jsonReply(200, { access_token: 'a', token_type: 'Bearer', expires_in: 60, ...more(before) }),
    );
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'rotated',
      refresh_token_changed: changed,
    });
    expect(scene.token('acme')).toBe(changed ? 'refresh.acme.99' : before);
    expect(scene.published().acme?.access_token).toBe('a');
  });
});

describe('the life of a token', () => {
  it.each([
    ['a number', { expires_in: 1800 }, 1800],
    ['a numeric text', { expires_in: '1800' }, 1800],
    ['0', { expires_in: 0 }, 3600],
    ['absent', {}, 3600],
    ['negative', { expires_in: -5 }, 3600],
    ['nonsense', { expires_in: 'soon' }, 3600],
    ['beside a created_at of long ago', { expires_in: 1800, created_at: 1_000_000 }, 1800],
  ])('is told right when expires_in is %s', async (_what, more, seconds) => {
    const scene = twoTenants('never');
    scene.http.reply('acme', jsonReply(200, { access_token: 'a', ...more }));
    const sentAt = scene.clock.now();
    await scene.run();
    expect(scene.published().acme?.expires_at).toBe(
      new Date(sentAt + seconds * 1000).toISOString(),
    );
  });
});

describe('a provider that hangs', () => {
  const hanging =
    (scene: Scene, forMs = 20_000) =>
    async () => {
      await scene.clock.sleep(forMs);
      return networkFailure('no_answer', 'timeout');
    };

  it('costs its own tenants only, and bounded time', async () => {
    const scene = createScene();
    const names = Array.from({ length: 60 }, (_, index) => `h${index}`);
    const app = {
      provider: 'oauth2',
      token_url: 'https://hang.example/token',
      client_id: 'hang',
      client_secret: 's',
    };
    const tenants = names.map((name) => [
      name,
      { app: 'hang', refresh_token: scene.server.open(name, 'detect') },
    ]);
    scene.save('default', {
      apps: { hang: app },
      tenants: { ...Object.fromEntries(tenants), other: scene.tenant('other') },
    });
    for (const name of names) {
      scene.http.always(name, hanging(scene));
    }
    const startedAt = scene.clock.now();
    const report = await scene.run();
    expect(outcomeOf(report, 'other').status).toBe('rotated');
    expect(scene.clock.now() - startedAt).toBeLessThan(150_000);
    expect(report.summary.deferred).toBeGreaterThan(40);
    expect(outcomeOf(report, 'h0').error?.code).toBe('unknown_outcome');
    for (const name of names) {
      expect(scene.isSafe(name)).toBe(true);
    }
  });
});

describe('a client whose credentials are refused', () => {
  function appOfTen(): Scene {
    const scene = createScene({ shards: ['default', 'eu'] });
    const app = {
      provider: 'oauth2',
      token_url: 'https://shared.example/token',
      client_id: 'shared',
      client_secret: 's',
    };
    const tenant = (name: string) => [
      name,
      { app: 'shared', refresh_token: scene.server.open(name, 'detect') },
    ];
    const names = Array.from({ length: 10 }, (_, index) => `t${index}`);
    scene.save('default', {
      apps: { shared: app },
      tenants: { ...Object.fromEntries(names.map(tenant)), other: scene.tenant('other') },
    });
    scene.save('eu', { apps: { shared: app }, tenants: Object.fromEntries([tenant('euro')]) });
    for (const name of [...names, 'euro']) {
      scene.http.always(name, jsonReply(401, { error: 'invalid_client' }));
    }
    return scene;
  }

  it('fails one tenant, blocks the others of its client, and no other client', async () => {
    const scene = appOfTen();
    const report = await scene.run();
    const codes = report.outcomes.map(({ error }) => error?.code);
    expect(codes.filter((code) => code === 'app_rejected')).toHaveLength(1);
    expect(codes.filter((code) => code === 'app_blocked')).toHaveLength(10);
    expect(outcomeOf(report, 'other').status).toBe('rotated');
    expect(scene.http.sent.length).toBeLessThan(8);
  });

  it('is one new failure, told with the app and the command that mends it', async () => {
    const report = await appOfTen().run();
    const told = report.outcomes.filter(({ newly_failing }) => newly_failing);
    expect(told).toHaveLength(1);
    expect(told[0]?.error?.message).toContain('app shared');
    expect(told[0]?.error?.next_step).toContain('tokens app set-secret shared');
  });

  it('is asked again by the next run', async () => {
    const scene = appOfTen();
    await scene.run();
    for (const name of [...Array.from({ length: 10 }, (_, index) => `t${index}`), 'euro']) {
      scene.http.always(name, null);
    }
    expect((await scene.run()).summary).toMatchObject({ rotated: 12, failed: 0 });
  });
});
