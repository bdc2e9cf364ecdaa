import { describe, expect, it } from 'vitest';
import { STORE_CALL_MS } from '../../../lambda/deadlines.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { type RunPorts, StoreError } from '../../../lambda/ports.ts';
import { refreshOnDemand } from '../../../lambda/run/refresh-on-demand.ts';
import { faultyVault } from '../../fakes/faulty-vault.ts';
import type { Effect, Gate } from '../../fakes/memory-ports.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  scene.save('default', {
    tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
  });
  return scene;
}

const NAMES = ['acme', 'brandx', 'carol'];

/**
 * The next run, with all stores well again and any lease over, has every tenant's newest token in
 * its place.
 */
async function expectHealed(scene: Scene, names = NAMES): Promise<void> {
  scene.faults.heal();
  scene.clock.jump(300_000);
  const report = await scene.run();
  expect(report).not.toHaveProperty('failures');
  for (const name of names) {
    expect([name, scene.isSafe(name)]).toEqual([name, true]);
    expect(scene.published()[name]?.access_token).toBe(scene.server.newestAccessToken(name));
    expect([name, scene.server.accounts.get(name)?.replays]).toEqual([name, 0]);
  }
}

const CALLS: Partial<Effect>[] = [
  { port: 'vault', op: 'shards' },
  { port: 'vault', op: 'read' },
  { port: 'vault', op: 'put_version' },
  { port: 'vault', op: 'move_label' },
  { port: 'access_tokens', op: 'read' },
  { port: 'access_tokens', op: 'put_version' },
  { port: 'access_tokens', op: 'move_label' },
  { port: 'archive', op: 'list' },
  { port: 'archive', op: 'put' },
  { port: 'states', op: 'read' },
  { port: 'states', op: 'write' },
];
const REASONS: StoreError['reason'][] = ['unavailable', 'throttled', 'denied', 'limit'];

describe('an answer that is stored nowhere, where the archive was denied for the run', () => {
  it('is offered on while another answer is still awaited', async () => {
    const scene = sceneOf('acme', 'slow');
    await scene.run();
    scene.faults.fail({ port: 'vault', op: 'put_version' });
    let copies = 0;
    scene.http.reply('acme', (request) => {
      scene.faults.fail(({ op, on }) => op === 'put' && on.includes('/acme-'), {
        reason: 'denied',
      });
      return scene.server.handle(request);
    });
    scene.http.reply('slow', async (request) => {
      const answer = scene.server.handle(request);
      await scene.clock.sleep(10_000);
      scene.faults.heal();
      const isCopy = (key: string) => key.includes('/acme-1');
      const before = [...scene.world.objects.keys()].filter(isCopy).length;
      await scene.clock.sleep(8_000);
      copies = [...scene.world.objects.keys()].filter(isCopy).length - before;
      return answer;
    });
    await scene.run();
    expect(copies).toBe(1);
  });
});

describe('a fault of this program while an answer is offered to the stores', () => {
  /** The archive refuses acme's answer for a minute. Meanwhile each read of the vault is a fault. */
  async function runWithFault(ask: (scene: Scene, ports: RunPorts) => Promise<unknown>) {
    const scene = sceneOf(...NAMES);
    await scene.run();
    scene.clock.jump(3_000_000);
    const own = scene.openPorts();
    const { vault, fault } = faultyVault(own.vault);
    scene.http.reply('acme', (request) => {
      fault.isOn = true;
      scene.faults.fail(({ op, on }) => op === 'put' && /\/acme-[1-9]/.test(on));
      void scene.clock.sleep(60_000).then(() => {
        fault.isOn = false;
        scene.faults.heal();
      });
      return scene.server.handle(request);
    });
    return { scene, told: await ask(scene, { ...own, vault }) };
  }

  it('fails the shard once all else is done, and costs no tenant anything', async () => {
    const { scene, told } = await runWithFault((one, ports) => one.rotate({}, ports));
    expect(told).toMatchObject({
      failures: [{ message: 'Shard default met a fault of this program.' }],
      summary: { rotated: NAMES.length },
    });
    expect(scene.state().lease).toBeNull();
    expect(NAMES.filter((name) => !scene.isSafe(name))).toEqual([]);
    await expectHealed(scene);
  });

  it('fails the shard of a refresh on demand alike', async () => {
    const { scene } = await runWithFault((one, ports) =>
      refreshOnDemand(
        ports,
        { tenant: 'acme', shard: 'default', refused: null },
        { runId: 'on-demand', deadlineAt: one.clock.now() + 900_000 },
      ),
    );
    expect(scene.state()).toMatchObject({ lease: null, failure: 'shard_unreadable' });
    await expectHealed(scene);
  });
});

