import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../lambda/ports.ts';
import { refreshOnDemand } from '../../../lambda/run/refresh-on-demand.ts';
import { faultyVault } from '../../fakes/faulty-vault.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure } from '../../fakes/simulated-http.ts';

const MINUTE_MS = 60_000;

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  const entries = names.map((name) => [name, scene.tenant(name)]);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  return scene;
}

describe('one oversized value', () => {
  it('is told as what it is by every later run', async () => {
    const scene = sceneOf('acme');
    scene.http.reply(
      'acme',
      jsonReply(200, { access_token: 'a', refresh_token: 'r'.repeat(70_000) }),
    );
    for (let i = 0; i < 3; i++) {
      const { error } = outcomeOf(await scene.run(), 'acme');
      expect(error).toMatchObject({ code: 'shard_full' });
      expect(error?.message).toContain('The archive keeps it');
    }
    expect(scene.http.sent).toHaveLength(1);
  });

  it('is sent where it fits, however long it is', async () => {
    const scene = sceneOf('acme');
    const long = 'r'.repeat(30_000);
    const reply = jsonReply(200, { access_token: 'a', refresh_token: long });
    scene.http.reply('acme', reply);
    scene.http.reply('acme', reply);
    for (let i = 0; i < 2; i++) {
      expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    }
    expect(scene.http.sent[1]?.credential).toBe(long);
  });

  it('is no fault of its entry where it nearly fills the secret', async () => {
    const scene = sceneOf('acme', 'brandx');
    const long = 'r'.repeat(62_000);
    scene.http.reply('acme', jsonReply(200, { access_token: 'a', refresh_token: long }));
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').error?.code).toBe('shard_full');
    expect(outcomeOf(report, 'brandx').status).toBe('rotated');
    expect(scene.token('acme')).toBe(long);
  });

  it.each([
    ['a refresh token', { access_token: 'a', refresh_token: 'r'.repeat(70_000) }],
    ['an access token', { access_token: 'a'.repeat(70_000), refresh_token: 'r' }],
    ['a scope', { access_token: 'a', refresh_token: 'r', scope: 's'.repeat(70_000) }],
  ])('(%s) costs its own tenant alone, this time and the next', async (_what, reply) => {
    const scene = sceneOf('acme', 'brandx', 'carol');
    await scene.run();
    scene.http.reply('acme', jsonReply(200, { expires_in: 3600, ...reply }));
    for (let i = 0; i < 2; i++) {
      const report = await scene.run();
      expect(report).not.toHaveProperty('failures');
      expect(report.summary.rotated).toBeGreaterThanOrEqual(2);
      for (const name of ['brandx', 'carol']) {
        expect(outcomeOf(report, name).status).toBe('rotated');
        expect(scene.isSafe(name)).toBe(true);
        expect(scene.published()[name]?.access_token).toBe(scene.server.newestAccessToken(name));
      }
    }
  });
});

describe('a mistyped client secret of one tenant', () => {
  it('blocks no neighbour of its client, of its shard or of another', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const entry = (account: string, secret: string) => ({
      provider: 'oauth2',
      token_url: 'https://shared.example/token',
      client_id: 'shared',
      client_secret: secret,
      max_concurrency: 1,
      refresh_token: scene.server.open(account, 'detect'),
    });
    scene.save('default', {
      tenants: { acme: entry('acme', 'mistyped'), brandx: entry('brandx', 'right') },
    });
    scene.save('eu', { tenants: { euro: entry('euro', 'right') } });
    scene.http.always('acme', jsonReply(401, { error: 'invalid_client' }));
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').error?.code).toBe('app_rejected');
    expect(outcomeOf(report, 'brandx').status).toBe('rotated');
    expect(outcomeOf(report, 'euro').status).toBe('rotated');
  });
});

