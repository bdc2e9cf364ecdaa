import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { Failure } from '../../../lambda/outcome.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure, type Reply, textReply } from '../../fakes/simulated-http.ts';

/** A tenant that holds a code of its account, and whatever else it is given. */
function codeScene(more: object = {}): Scene & { code: string } {
  const scene = createScene();
  const { refresh_token: _, ...entry } = scene.tenant('acme');
  const code = scene.server.consent('acme');
  const tenant = {
    ...entry,
    redirect_uri: 'https://x.example/',
    authorization_code: code,
    code_verifier: 'v'.repeat(43),
    note: 'keep me',
  };
  scene.save('default', {
    tenants: { acme: { ...tenant, ...more }, other: scene.tenant('other') },
  });
  return { ...scene, code };
}

const codesSent = (scene: Scene) =>
  scene.http.sent.filter(({ credential }) => credential?.startsWith('code.')).length;

describe('an authorization code', () => {
  it('is exchanged once, removed with its verifier, and replaced by what it issued', async () => {
    const scene = codeScene();
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'rotated',
      grant_type: 'authorization_code',
    });
    const entry = scene.map().tenants.acme;
    expect(entry).not.toHaveProperty('authorization_code');
    expect(entry).not.toHaveProperty('code_verifier');
    expect(entry).toMatchObject({ note: 'keep me' });
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    await scene.run();
    expect(codesSent(scene)).toBe(1);
  });

  const answers: [string, Reply][] = [
    ['a refusal', jsonReply(400, { error: 'invalid_grant' })],
    ['trouble', textReply(503, '')],
    ['throttling', jsonReply(429, {}, { 'retry-after': '1' })],
    ['a reset', networkFailure('no_answer', 'ECONNRESET')],
    ['HTML', textReply(200, '<html>')],
  ];

  it.each(answers)(
    'is spent by any answer (%s): sent once, removed, with the way to a new one',
    async (_what, reply) => {
      const scene = codeScene({ provider: 'amazon-ads' });
      scene.http.reply('acme', reply);
      const { error, status } = outcomeOf(await scene.run(), 'acme');
      expect(status).toBe('failed');
      expect(error?.next_step).toContain('tokens connect acme');
      expect(scene.map().tenants.acme).not.toHaveProperty('authorization_code');
      expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('needs_authorization');
      expect(codesSent(scene)).toBe(1);
    },
  );

  it.each(answers)('that failed (%s) leaves the old refresh token in use', async (_what, reply) => {
    const scene = codeScene();
    const old = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: old }));
    scene.http.reply('acme', reply);
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome).toMatchObject({ status: 'rotated', grant_type: 'refresh_token', attempts: 2 });
    expect(outcome.warning).toContain('refresh token');
    expect(scene.map().tenants.acme).not.toHaveProperty('authorization_code');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('that never left is kept, and sent by the next run', async () => {
    const scene = codeScene();
    scene.http.always('acme', networkFailure('not_sent', 'ECONNREFUSED'));
    expect(outcomeOf(await scene.run(), 'acme').error).toMatchObject({
      code: 'provider_unavailable',
      next_step: expect.stringContaining('next run'),
    });
    expect(scene.map().tenants.acme).toHaveProperty('authorization_code', scene.code);
    scene.http.always('acme', null);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('that never left is kept also where nothing lets it try again in this run', async () => {
    const scene = codeScene();
    scene.http.reply('acme', networkFailure('not_sent', 'ECONNREFUSED'));
    scene.faults.fail(
      ({ port, op, on }) => port === 'archive' && op === 'put' && on.endsWith('/acme-1.json'),
    );
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('provider_unavailable');
    expect(scene.map().tenants.acme).toHaveProperty('authorization_code', scene.code);
    scene.faults.heal();
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });

  it('is not sent when the state cannot say so first', async () => {
    const scene = codeScene();
    let writes = 0;
    scene.faults.fail(({ port, op }) => port === 'states' && op === 'write' && ++writes > 1);
    await scene.run().catch(() => {});
    expect(codesSent(scene)).toBe(0);
    scene.faults.heal();
    scene.clock.jump(200_000);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });

  it('that brings no refresh token leaves the old one in use', async () => {
    const scene = codeScene();
    const old = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: old }));
    scene.http.reply(
      'acme',
      jsonReply(200, { access_token: 'of-the-code', token_type: 'Bearer', expires_in: 60 }),
    );
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    expect(scene.isSafe('acme')).toBe(true);
  });

  it.each(['oauth2', 'instacart-connect', 'amazon-ads'])(
    'of %s that brings no refresh token publishes what it brought',
    async (provider) => {
      const scene = codeScene({ provider });
      scene.http.reply(
        'acme',
        jsonReply(200, { access_token: 'of-the-code', token_type: 'Bearer', expires_in: 600 }),
      );
      expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
      expect(scene.published().acme?.access_token).toBe('of-the-code');
      expect(scene.map().tenants.acme).not.toHaveProperty('authorization_code');
    },
  );

  it('that an operator puts in later is used, whatever became of the one before', async () => {
    const scene = codeScene();
    scene.http.reply('acme', jsonReply(400, { error: 'invalid_grant' }));
    await scene.run();
    const code = scene.server.consent('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { authorization_code: code }));
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({ status: 'rotated', healed: true });
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('that was spent is not sent again when an old copy of the map brings it back', async () => {
    const scene = codeScene();
    const old = scene.world.vault.text('default');
    await scene.run();
    scene.world.vault.save('default', old);
    await scene.run();
    expect(codesSent(scene)).toBe(1);
    expect(scene.map().tenants.acme).not.toHaveProperty('authorization_code');
    expect(scene.isSafe('acme')).toBe(true);
  });
});

describe('an outcome', () => {
  it('names the current credential by fingerprint, and where its answer is', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome.fingerprint).toBe(fingerprint(scene.token('acme')));
    expect(scene.world.objects.has(outcome.archive_key ?? '')).toBe(true);
    expect(outcome).toMatchObject({
      shard: 'default',
      provider: 'oauth2',
      duration_ms: 100,
      expires_at: scene.published().acme?.expires_at,
    });
  });

  it('is skipped for a tenant that the operator removed meanwhile, who stays removed', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), other: scene.tenant('other') },
    });
    scene.http.reply('acme', (request) => {
      scene.edit((map) => delete map.tenants.acme);
      return scene.server.handle(request);
    });
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'skipped',
      reason: 'it was removed from the map meanwhile',
    });
    expect(scene.map().tenants).not.toHaveProperty('acme');
    expect(scene.published()).not.toHaveProperty('acme');
  });

  it('is skipped for a tenant whose credential the operator replaced during the run', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    let his = '';
    scene.http.reply('acme', (request) => {
      const answer = scene.server.handle(request);
      his = scene.server.reissue('acme');
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: his }));
      return answer;
    });
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('replaced'),
    });
    expect(scene.token('acme')).toBe(his);
    expect(scene.published()).toEqual({});
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('is uncommitted when the vault refuses, and recovered by the next run unasked', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'uncommitted',
      error: { code: 'commit_failed', retryable: true },
    });
    expect(report.failures).toMatchObject([
      {
        shard: 'default',
        code: 'commit_failed',
        next_step: expect.stringContaining('Nothing is lost'),
      },
    ]);
    expect(report.gauges?.tokens_waiting).toBe(1);
    scene.faults.heal();
    const next = await scene.run();
    expect(outcomeOf(next, 'acme')).toMatchObject({ status: 'recovered', healed: true });
    expect(next).not.toHaveProperty('failures');
    expect(scene.http.sent).toHaveLength(1);
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
  });

  it('is rotated for a recovered tenant that is named, or whose token ends soon', async () => {
    for (const [jumpMs, request] of [
      [0, { tenants: ['acme'] }],
      [3_400_000, {}],
    ] as const) {
      const scene = createScene();
      scene.save('default', { tenants: { acme: scene.tenant('acme') } });
      const old = scene.world.vault.text('default');
      await scene.run();
      scene.world.vault.save('default', old);
      scene.clock.jump(jumpMs);
      expect(outcomeOf(await scene.run(request), 'acme').status).toBe('rotated');
      expect(scene.isSafe('acme')).toBe(true);
      expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    }
  });

  it('is failed with needs_authorization if the successor of a spent token is lost', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const old = scene.world.vault.text('default');
    await scene.run();
    await scene.run();
    scene.world.vault.save('default', old);
    for (const key of scene.world.objects.keys()) {
      if (key.startsWith('responses/')) {
        scene.world.objects.delete(key);
      }
    }
    scene.http.sent.length = 0;
    expect(outcomeOf(await scene.run(), 'acme').error).toMatchObject({
      code: 'needs_authorization',
      message: expect.stringContaining('acme'),
    });
    expect(scene.http.sent).toEqual([]);
  });

  it('says what happened, to whom and what to do, and never a word of the provider', async () => {
    const failures: Failure[] = [];
    for (const reply of [
      jsonReply(400, { error: 'invalid_grant', error_description: 'canary words' }),
      jsonReply(200, {}),
      textReply(404, 'canary words'),
    ]) {
      const scene = createScene();
      scene.save('default', { tenants: { acme: scene.tenant('acme') } });
      scene.http.always('acme', reply);
      const { error } = outcomeOf(await scene.run(), 'acme');
      if (error) {
        failures.push(error);
      }
    }
    expect(failures).toHaveLength(3);
    for (const failure of failures) {
      expect(failure.message).toMatch(/acme/);
      expect(failure.next_step.length).toBeGreaterThan(10);
      expect(JSON.stringify(failure)).not.toContain('canary');
    }
  });
});