describe('an answer that is stored nowhere while the wall clock is set', () => {
  /** A run under which the clock is set, and no store takes anything for so long after the answer. */
  async function runWhileSet(byMs: number, outageMs: number): Promise<Scene> {
    const scene = sceneOf('acme');
    await scene.run();
    let setMs = 0;
    scene.http.reply('acme', (request) => {
      setMs = byMs;
      scene.faults.fail(({ op }) => op === 'put' || op === 'put_version');
      void scene.clock.sleep(outageMs).then(() => scene.faults.heal());
      return scene.server.handle(request);
    });
    const clock = { ...scene.clock, now: () => scene.clock.now() + setMs };
    await scene.rotate({}, { ...scene.openPorts(), clock });
    return scene;
  }

  it.each([
    ['ahead', 7_200_000],
    ['back', -7_200_000],
  ])('(%s) is offered on for all of the time that the function has', async (_, byMs) => {
    const scene = await runWhileSet(byMs, 800_000);
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('(back) is offered no longer than that', async () => {
    const scene = await runWhileSet(-7_200_000, 1_000_000);
    expect(scene.isSafe('acme')).toBe(false);
    await scene.run();
    expect(scene.isSafe('acme')).toBe(false);
  });
});

describe('an index that takes no record', () => {
  it.each(REASONS)('(%s) has one run spend what it asks, which loses nothing', async (reason) => {
    const scene = sceneOf(...NAMES);
    await scene.run();
    scene.faults.fail(
      ({ port, op, on }) => port === 'records' && op === 'write' && on.startsWith('known/'),
      { reason },
    );
    const sent: number[] = [];
    for (let run = 0; run < 3; run++) {
      scene.clock.jump(3_000_000);
      scene.http.sent.length = 0;
      const { failures, summary } = await scene.run();
      expect(failures).toMatchObject([{ shard: 'default', code: 'commit_failed' }]);
      expect(summary.rotated).toBe(0);
      sent.push(scene.http.sent.length);
    }
    expect(sent).toEqual([NAMES.length, 0, 0]);
    await expectHealed(scene);
  });
});

describe('a store that fails', () => {
  it.each(CALLS.flatMap((call) => REASONS.map((reason) => [call, reason] as const)))(
    '(%j: %s) all through a run loses nothing, fails the run clearly, and the next one heals it',
    async (call, reason) => {
      const scene = sceneOf(...NAMES);
      await scene.run();
      scene.clock.jump(1000);
      scene.faults.fail(call, { reason });
      const failure = await scene.run().then(
        ({ failures = [] }) => failures.map(({ message }) => message).join(),
        (error: Error) => error.message,
      );
      // What only says who was done when, or what was done, can be had again: a run that could not
      // write it has worked.
      if (call.port !== 'archive' || call.op !== 'put') {
        expect(failure).toMatch(/the store fails on purpose/);
      }
      await expectHealed(scene);
    },
  );

  it.each(CALLS.flatMap((call) => [1, 2].map((nth) => [call, nth] as const)))(
    '(%j) at its call %i only loses nothing',
    async (call, nth) => {
      for (const when of ['before', 'after'] as const) {
        const scene = sceneOf(...NAMES);
        let calls = 0;
        scene.faults.fail(
          (effect) => effect.port === call.port && effect.op === call.op && ++calls === nth,
          { when },
        );
        await scene.run().catch(() => {});
        await expectHealed(scene);
      }
    },
  );

  it('by throttling the swap for a moment delays the commit, and no more', async () => {
    const scene = sceneOf(...NAMES);
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'throttled', times: 2 });
    scene.faults.fail(
      { port: 'access_tokens', op: 'move_label' },
      { reason: 'throttled', times: 1 },
    );
    const report = await scene.run();
    expect(report.summary.rotated).toBe(3);
    expect(report).not.toHaveProperty('failures');
  });

  it('by losing the answer to the swap is read back, and nothing is written twice', async () => {
    const scene = sceneOf(...NAMES);
    scene.faults.fail({ port: 'vault', op: 'move_label' }, { when: 'after', times: 1 });
    expect((await scene.run()).summary.rotated).toBe(3);
    expect(scene.world.vault.versionCount('default')).toBe(2);
  });

  it('by refusing the 101st version keeps the tokens in the archive for a day', async () => {
    const scene = sceneOf(...NAMES);
    scene.world.vault.maxVersionsADay = 2;
    await scene.run();
    const full = await scene.run();
    expect(full.failures).toMatchObject([
      { code: 'commit_failed', message: expect.stringContaining('versions') },
    ]);
    expect(full.summary.uncommitted).toBe(3);
    scene.http.sent.length = 0;
    const blocked = await scene.run();
    expect(blocked.failures).toMatchObject([{ code: 'commit_failed', repeated: true }]);
    expect(blocked.summary.deferred).toBe(3);
    expect(scene.http.sent).toEqual([]);
    scene.clock.jump(86_400_000);
    await expectHealed(scene);
  });

  it('by growing past its limit under a run keeps the tokens in the archive', async () => {
    const scene = sceneOf(...NAMES);
    scene.http.reply('acme', (request) => {
      const answer = scene.server.handle(request);
      scene.edit((map) => Object.assign(map.tenants.brandx ?? {}, { note: 'x'.repeat(500) }));
      scene.world.vault.maxBytes = Buffer.byteLength(scene.world.vault.text('default')) - 400;
      return answer;
    });
    const report = await scene.run();
    expect(report.failures).toMatchObject([
      { code: 'commit_failed', message: expect.stringContaining('limit') },
    ]);
    scene.world.vault.maxBytes = 65_536;
    await expectHealed(scene);
  });

  it('in one shard leaves the others alone', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    scene.faults.fail(
      ({ port, on }) => port !== 'http' && (on === 'eu' || on.startsWith('responses/eu/')),
    );
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expect(report.failures).toMatchObject([{ shard: 'eu' }]);
  });
});

