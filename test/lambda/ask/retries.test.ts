import { describe, expect, it } from 'vitest';
import { TIME_NEEDED_MS } from '../../../lambda/deadlines.ts';
import { instantOf } from '../../../lambda/keep/elapsed.ts';
import { type Clock, type HttpAnswer, StoreError } from '../../../lambda/ports.ts';
import type { Gate } from '../../fakes/memory-ports.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure, type Reply, textReply } from '../../fakes/simulated-http.ts';

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  scene.save('default', {
    tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
  });
  return scene;
}

/** Tenants of one app: one client, its places taken in turn. */
function sceneOfApp(names: readonly string[], pace: object = {}): Scene {
  const scene = createScene();
  scene.save('default', mapOfApp(scene, names, pace));
  return scene;
}

/** Answers always so. With the second answer the wall clock loses an hour. */
function clockSetBackAt({ http, clock }: Scene, reply: HttpAnswer): Clock {
  let setBackMs = 0;
  http.reply('acme', reply);
  http.always('acme', () => {
    setBackMs = 3_600_000;
    return reply;
  });
  return { ...clock, now: () => clock.now() - setBackMs };
}

const lastSentAfterMs = ({ http }: Scene) => (http.sent.at(-1)?.at ?? 0) - (http.sent[0]?.at ?? 0);
const gaps = ({ http }: Scene) =>
  http.sent.slice(1).map(({ at }, index) => at - (http.sent[index]?.at ?? 0));
const timeout = networkFailure('no_answer', 'timeout');

describe('a provider that asks to slow down', () => {
  it('is left alone for its Retry-After in seconds', async () => {
    const scene = sceneOf('acme');
    scene.http.reply('acme', jsonReply(429, {}, { 'retry-after': '7' }));
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ status: 'rotated', attempts: 2 });
    expect(gaps(scene)).toEqual([7_100]);
  });

  it('is left alone until its Retry-After date', async () => {
    const scene = sceneOf('acme');
    scene.http.reply(
      'acme',
      jsonReply(429, {}, { 'retry-after': 'Sun, 22 Nov 2026 02:17:30 GMT' }),
    );
    await scene.run();
    expect(scene.http.sent[1]?.at).toBe(Date.parse('2026-11-22T02:17:30Z'));
  });

  it('is asked again after a short wait when it names no time', async () => {
    const scene = sceneOf('acme');
    scene.http.reply('acme', textReply(429, '<html>slow down</html>'));
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(gaps(scene)[0]).toBeLessThan(1_000);
  });

  it.each(['0', 'Wed, 21 Oct 2015 07:28:00 GMT'])(
    'is not asked again and again where its Retry-After says %s',
    async (time) => {
      const scene = sceneOf('acme');
      scene.http.always('acme', jsonReply(429, {}, { 'retry-after': time }));
      expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('throttled');
      expect(scene.http.sent.length).toBeLessThan(60);
    },
  );

  it('keeps every tenant of its client waiting, and nobody else', async () => {
    const scene = sceneOfApp(['acme', 'brandx']);
    scene.edit((map) => (map.tenants.other = scene.tenant('other')));
    scene.http.reply('acme', jsonReply(429, {}, { 'retry-after': '30' }));
    const report = await scene.run();
    expect(report.summary.rotated).toBe(3);
    const startedAt = scene.http.sent[0]?.at ?? 0;
    const late = scene.http.sent
      .filter(({ at }) => at >= startedAt + 30_000)
      .map(({ account }) => account);
    expect(late).toContain('acme');
    expect(late).not.toContain('other');
  });

  it('fails a tenant that must wait longer than a run, and defers the others', async () => {
    const scene = sceneOfApp(['acme', 'brandx', 'carol'], { max_concurrency: 1 });
    scene.http.reply('acme', jsonReply(429, {}, { 'retry-after': '3600' }));
    const report = await scene.run();
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'failed',
      error: { code: 'throttled', retryable: true },
    });
    expect(outcomeOf(report, 'brandx')).toMatchObject({
      status: 'deferred',
      reason: 'the provider asked to wait',
    });
    expect(outcomeOf(report, 'carol').status).toBe('deferred');
    expect(scene.http.sent).toHaveLength(1);
    expect(['acme', 'brandx', 'carol'].every((name) => scene.isSafe(name))).toBe(true);
  });
});