describe('a list of client secrets', () => {
  /** A tenant with three secrets, and what its platform was sent. `accepted` may change. */
  function sceneOfSecrets() {
    const scene = createScene();
    const { client_secret: _, ...entry } = scene.tenant('acme');
    scene.save('default', { tenants: { acme: { ...entry, client_secrets: ['s1', 's2', 's3'] } } });
    const platform = { accepted: 's2', sent: [] as string[] };
    scene.http.always('acme', (request) => {
      const secret = new URLSearchParams(request.body).get('client_secret') ?? '';
      platform.sent.push(secret);
      if (secret === platform.accepted) {
        return scene.server.handle(request);
      }
      return jsonReply(401, { error: 'invalid_client' });
    });
    const sentInRun = async () => {
      platform.sent.length = 0;
      const { status } = outcomeOf(await scene.run(), 'acme');
      return [status, ...platform.sent];
    };
    return { scene, platform, sentInRun };
  }

  it('begins with the one that worked last, and goes back to the others', async () => {
    const { scene, platform, sentInRun } = sceneOfSecrets();
    expect(await sentInRun()).toEqual(['rotated', 's1', 's2']);
    expect(await sentInRun()).toEqual(['rotated', 's2']);
    expect(scene.world.states.get('default')?.text).not.toMatch(/"s[123]"/);
    platform.accepted = 's1';
    expect(await sentInRun()).toEqual(['rotated', 's2', 's1']);
    expect(await sentInRun()).toEqual(['rotated', 's1']);
    platform.accepted = 's3';
    expect(await sentInRun()).toEqual(['rotated', 's1', 's2', 's3']);
    platform.accepted = 'none of them';
    expect(await sentInRun()).toEqual(['failed', 's3', 's1', 's2']);
  });

  it('forgets which one worked once that one has left it', async () => {
    const { scene, platform, sentInRun } = sceneOfSecrets();
    await sentInRun();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { client_secrets: ['s4', 's5'] }));
    platform.accepted = 's5';
    expect(await sentInRun()).toEqual(['rotated', 's4', 's5']);
  });

  it('moves its client to the next one, and spends no code while one is left', async () => {
    const scene = createScene();
    const { refresh_token: _, client_secret: __, ...entry } = scene.tenant('acme');
    const code = scene.server.consent('acme');
    const tenant = {
      ...entry,
      client_secrets: ['old', 'new'],
      redirect_uri: 'https://x.example/',
      authorization_code: code,
    };
    scene.save('default', { tenants: { acme: tenant } });
    scene.http.always('acme', (request) =>
      request.body?.includes('client_secret=old')
        ? jsonReply(401, { error: 'invalid_client' })
        : scene.server.handle(request),
    );
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.isSafe('acme')).toBe(true);
  });
});

describe('a failing tenant whose consumers keep asking', () => {
  it('has no other tenant of its shard refreshed', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.clock.jump(51 * MINUTE_MS);
    scene.http.always('acme', jsonReply(503, {}));
    scene.http.sent.length = 0;
    const versions = scene.world.vault.versionCount('default');
    for (let i = 0; i < 8; i++) {
      await scene.refresh({ tenant: 'acme' }).catch(() => undefined);
      scene.clock.jump(MINUTE_MS);
    }
    expect(scene.http.accounts()).not.toContain('brandx');
    expect(scene.world.vault.versionCount('default')).toBe(versions);
  });
});

describe('a healthy tenant on demand', () => {
  it('is published without waiting for the retries of who comes along', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.clock.jump(51 * MINUTE_MS);
    scene.http.always('brandx', async () => {
      await scene.clock.sleep(19_000);
      return jsonReply(503, {});
    });
    const startedAt = scene.clock.now();
    let publishedAt = 0;
    scene.faults.before({ port: 'access_tokens', op: 'move_label' }, () => {
      publishedAt ||= scene.clock.now();
    });
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
    expect(publishedAt - startedAt).toBeLessThan(5_000);
    expect(scene.http.accounts().filter((account) => account === 'brandx')).toHaveLength(2);
  });
});

describe('a provider of five-minute tokens whose consumers ask all day', () => {
  it('leaves scheduled runs their share of the versions of a day', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    scene.http.always('acme', (request) => {
      const reply = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
      return jsonReply(200, { ...reply, expires_in: 300 });
    });
    const statuses: string[] = [];
    for (let minute = 0; minute < 1440; minute += 5) {
      statuses.push((await scene.refresh({ tenant: 'acme' })).status);
      if (minute % 30 === 0) {
        expect(await scene.run()).not.toHaveProperty('failures');
      }
      scene.clock.jump(5 * MINUTE_MS);
    }
    expect(statuses).toContain('deferred');
    expect(scene.world.vault.versionCount('default')).toBeLessThan(100);
    expect(scene.isSafe('acme')).toBe(true);
  });
});

describe('the headers of an app', () => {
  it('that multiply over its tenants are told as a full shard before anything is spent', async () => {
    const scene = createScene();
    const app = {
      provider: 'oauth2',
      token_url: 'https://one.example/token',
      client_id: 'one',
      headers: { 'X-Long': 'h'.repeat(1_500) },
    };
    const names = Array.from({ length: 60 }, (_, index) => `t${index}`);
    const tenants = names.map((name) => [
      name,
      { app: 'one', refresh_token: scene.server.open(name, 'detect') },
    ]);
    scene.save('default', { apps: { one: app }, tenants: Object.fromEntries(tenants) });
    for (let i = 0; i < 2; i++) {
      const report = await scene.run();
      expect(report).not.toHaveProperty('failures');
      const full = report.outcomes.filter(({ error }) => error?.code === 'shard_full');
      expect(full.length).toBeGreaterThan(10);
      expect(report.summary.rotated).toBeGreaterThan(20);
    }
    for (const name of names) {
      expect(scene.isSafe(name)).toBe(true);
    }
  });
});