describe('an archive that fails in the middle of a run', () => {
  function slowFleet(): Scene {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, NAMES, { max_concurrency: 1 }));
    return scene;
  }
  const ofExchange = (effect: Effect) =>
    effect.port === 'archive' && effect.op === 'put' && /-[1-9]\.json$/.test(effect.on);

  it('stops all new exchanges, and commits what is in hand', async () => {
    const scene = slowFleet();
    scene.faults.fail(ofExchange);
    const report = await scene.run();
    expect(scene.http.sent).toHaveLength(1);
    expect(report.summary).toMatchObject({ rotated: 1, deferred: 2 });
    expect(outcomeOf(report, 'brandx').reason).toBe('the archive takes nothing');
    for (const name of NAMES) {
      expect(scene.isSafe(name)).toBe(true);
    }
  });

  it('ends every wait for a place, a pause or a second try, and commits at once', async () => {
    const scene = createScene();
    const app = {
      provider: 'oauth2',
      token_url: 'https://s.example/token',
      client_id: 's',
      client_secret: 's',
      min_interval_ms: 60_000,
    };
    const tenant = (name: string) => [
      name,
      { app: 's', refresh_token: scene.server.open(name, 'detect') },
    ];
    const alone = { paused: scene.tenant('paused'), troubled: scene.tenant('troubled') };
    scene.save('default', {
      apps: { s: app },
      tenants: { ...Object.fromEntries(NAMES.map(tenant)), ...alone },
    });
    scene.http.always('paused', jsonReply(429, {}, { 'retry-after': '50' }));
    scene.http.always('troubled', jsonReply(503, {}));
    scene.faults.fail((effect) => ofExchange(effect) && effect.on.includes('/acme-'));
    const startedAt = scene.clock.now();
    let committedAt = 0;
    scene.faults.before({ port: 'vault', op: 'put_version' }, () => {
      committedAt = scene.clock.now();
    });
    await scene.run();
    expect(scene.isSafe('acme')).toBe(true);
    expect(committedAt - startedAt).toBeLessThan(5_000);
  });

  it('stops those of its shard alone', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const tenant = (name: string) => [
      name,
      scene.tenant(name, 'detect', { min_interval_ms: 60_000 }),
    ];
    scene.save('default', { tenants: Object.fromEntries([tenant('acme')]) });
    scene.save('eu', { tenants: Object.fromEntries([tenant('brandx')]) });
    scene.http.reply('brandx', jsonReply(503, {}, { 'retry-after': '1' }));
    scene.faults.fail((effect) => ofExchange(effect) && effect.on.includes('/acme-'));
    await scene.run();
    expect(scene.http.accounts().sort()).toEqual(['acme', 'brandx', 'brandx']);
  });

  it('gets offered again what it refused', async () => {
    const scene = slowFleet();
    scene.faults.fail(ofExchange, { times: 1 });
    const report = await scene.run();
    expect(scene.world.objects.has(outcomeOf(report, 'acme').archive_key ?? '')).toBe(true);
    await expectHealed(scene);
  });

  it('and answers late stops nobody once it has taken the same write', async () => {
    const scene = createScene({ latencyMs: 2_000 });
    const names = Array.from({ length: 16 }, (_, index) => `t${index}`);
    scene.save('default', mapOfApp(scene, names, { max_concurrency: 2, min_interval_ms: 0 }));
    let answers = 0;
    const gate: Gate = async (effect, perform) => {
      answers += ofExchange(effect) ? 1 : 0;
      if (ofExchange(effect) && answers <= 2) {
        await scene.clock.sleep(answers === 1 ? STORE_CALL_MS : 0);
        throw new StoreError('unavailable', 'the archive is away on purpose');
      }
      return perform();
    };
    const running = scene.rotate(
      {},
      scene.ports(gate, () => false, scene.http),
    );
    const report = await Promise.race([running, scene.clock.sleep(900_000)]);
    expect(report?.summary.rotated).toBe(names.length);
  });

  it('and takes the mark of a code again stops nobody, whatever it takes just then', async () => {
    const scene = slowFleet();
    await scene.run();
    const { refresh_token: _, ...dora } = scene.tenant('dora');
    const code = { authorization_code: scene.server.consent('dora'), redirect_uri: 'https://d' };
    scene.edit(({ tenants }) => Object.assign(tenants, { dora: { ...dora, ...code } }));
    scene.http.reply('acme', async (request) => {
      await scene.clock.sleep(5_050);
      return scene.server.handle(request);
    });
    let marks = 0;
    const gate: Gate = async (effect, perform) => {
      if (effect.port !== 'archive' || effect.op !== 'put') {
        return perform();
      }
      await scene.clock.sleep(100);
      marks += effect.on.endsWith('/dora-0.json') ? 1 : 0;
      if (effect.on.endsWith('/dora-0.json') && marks === 1) {
        throw new StoreError('unavailable', 'the archive is away on purpose');
      }
      return perform();
    };
    const running = scene.rotate(
      {},
      scene.ports(gate, () => false, scene.http),
    );
    const report = await Promise.race([running, scene.clock.sleep(900_000)]);
    expect(report?.summary.rotated).toBe(4);
  });

  it('together with the vault fails the run, and a lost token is not current', async () => {
    const scene = slowFleet();
    const before = scene.token('acme');
    scene.faults.fail(ofExchange);
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').status).toBe('uncommitted');
    expect(outcomeOf(report, 'acme').error?.message).toContain(
      'neither to the archive nor to shard default',
    );
    expect(report.failures?.[0]?.next_step).toContain(
      'The archive refused the new tokens of acme as well',
    );
    scene.faults.heal();
    scene.http.sent.length = 0;
    await scene.run();
    expect(scene.http.sent.find(({ account }) => account === 'acme')?.credential).toBe(before);
  });

  it('adopts nothing that it could not restore', async () => {
    const scene = slowFleet();
    scene.faults.fail(
      ({ port, op, on }) => port === 'archive' && op === 'put' && on.endsWith('-0.json'),
    );
    const report = await scene.run();
    expect(scene.http.sent).toEqual([]);
    expect(report.summary.rotated).toBe(0);
    await expectHealed(scene);
  });
});