describe('a provider in trouble', () => {
  it.each([500, 502, 503, 408, 425])('is asked again after HTTP %i', async (status) => {
    const scene = sceneOf('acme');
    scene.http.reply('acme', textReply(status, '<html>trouble</html>'));
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ status: 'rotated', attempts: 2 });
  });

  it('is left alone for the Retry-After of a 503', async () => {
    const scene = sceneOf('acme');
    scene.http.reply('acme', textReply(503, '', { 'retry-after': '12' }));
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(gaps(scene)[0]).toBeGreaterThanOrEqual(12_000);
  });

  it('is given up after a minute of retries, which get rarer', async () => {
    const scene = sceneOf('acme');
    scene.http.always('acme', textReply(500, ''));
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').error).toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    });
    const first = scene.http.sent[0]?.at ?? 0;
    expect((scene.http.sent.at(-1)?.at ?? 0) - first).toBeLessThanOrEqual(60_100);
    expect(scene.http.sent.length).toBeLessThan(60);
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('is asked for no longer than a minute where the wall clock is set back', async () => {
    const scene = sceneOf('acme');
    const clock = clockSetBackAt(scene, textReply(500, ''));
    const outcome = outcomeOf(await scene.rotate({}, { ...scene.openPorts(), clock }), 'acme');
    expect(outcome.error?.code).toBe('provider_unavailable');
    expect(lastSentAfterMs(scene)).toBeLessThanOrEqual(60_100);
  });

  it("is asked no longer than the function's time where the wall clock is set back", async () => {
    const scene = sceneOf('acme');
    const clock = clockSetBackAt(scene, textReply(500, ''));
    const deadlineAt = clock.now() + TIME_NEEDED_MS + 20_000;
    await scene.rotate({}, { ...scene.openPorts(), clock }, { deadlineAt });
    expect(lastSentAfterMs(scene)).toBeLessThanOrEqual(20_000);
  });

  it("counts the function's time from when it was told", async () => {
    const scene = sceneOf('acme');
    const { clock } = scene;
    const toldAt = instantOf(clock);
    const deadlineAt = toldAt.wall + TIME_NEEDED_MS - 1_000;
    const setBack = { ...clock, now: () => clock.now() - 3_600_000 };
    const ports = { ...scene.openPorts(), clock: setBack };
    const report = await scene.rotate({}, ports, { deadlineAt, toldAt });
    expect(outcomeOf(report, 'acme').status).toBe('deferred');
    expect(scene.http.sent).toEqual([]);
  });

  it.each(['ENOTFOUND', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'is asked three times where somebody has to act first (%s)',
    async (code) => {
      const scene = sceneOf('acme');
      scene.http.always('acme', networkFailure('not_sent', code));
      const outcome = outcomeOf(await scene.run(), 'acme');
      expect(outcome).toMatchObject({ attempts: 3, error: { code: 'provider_unavailable' } });
    },
  );

  it('is asked again where no connection was made', async () => {
    const scene = sceneOf('acme');
    scene.http.reply(
      'acme',
      networkFailure('not_sent', 'ECONNREFUSED'),
      networkFailure('not_sent', 'ENOTFOUND'),
    );
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ status: 'rotated', attempts: 3 });
  });
});