describe('a shard that cannot be read', () => {
  it.each([
    ['no JSON', '{"version":1,', /is not JSON/],
    ['SecretBinary', undefined, /SecretBinary/],
    ['a key twice', '{"version":1,"tenants":{"a":{},"a":{}}}', /tenants\.a stands twice/],
    ['another version', '{"version":2,"tenants":{}}', /"version" is not 1/],
    ['a list', '[]', /not an object/],
    ['tenants that are a list', '{"version":1,"tenants":[]}', /"tenants" is not an object/],
  ])('(%s) fails alone, and nothing is written to it', async (_what, text, message) => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.world.vault.save('eu', text);
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expect(report.failures).toMatchObject([
      { shard: 'eu', code: 'shard_unreadable', message: expect.stringMatching(message) },
    ]);
    expect(scene.world.vault.versionCount('eu')).toBe(1);
    expect((await scene.run()).failures).toMatchObject([{ repeated: true }]);
    const named = await scene.run({ tenants: ['acme'] });
    expect(named).not.toHaveProperty('failures');
  });

  it('because it is denied says of its tenants that they were not asked', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    let reads = 0;
    scene.faults.fail(({ port, op }) => port === 'vault' && op === 'read' && ++reads > 1, {
      reason: 'denied',
    });
    const report = await scene.run({ tenants: ['acme'] });
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'failed',
      error: {
        code: 'shard_unreadable',
        next_step: expect.stringMatching(/^Remove the cause that the failure of shard \S+ names/),
      },
    });
    expect(report.failures).toMatchObject([{ code: 'shard_unreadable' }]);
    expect(scene.http.sent).toEqual([]);
  });
});