describe('slow stores', () => {
  it('are waited for within the time that is set aside for them', async () => {
    const scene = sceneOf(...NAMES);
    const ports = scene.openPorts();
    const slow = {
      ...ports.archive,
      put: (key: string, value: object) =>
        scene.clock.sleep(STORE_CALL_MS - 1).then(() => ports.archive.put(key, value)),
    };
    const report = await scene.rotate({}, { ...ports, archive: slow });
    expect(report.summary.rotated).toBe(3);
    await expectHealed(scene);
  });
});

describe('a lease that is lost in the middle of a run', () => {
  it('lets nothing new start, and leaves what is archived to the next run', async () => {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, NAMES, { max_concurrency: 1 }));
    for (const name of NAMES) {
      scene.http.reply(name, async (request) => {
        const answer = scene.server.handle(request);
        await scene.clock.sleep(19_000);
        return answer;
      });
    }
    let writes = 0;
    scene.faults.fail(({ port, op }) => port === 'states' && op === 'write' && ++writes > 1);
    const versions = scene.world.vault.versionCount('default');
    const report = await scene.run();
    expect(scene.http.sent.length).toBeLessThan(3);
    expect(report.summary.rotated).toBe(0);
    expect(report.failures).toMatchObject([
      { code: 'commit_failed', message: expect.stringContaining('lease') },
    ]);
    expect(scene.world.vault.versionCount('default')).toBe(versions);
    await expectHealed(scene);
  });
});