describe('an answer that was lost', () => {
  const lost = networkFailure('no_answer', 'ECONNRESET');
  const lostAnswers: [string, Reply][] = [
    ['a reset', lost],
    ['a timeout', timeout],
    [
      'a body cut in the middle',
      { ...textReply(200, '{"access_token":"a'), failure: { kind: 'cut', code: 'ECONNRESET' } },
    ],
  ];

  it.each(lostAnswers)(
    '(%s) makes the same refresh token be sent again at once',
    async (_what, reply) => {
      const scene = sceneOf('acme');
      scene.http.reply('acme', reply);
      const before = scene.token('acme');
      expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
        status: 'rotated',
        attempts: 2,
      });
      expect(scene.http.sent.map(({ credential }) => credential)).toEqual([before, before]);
      expect(gaps(scene)[0]).toBeLessThan(300);
    },
  );

  it.each(lostAnswers)(
    '(%s) twice is an unknown outcome: sent no third time, token kept',
    async (_what, reply) => {
      const scene = sceneOf('acme');
      scene.http.always('acme', reply);
      const before = scene.token('acme');
      const { error, attempts } = outcomeOf(await scene.run(), 'acme');
      expect(error).toMatchObject({ code: 'unknown_outcome', retryable: true });
      expect(error?.message).toContain('acme');
      expect(attempts).toBe(2);
      expect(scene.token('acme')).toBe(before);
    },
  );

  it('makes it be sent again at once only once, also where other faults come between', async () => {
    const scene = sceneOf('acme');
    scene.http.reply('acme', lost, jsonReply(503, {}), lost);
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      attempts: 3,
      error: { code: 'unknown_outcome' },
    });
  });

  it.each([
    ['an archive that is slow', 1, 'slow'],
    ['an archive that is away', 0, 'away'],
    ['a fault of the provider', 0, 'well'],
  ])('makes nothing be sent after the time for a second use: %s', async (_, twice, archive) => {
    const scene = createScene();
    const forgiving = { extends: 'oauth2', resend_within_s: 10 };
    const acme = scene.tenant('acme', 'detect', { provider: 'forgiving' });
    scene.save('default', { definitions: { forgiving }, tenants: { acme } });
    scene.http.reply('acme', lost);
    scene.http.always('acme', jsonReply(503, {}, { 'retry-after': '4' }));
    let puts = 0;
    const gate: Gate = async (effect, perform) => {
      if (effect.port === 'archive' && effect.op === 'put' && effect.on.includes('/acme-')) {
        puts += 1;
        await scene.clock.sleep(archive === 'slow' ? 7_900 : 0);
        if (archive === 'away' && puts > 1 && puts < 6) {
          throw new StoreError('unavailable', 'the archive is away on purpose');
        }
      }
      return perform();
    };
    await scene.rotate(
      {},
      scene.ports(gate, () => false, scene.http),
    );
    expect(scene.http.sent.length).toBeGreaterThan(twice);
    expect(lastSentAfterMs(scene)).toBeLessThan(10_000);
  });

  it.each<[string, Reply, string]>([
    ['HTML', textReply(200, '<html>hello</html>'), 'bad_response'],
    ['nothing', textReply(200, ''), 'bad_response'],
    [
      'a body beyond our limit',
      { ...textReply(200, 'x'.repeat(1_048_576)), failure: { kind: 'cut', code: 'too_large' } },
      'unread_response',
    ],
    ['bytes', textReply(200, new Uint8Array([0x01, 0x9f, 0x02, 0x96])), 'unread_response'],
    ['another name', jsonReply(200, { accessToken: 'at', refreshToken: 'n' }), 'unread_response'],
  ])('is none where a success of %s came whole, and nothing is sent again', async (...row) => {
    const [, reply, code] = row;
    const scene = sceneOf('acme');
    scene.http.always('acme', reply);
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ attempts: 1, error: { code } });
  });

  it('is asked for again before other tenants of its client get their turn', async () => {
    const names = ['acme', ...Array.from({ length: 6 }, (_, index) => `t${index}`)];
    const scene = sceneOfApp(names, { max_concurrency: 1 });
    scene.http.reply('acme', lost);
    await scene.run();
    expect(scene.http.accounts().slice(0, 2)).toEqual(['acme', 'acme']);
  });

  it('needs authorization at a server without grace, and is not sent again', async () => {
    const scene = sceneOf('acme');
    scene.http.reply('acme', (request) => {
      scene.server.handle(request);
      return lost;
    });
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      attempts: 2,
      error: { code: 'needs_authorization' },
    });
    expect(scene.http.sent).toHaveLength(2);
  });

  it('is healed by a server that gives the same answer again', async () => {
    const scene = sceneOf('acme');
    let answer: ReturnType<Scene['server']['handle']> | undefined;
    scene.http.reply(
      'acme',
      (request) => {
        answer = scene.server.handle(request);
        return lost;
      },
      () => answer ?? lost,
    );
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('of a grant that spends nothing is asked again with growing waits', async () => {
    const scene = createScene();
    const entry = {
      provider: 'oauth2',
      token_url: 'https://bot.example/token',
      client_id: 'bot',
      client_secret: 's',
      grant: 'client_credentials',
    };
    scene.save('default', { tenants: { bot: entry } });
    scene.http.always('bot', timeout);
    expect(outcomeOf(await scene.run(), 'bot').error?.code).toBe('unknown_outcome');
    expect(scene.http.sent.length).toBeLessThan(40);
  });
});

describe('a refusal', () => {
  it.each([
    [400, { error: 'invalid_grant' }, 'needs_authorization'],
    [400, { error: 'unauthorized_client' }, 'needs_authorization'],
    [401, { error: 'invalid_client' }, 'app_rejected'],
    [400, { error: 'invalid_request' }, 'request_rejected'],
    [400, { error: 'invalid_scope' }, 'request_rejected'],
    [400, { error: 'unsupported_grant_type' }, 'request_rejected'],
    [404, '<html>', 'request_rejected'],
    [302, '', 'request_rejected'],
    [200, { error: 'invalid_grant' }, 'needs_authorization'],
    [200, { token: 'x' }, 'bad_response'],
  ])('(HTTP %i %j) is asked for once only, and keeps the token', async (status, body, code) => {
    const scene = sceneOf('acme');
    const before = scene.world.vault.text('default');
    scene.http.always(
      'acme',
      typeof body === 'string'
        ? textReply(status, body, { location: 'https://elsewhere.example/' })
        : jsonReply(status, body),
    );
    const { error } = outcomeOf(await scene.run(), 'acme');
    expect(error?.code).toBe(code);
    expect(error?.message).toContain('acme');
    expect(error?.next_step).not.toBe('');
    expect(scene.http.sent).toHaveLength(1);
    expect(scene.world.vault.text('default')).toBe(before);
  });
});