describe('a shard whose tokens are refreshed on demand all day', () => {
  it('has no more than its budget of versions where who comes along is always slow', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const short = (slowMs: number) => async (request: HttpRequest) => {
      await scene.clock.sleep(slowMs);
      const reply = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
      return jsonReply(200, { ...reply, expires_in: 300 });
    };
    scene.http.always('acme', short(0));
    scene.http.always('brandx', short(3_000));
    for (let minute = 0; minute < 1440; minute += 5) {
      await scene.refresh({ tenant: 'acme' });
      scene.clock.jump(5 * MINUTE_MS);
    }
    expect(scene.world.vault.versionCount('default')).toBeLessThan(100);
    expect(scene.world.accessTokens.versionCount('default')).toBeLessThan(100);
    expect(await scene.run()).not.toHaveProperty('failures');
    expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
  });

  it('leaves a neighbour its refreshes, whoever asks most', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.http.always('acme', (request) => {
      const reply = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
      return jsonReply(200, { ...reply, expires_in: 300 });
    });
    const missed: number[] = [];
    for (let minute = 0; minute < 1440; minute += 5) {
      await scene.refresh({ tenant: 'acme' });
      await scene.refresh({ tenant: 'brandx' });
      const { expires_at } = scene.published().brandx ?? {};
      if (Date.parse(expires_at ?? '') <= scene.clock.now()) {
        missed.push(minute);
      }
      scene.clock.jump(5 * MINUTE_MS);
    }
    expect(missed).toEqual([]);
    expect(scene.world.vault.versionCount('default')).toBeLessThan(100);
  });
});

describe('a token that lives no longer than the margin of its consumers', () => {
  it('is replaced past half of its life alone, however often they ask', async () => {
    const scene = sceneOf('acme', 'brandx');
    for (const name of ['acme', 'brandx']) {
      scene.http.always(name, (request) => {
        const reply = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
        return jsonReply(200, { ...reply, expires_in: 480 });
      });
    }
    await scene.run();
    scene.http.sent.length = 0;
    const versions = scene.world.vault.versionCount('default');
    for (let minute = 0; minute < 24; minute++) {
      scene.clock.jump(MINUTE_MS);
      const { status, expires_at } = await scene.refresh({ tenant: 'acme' });
      expect(['rotated', 'skipped']).toContain(status);
      expect(Date.parse(expires_at ?? '')).toBeGreaterThan(scene.clock.now());
    }
    expect(scene.http.accounts().filter((account) => account === 'acme').length).toBeLessThan(7);
    expect(scene.world.vault.versionCount('default') - versions).toBeLessThan(7);
  });
});

describe('tenants that come along on demand', () => {
  const silence = networkFailure('no_answer', 'ETIMEDOUT');

  it('hold the shard once where their platform is silent, and are then left to a full run', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.clock.jump(51 * MINUTE_MS);
    scene.http.always('brandx', async (_, timeoutMs) => {
      await scene.clock.sleep(timeoutMs);
      return silence;
    });
    const tookMs: number[] = [];
    for (let i = 0; i < 3; i++) {
      const startedAt = scene.clock.now();
      expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
      tookMs.push(scene.clock.now() - startedAt);
      scene.clock.jump(51 * MINUTE_MS);
    }
    expect(tookMs.map((ms) => ms > 5_000)).toEqual([true, false, false]);
    scene.http.always('brandx', null);
    expect(outcomeOf(await scene.run(), 'brandx').status).toBe('rotated');
  });

  it('keep the lease until they have their answers, whatever fault the commit meets', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.clock.jump(51 * MINUTE_MS);
    const own = scene.openPorts();
    const { vault, fault } = faultyVault(own.vault);
    scene.http.reply('brandx', async (request) => {
      fault.isOn = true;
      const answer = scene.server.handle(request);
      await scene.clock.sleep(10_000);
      return answer;
    });
    const request = { tenant: 'acme', shard: 'default', refused: null };
    const options = { runId: 'on-demand', deadlineAt: scene.clock.now() + 900_000 };
    const called = refreshOnDemand({ ...own, vault }, request, options);
    await expect(called).rejects.toThrow('met a fault of this program');
    const startedAt = scene.clock.now();
    expect(await scene.run()).not.toHaveProperty('failures');
    expect(scene.clock.now() - startedAt).toBeLessThan(60_000);
    expect([scene.isSafe('acme'), scene.isSafe('brandx')]).toEqual([true, true]);
  });

  it('hold the shard for their own answers alone, however many wait for one place', async () => {
    const scene = createScene();
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    scene.save('default', mapOfApp(scene, names, { max_concurrency: 1 }));
    scene.edit(({ tenants }) => Object.assign(tenants, { acme: scene.tenant('acme') }));
    await scene.run();
    scene.clock.jump(51 * MINUTE_MS);
    for (const name of names) {
      scene.http.always(name, async (request) => {
        await scene.clock.sleep(5_000);
        return scene.server.handle(request);
      });
    }
    const startedAt = scene.clock.now();
    expect((await scene.refresh({ tenant: 'acme' })).status).toBe('rotated');
    expect(scene.clock.now() - startedAt).toBeLessThan(10_000);
    expect((await scene.run()).summary.rotated).toBe(31);
  });
});