describe('an access-token secret', () => {
  it.each([
    ['no JSON', 'oops'],
    ['of another version', '{"version":2}'],
    ['binary', undefined],
    ['empty', '{"version":1,"tenants":{}}'],
  ])('that is %s is written anew from the archive, without asking anybody', async (_what, text) => {
    const scene = sceneOf(...NAMES);
    await scene.run();
    const before = scene.published();
    scene.http.sent.length = 0;
    scene.world.accessTokens.save('default', text);
    await scene.run({ tenants: ['acme'], expiring_within_seconds: 60 });
    expect(scene.http.sent).toEqual([]);
    expect(scene.published()).toEqual(before);
  });

  it('loses what is no tenant’s, and whatever somebody else wrote into it', async () => {
    const scene = sceneOf(...NAMES);
    await scene.run();
    const before = scene.published();
    const stranger = {
      access_token: 'x',
      token_type: 'bearer',
      expires_at: '2030-01-01T00:00:00.000Z',
      headers: {},
      archive_key: 'k',
    };
    const changed = { ...before, acme: stranger, stranger };
    scene.world.accessTokens.save('default', JSON.stringify({ version: 1, tenants: changed }));
    await scene.run({ tenants: ['brandx'] });
    expect(Object.keys(scene.published()).sort()).toEqual([...NAMES].sort());
    expect(scene.published().acme).toEqual(before.acme);
  });

  it('that is not there stops its shard before anything is spent', async () => {
    const scene = createScene();
    scene.world.vault.create('eu');
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    const report = await scene.run();
    expect(report.failures).toMatchObject([{ shard: 'eu' }]);
    expect(scene.http.sent).toEqual([]);
  });

  it('follows the headers of an entry that an operator changed', async () => {
    const scene = sceneOf(...NAMES);
    await scene.run();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { headers: { 'X-Profile': '7' } }));
    await scene.run({ tenants: ['brandx'] });
    expect(scene.published().acme?.headers).toEqual({ 'X-Profile': '7' });
  });
});

describe('a shard whose state cannot be read', () => {
  it('fails alone, also where other shards have tenants of the same names', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), brandx: scene.tenant('brandx') },
    });
    scene.save('eu', { tenants: { acme: scene.tenant('acme2') } });
    scene.world.states.set('eu', { text: 'not a state', etag: 'e' });
    const report = await scene.run();
    expect(outcomeOf(report, 'brandx').status).toBe('rotated');
    expect(report.failures).toMatchObject([{ shard: 'eu' }]);
  });
});

describe('a shard of which something is left', () => {
  it.each([
    ['access_tokens', 'shards'],
    ['states', 'list'],
  ] as const)(
    'is looked for after all else, and fails no report: %s cannot be listed',
    async (port, op) => {
      const scene = createScene();
      scene.save('default', { tenants: { acme: scene.tenant('acme') } });
      scene.faults.fail({ port, op }, { reason: 'denied' });
      await expect(scene.run()).rejects.toThrow('the store fails on purpose');
      const keys = [...scene.world.objects.keys()].filter((key) => key.startsWith('runs/'));
      expect(keys).toHaveLength(1);
      const report = JSON.parse(scene.world.objects.get(keys[0] ?? '') ?? '');
      expect(report.summary).toMatchObject({ total: 1, rotated: 1 });
    },
  );

  it.each(['a state and access tokens', 'a state'])('fails full runs: %s', async (left) => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { brandx: scene.tenant('brandx') } });
    await scene.run();
    scene.world.vault.secrets.delete('eu');
    if (left === 'a state') {
      scene.world.accessTokens.secrets.delete('eu');
    }
    // Nothing is known of whether it was forgotten.
    for (const text of [scene.world.states.get('eu')?.text ?? '', 'damaged']) {
      scene.world.states.set('eu', { text, etag: text.slice(0, 9) });
      for (const dry_run of [false, true]) {
        expect((await scene.run({ dry_run })).failures).toMatchObject([
          { shard: 'eu', code: 'shard_unreadable', message: expect.stringContaining('is gone') },
        ]);
      }
    }
  });

  it.each([
    ['', 'its state is damaged: put back an earlier version'],
    ['{"version":2}', 'its state is damaged'],
    ['{"version":3}', 'its state was written by a newer version'],
  ])('says of the state %j what to do', async (text, message) => {
    const scene = sceneOf('acme');
    await scene.run();
    scene.world.states.set('default', { text, etag: 'e' });
    expect((await scene.run()).failures?.[0]?.message).toContain(message);
    scene.world.states.delete('default');
    expect((await scene.run()).summary.rotated).toBe(1);
    expect(scene.server.accounts.get('acme')?.replays).toBe(0);
  });
});

describe('the archive', () => {
  it('may hold objects of turns that nobody took, and a marker that is damaged', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    for (const name of ['9999999999999999.json', '99999999-x/acme-1.json', '00000002.json']) {
      scene.world.objects.set(`responses/default/${name}`, '');
    }
    for (let i = 0; i < 2; i++) {
      expect((await scene.run()).summary.rotated).toBe(1);
    }
    expect(scene.state().turn).toBeLessThan(10);
  });

  it.each(['with', 'without'])(
    'is not taken for damaged where it refuses to give an object, %s a state',
    async (state) => {
      const scene = sceneOf('acme');
      await scene.run();
      scene.faults.fail({ port: 'vault', op: 'put_version' });
      await scene.run();
      scene.faults.heal();
      if (state === 'without') {
        scene.world.states.clear();
      }
      scene.http.sent.length = 0;
      // AWS says so of an object in a colder storage class, for one.
      scene.faults.fail({ port: 'archive', op: 'get' }, { reason: 'invalid' });
      expect((await scene.run()).failures).toHaveLength(1);
      expect(scene.http.sent).toEqual([]);
      scene.faults.heal();
      expect((await scene.run()).failures).toBeUndefined();
      expect(scene.isSafe('acme')).toBe(true);
      expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    },
  );

  it('refuses a secret that had a map and has none any more, and publishes on', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const published = scene.published();
    const made = { versions: new Map(), labels: new Map(), succession: [] };
    scene.world.vault.secrets.set('default', made);
    for (const request of [{}, { dry_run: true }]) {
      const { failures } = await scene.run(request);
      expect(failures?.[0]?.message).toContain('had a map and has none any more');
    }
    expect(scene.published()).toEqual(published);
    scene.save('default', { version: 1, tenants: {} });
    expect((await scene.run()).failures).toBeUndefined();
    expect(scene.published()).toEqual({});
  });

  const withheld = (reason: StoreError['reason']) => (scene: Scene, key: string) =>
    scene.faults.fail({ port: 'records', op: 'read', on: key }, { reason });
  const holding = (spoil: (text: string) => string) => (scene: Scene, key: string) => {
    const { text } = scene.world.records.get(key) ?? { text: '' };
    scene.world.records.set(key, { text: spoil(text), etag: 'damaged' });
  };

  it.each([
    ['is truncated', holding((text) => text.slice(0, 20))],
    ['is empty', holding(() => '')],
    ['is of another kind', holding(() => '[]')],
    ['is denied alone', withheld('denied')],
    ['is refused alone', withheld('invalid')],
  ])('may hold a record of the index that %s: it stops its tenant alone', async (_how, damage) => {
    const scene = sceneOf('acme', 'brandx');
    const key = `known/${fingerprint(scene.token('acme'))}.json`;
    await scene.run();
    scene.world.states.delete('default');
    const good = scene.world.records.get(key) ?? { text: '', etag: '' };
    damage(scene, key);
    scene.http.sent.length = 0;
    const report = await scene.run();
    expect(report.failures).toBeUndefined();
    expect(outcomeOf(report, 'brandx').status).toBe('rotated');
    const { error } = outcomeOf(report, 'acme');
    expect(error?.code).toBe('archive_failed');
    expect(error?.message).toContain(`${key} is damaged`);
    expect(scene.http.accounts()).toEqual(['brandx']);
    const foretold = await scene.run({ dry_run: true });
    expect(outcomeOf(foretold, 'acme').error?.code).toBe('archive_failed');
    scene.world.records.set(key, good);
    scene.faults.heal();
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    for (const name of ['acme', 'brandx']) {
      expect(scene.isSafe(name)).toBe(true);
      expect(scene.server.accounts.get(name)?.replays).toBe(0);
    }
  });

  it('fails its shard where no record of the index may be read', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    scene.world.states.delete('default');
    scene.faults.fail({ port: 'records', op: 'read' }, { reason: 'denied' });
    scene.http.sent.length = 0;
    for (const request of [{}, { dry_run: true }]) {
      expect((await scene.run(request)).failures).toHaveLength(1);
    }
    expect(scene.http.sent).toEqual([]);
    await expectHealed(scene, ['acme', 'brandx']);
  });

  it('may withhold the record of a code that was sent: it is not sent again', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const code = scene.server.consent('acme');
    const consented = { authorization_code: code, redirect_uri: 'https://x.example/cb' };
    scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, consented));
    await scene.run();
    scene.edit(({ tenants }) => Object.assign(tenants.brandx ?? {}, consented));
    scene.world.states.delete('default');
    scene.world.objects.clear();
    withheld('denied')(scene, `known/${fingerprint(code)}.json`);
    scene.http.sent.length = 0;
    expect(await scene.run()).not.toHaveProperty('failures');
    expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(code);
  });

  it.each(['sent_at', 'received_at', 'stamp'])(
    'may hold an exchange whose %s is none: it stops nobody',
    async (field) => {
      const scene = sceneOf('acme', 'brandx');
      await scene.run();
      scene.world.states.delete('default');
      const keys = [...scene.world.objects.keys()].filter((key) => key.includes('/acme-0'));
      for (const key of keys) {
        const text = scene.world.objects.get(key) ?? '';
        const spoiled = text.replace(new RegExp(`"${field}":"[^"]*"`), `"${field}":"yesterday"`);
        scene.world.objects.set(key, spoiled);
      }
      const { failures, summary } = await scene.run();
      expect(keys).toHaveLength(1);
      expect(failures).toBeUndefined();
      expect(summary.rotated).toBe(2);
      expect(scene.server.accounts.get('acme')?.replays).toBe(0);
    },
  );

  it('may hold objects that are damaged, or that are no exchanges: they stop nobody', async () => {
    const scene = sceneOf(...NAMES);
    await scene.run();
    scene.world.objects.set(
      'responses/default/00000001-2026-11-22T02:17:00.000Z/acme-9.json',
      '{"hello":1}',
    );
    for (const text of ['', '{"version":1,"ten']) {
      scene.world.objects.set(
        `responses/default/00000001-2026-11-22T02:17:00.000Z/acme-${text.length + 10}.json`,
        text,
      );
    }
    scene.world.objects.set('responses/default/readme.txt', '"hello"');
    scene.world.states.clear();
    expect((await scene.run()).summary.rotated).toBe(3);
    const damaged = scene.logs.filter(({ message }) => message.includes('is damaged'));
    expect(damaged).toHaveLength(3);
    expect(damaged[0]?.archive_key).toContain('acme');
  });
});
