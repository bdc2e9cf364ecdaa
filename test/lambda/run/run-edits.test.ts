import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

type Map = ReturnType<Scene['map']>;

function sceneOf(...names: string[]): Scene {
  const scene = createScene();
  scene.save('default', {
    tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
  });
  return scene;
}

/** The server never saw a spent token again, and holds every tenant of the map for alive. */
function expectUnharmed(scene: Scene, ...names: string[]): void {
  for (const name of names) {
    expect([name, scene.isSafe(name)]).toEqual([name, true]);
  }
  for (const [name, account] of scene.server.accounts) {
    expect([name, account.replays]).toEqual([name, 0]);
  }
}

/** Acts at the moment when the provider has answered for the account and nothing is committed. */
function meanwhile(scene: Scene, account: string, act: () => void): void {
  scene.http.reply(account, (request) => {
    const answer = scene.server.handle(request);
    act();
    return answer;
  });
}

describe('the text of the vault', () => {
  it('keeps every byte that is not a credential', async () => {
    const scene = createScene();
    const [acme, brandx] = [
      scene.server.open('acme', 'detect'),
      scene.server.open('brandx', 'detect'),
    ];
    const code = scene.server.consent('coded');
    const text = [
      '\r\n{ "version":1,"comment" : "\\u00e9 – ü", "big":123456789012345678901234567890.10,',
      '\t"apps":{"a":{"provider":"oauth2",\n "token_url":"https://s.example/token",',
      '"client_id":"s","client_secret":"s","redirect_uri":"https:\\/\\/x.example",',
      '"max_concurrency":2}},\n   "tenants":{',
      `"brandx":{"refresh_token":"${brandx}","app":"a","z":1.0,"a":[1 , 2]}, "acme" : {"app":"a",`,
      `\n      "unknown":{"refresh_token":"not mine"},"refresh_token"  :  "${acme}"},\n   `,
      `"coded":{"app":"a","authorization_code":"${code}","later":null}},`,
      `"trailing":{"tenants":{"acme":{"refresh_token":"${acme}"}}} }\n\n`,
    ].join('');
    scene.world.vault.save('default', text);
    const report = await scene.run();
    expect(report.summary.rotated).toBe(3);
    const expected = text
      .replace(`"refresh_token":"${brandx}"`, `"refresh_token":"${scene.token('brandx')}"`)
      .replace(`"refresh_token"  :  "${acme}"`, `"refresh_token"  :  "${scene.token('acme')}"`);
    const after = scene.world.vault.text('default');
    const coded = /"coded":\{[^}]*\}/;
    expect(after.replace(coded, '')).toBe(expected.replace(coded, ''));
    expect(scene.map().tenants.coded).toEqual({
      app: 'a',
      later: null,
      refresh_token: scene.token('coded'),
    });
    expectUnharmed(scene, 'acme', 'brandx', 'coded');
  });

  it('is not written when nothing in it changed', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme', 'silent') } });
    await scene.run();
    await scene.run();
    expect(scene.world.vault.versionCount('default')).toBe(1);
  });
});

describe('an operator who edits the map while a run asks', () => {
  const edits: [string, (map: Map, scene: Scene) => void, (map: Map) => unknown][] = [
    [
      'adds a tenant',
      (map, scene) => (map.tenants.added = scene.tenant('added')),
      (map) => map.tenants.added?.client_id,
    ],
    [
      'disables a tenant',
      (map) => Object.assign(map.tenants.acme ?? {}, { enabled: false }),
      (map) => map.tenants.acme?.enabled,
    ],
    [
      'changes a secret',
      (map) => Object.assign(map.tenants.acme ?? {}, { client_secret: 'new' }),
      (map) => map.tenants.acme?.client_secret,
    ],
    [
      'adds an app',
      (map) => (map.apps = { a: { provider: 'oauth2' } }),
      (map) => map.apps?.a?.provider,
    ],
    [
      'changes another tenant',
      (map) => Object.assign(map.tenants.brandx ?? {}, { note: 'n' }),
      (map) => map.tenants.brandx?.note,
    ],
    [
      'reorders the map',
      (map) => (map.tenants = { brandx: map.tenants.brandx ?? {}, acme: map.tenants.acme ?? {} }),
      (map) => Object.keys(map.tenants)[0],
    ],
  ];

  it.each(edits)('and %s keeps the edit, and the new token', async (_what, edit, read) => {
    const scene = sceneOf('acme', 'brandx');
    let edited: unknown;
    meanwhile(scene, 'acme', () => {
      scene.edit((map) => void edit(map, scene));
      edited = read(scene.map());
    });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expect(read(scene.map())).toEqual(edited);
    expect(edited).toBeDefined();
    expectUnharmed(scene, 'acme', 'brandx');
    await scene.run();
    expectUnharmed(scene, 'acme', 'brandx');
  });

  it('right between the read and the swap keeps the edit all the same', async () => {
    const scene = sceneOf('acme');
    scene.faults.before({ port: 'vault', op: 'move_label' }, () =>
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { note: 'n' })),
    );
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    expect(scene.map().tenants.acme?.note).toBe('n');
    expectUnharmed(scene, 'acme');
  });

  it('and renames a tenant takes its new token along', async () => {
    const scene = sceneOf('acme');
    meanwhile(scene, 'acme', () =>
      scene.edit((map) => {
        map.tenants.renamed = map.tenants.acme ?? {};
        delete map.tenants.acme;
      }),
    );
    await scene.run();
    expectUnharmed(scene, 'renamed');
    expect(scene.map().tenants).not.toHaveProperty('acme');
    expect(outcomeOf(await scene.run(), 'renamed').status).toMatch(/rotated|recovered/);
    expectUnharmed(scene, 'renamed');
  });

  it('and makes the map unreadable loses nothing: the next run heals it', async () => {
    const scene = sceneOf('acme');
    let text = '';
    meanwhile(scene, 'acme', () => {
      text = scene.world.vault.text('default');
      scene.world.vault.save('default', '{ half');
    });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').status).toBe('uncommitted');
    expect(report.failures?.[0]).toMatchObject({
      code: 'commit_failed',
      message: expect.stringContaining('not JSON'),
    });
    scene.clock.jump(1000);
    scene.world.vault.save('default', text);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('recovered');
    expectUnharmed(scene, 'acme');
  });
});

describe('an operator who edits the map between runs', () => {
  it('and renames a tenant keeps it alive', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    scene.edit((map) => {
      map.tenants.renamed = map.tenants.acme ?? {};
      delete map.tenants.acme;
    });
    expect(outcomeOf(await scene.run(), 'renamed').status).toBe('rotated');
    expectUnharmed(scene, 'renamed');
    expect(Object.keys(scene.published())).toEqual(['renamed']);
  });

  it('and adds a tenant with an old credential of another gives it the current one', async () => {
    const scene = sceneOf('acme');
    const old = scene.map().tenants.acme ?? {};
    await scene.run();
    await scene.run();
    scene.edit((map) => (map.tenants.second = old));
    await scene.run();
    expect(scene.token('second')).toBe(scene.token('acme'));
    expectUnharmed(scene, 'acme', 'second');
    await scene.run();
    expectUnharmed(scene, 'acme', 'second');
  });

  it('and adds a removed tenant with its old credential gets the current one back', async () => {
    const scene = sceneOf('acme', 'brandx');
    const old = scene.map().tenants.acme ?? {};
    await scene.run();
    scene.edit((map) => delete map.tenants.acme);
    await scene.run();
    expect(Object.keys(scene.published())).toEqual(['brandx']);
    scene.edit((map) => (map.tenants.acme = old));
    await scene.run();
    expectUnharmed(scene, 'acme', 'brandx');
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
  });

  it('and replaces a refresh token wins, also over what the archive holds', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    const his = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: his }));
    await scene.run();
    expect(scene.http.sent.at(-1)?.credential).toBe(his);
    expectUnharmed(scene, 'acme');
  });

  it('and puts a replaced credential back gets the current one', async () => {
    const scene = sceneOf('acme');
    const first = scene.token('acme');
    await scene.run();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: first }));
    await scene.run();
    expect(scene.http.sent.filter(({ credential }) => credential === first)).toHaveLength(1);
    expectUnharmed(scene, 'acme');
  });
});

describe('an old copy of the map saved over the new one', () => {
  it.each([1, 2, 5])(
    '%i generations old, before a run, is mended by it before anything is asked',
    async (generations) => {
      const scene = sceneOf('acme', 'brandx');
      const copy = scene.world.vault.text('default');
      for (let i = 0; i < generations; i++) {
        await scene.run();
      }
      scene.http.sent.length = 0;
      scene.world.vault.save('default', copy);
      const report = await scene.run();
      expect(report.summary).toMatchObject({ recovered: 2 });
      expect(scene.http.sent).toEqual([]);
      expectUnharmed(scene, 'acme', 'brandx');
      await scene.run();
      expectUnharmed(scene, 'acme', 'brandx');
    },
  );

  it.each([1, 3])(
    '%i generations old, during a run that names another tenant, is mended by its commit',
    async (generations) => {
      const scene = sceneOf('acme', 'brandx');
      const copy = scene.world.vault.text('default');
      for (let i = 0; i < generations; i++) {
        await scene.run();
      }
      meanwhile(scene, 'brandx', () => scene.world.vault.save('default', copy));
      expect(outcomeOf(await scene.run({ tenants: ['brandx'] }), 'brandx').status).toBe('rotated');
      expectUnharmed(scene, 'acme', 'brandx');
    },
  );

  it('after a run that named another tenant is mended by the next such run', async () => {
    const scene = sceneOf('acme', 'brandx');
    const copy = scene.world.vault.text('default');
    await scene.run();
    scene.world.vault.save('default', copy);
    await scene.run({ tenants: ['brandx'] });
    expectUnharmed(scene, 'acme', 'brandx');
  });

  it('keeps what else the copy says', async () => {
    const scene = sceneOf('acme');
    const copy = JSON.parse(scene.world.vault.text('default'));
    await scene.run();
    copy.tenants.acme.note = 'of the copy';
    scene.save('default', copy);
    await scene.run();
    expect(scene.map().tenants.acme?.note).toBe('of the copy');
    expectUnharmed(scene, 'acme');
  });

  it('is mended when the state was deleted as well', async () => {
    const scene = sceneOf('acme', 'brandx');
    const copy = scene.world.vault.text('default');
    await scene.run();
    await scene.run();
    scene.world.vault.save('default', copy);
    scene.world.states.clear();
    await scene.run();
    expectUnharmed(scene, 'acme', 'brandx');
  });

  it('is mended when it comes by a rollback to AWSPREVIOUS', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    await scene.run();
    scene.world.vault.rollBack('default');
    await scene.run();
    expectUnharmed(scene, 'acme');
  });

  it('is mended when it comes by a rollback during a run', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    meanwhile(scene, 'acme', () => scene.world.vault.rollBack('default'));
    await scene.run({ tenants: ['acme'] });
    expectUnharmed(scene, 'acme', 'brandx');
  });

  it('brings back a tenant that was added and removed without sending anything spent', async () => {
    const scene = sceneOf('acme', 'brandx');
    await scene.run();
    const copy = scene.world.vault.text('default');
    await scene.run();
    scene.edit((map) => delete map.tenants.acme);
    await scene.run();
    scene.world.vault.save('default', copy);
    await scene.run();
    expectUnharmed(scene, 'acme', 'brandx');
  });
});

describe('a stale read', () => {
  it.each(['vault', 'accessTokens'] as const)(
    'of the %s secret sends nothing spent, and overwrites nothing newer',
    async (store) => {
      const scene = sceneOf('acme');
      await scene.run();
      const stale = scene.world[store].current('default');
      scene.clock.jump(1000);
      await scene.run();
      scene.clock.jump(1000);
      const ports = scene.openPorts();
      const port = ports[store];
      let reads = 0;
      const read = (shard: string) => (++reads <= 1 ? Promise.resolve(stale) : port.read(shard));
      await scene.rotate({}, { ...ports, [store]: { ...port, maxBytes: port.maxBytes, read } });
      expectUnharmed(scene, 'acme');
      expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
      await scene.run();
      expectUnharmed(scene, 'acme');
    },
  );

  it('of a credential that an operator has replaced does not bring it back', async () => {
    const scene = sceneOf('acme');
    const stale = scene.world.vault.current('default');
    scene.clock.jump(1000);
    const his = scene.server.reissue('acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: his }));
    await scene.run();
    const ports = scene.openPorts();
    let reads = 0;
    const read = (shard: string) =>
      ++reads <= 1 ? Promise.resolve(stale) : ports.vault.read(shard);
    await scene.rotate({}, { ...ports, vault: { ...ports.vault, maxBytes: 65_536, read } });
    await scene.run();
    expectUnharmed(scene, 'acme');
  });
});

describe('a stale read of a map in which two tenants shared a credential for a while', () => {
  it('has nobody asked under a credential that is not archived for it', async () => {
    const scene = createScene();
    const acme = scene.tenant('acme', 'never');
    const brandx = { ...acme, refresh_token: scene.server.open('brandx', 'detect') };
    scene.save('default', { tenants: { acme, brandx } });
    await scene.run();
    const apart = scene.map();
    scene.clock.jump(1000);
    scene.edit(({ tenants }) => Object.assign(tenants, { brandx: tenants.acme }));
    const shared = scene.world.vault.current('default');
    scene.clock.jump(1000);
    scene.save('default', apart);
    await scene.run();
    const ports = scene.openPorts();
    let reads = 0;
    const read = (shard: string) =>
      ++reads <= 2 ? Promise.resolve(shared) : ports.vault.read(shard);
    const report = await scene.rotate({}, { ...ports, vault: { ...ports.vault, read } });
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expect(outcomeOf(report, 'brandx').status).toBe('deferred');
    await scene.run();
    expectUnharmed(scene, 'acme', 'brandx');
  });
});

describe('a provider that alternates between two tokens', () => {
  it('always finds the one it named last', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme', 'never', { refresh_token: 'refresh.acme.901' }) },
    });
    for (const token of [902, 901, 902, 901, 901, 902]) {
      const sent = scene.token('acme');
      scene.http.reply(
        'acme',
        jsonReply(200, {
          access_token: 'a',
          refresh_token: `refresh.acme.${token}`,
          expires_in: 60,
        }),
      );
      const outcome = outcomeOf(await scene.run(), 'acme');
      expect(outcome).toMatchObject({
        status: 'rotated',
        fingerprint: fingerprint(`refresh.acme.${token}`),
      });
      expect(scene.http.sent.at(-1)?.credential).toBe(sent);
      expect(scene.token('acme')).toBe(`refresh.acme.${token}`);
    }
  });
});

describe('an invalid_grant', () => {
  it('is looked into: a token that an operator put in meanwhile is sent instead', async () => {
    const scene = sceneOf('acme');
    await scene.run();
    scene.http.sent.length = 0;
    let his = '';
    scene.http.reply('acme', () => {
      his = scene.server.reissue('acme');
      scene.clock.jump(1000);
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: his }));
      return jsonReply(400, { error: 'invalid_grant' });
    });
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome).toMatchObject({ status: 'rotated', attempts: 2 });
    expect(scene.http.sent[1]?.credential).toBe(his);
    expectUnharmed(scene, 'acme');
  });

  it('is looked into: a code that an operator put in meanwhile is sent instead', async () => {
    const scene = createScene();
    scene.save('default', {
      tenants: { acme: scene.tenant('acme', 'detect', { redirect_uri: 'https://x.example/' }) },
    });
    scene.http.reply('acme', () => {
      scene.clock.jump(1000);
      const authorization_code = scene.server.consent('acme');
      scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { authorization_code }));
      return jsonReply(400, { error: 'invalid_grant' });
    });
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'rotated',
      grant_type: 'authorization_code',
    });
    expectUnharmed(scene, 'acme');
  });

  it('is not held against a token that an operator puts in after the look', async () => {
    const scene = sceneOf('acme');
    let his = '';
    scene.http.reply('acme', jsonReply(400, { error: 'invalid_grant' }));
    let reads = 0;
    scene.faults.fail(({ port, op }) => {
      // The run reads the vault under its lease, to look into the refusal, and to commit.
      if (port === 'vault' && op === 'read' && ++reads === 3) {
        his = scene.server.reissue('acme');
        scene.clock.jump(1000);
        scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { refresh_token: his }));
      }
      return false;
    });
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('failed');
    expect(scene.token('acme')).toBe(his);
    expect(outcomeOf(await scene.run({ expiring_within_seconds: 60 }), 'acme')).toMatchObject({
      status: 'rotated',
      healed: true,
    });
    expectUnharmed(scene, 'acme');
  });

  it('keeps the token when the look changes nothing, and asks once', async () => {
    const scene = sceneOf('acme');
    const before = scene.token('acme');
    scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('needs_authorization');
    expect(scene.token('acme')).toBe(before);
    expect(scene.http.sent).toHaveLength(1);
  });

  it('keeps to one look for many tenants that are refused together', async () => {
    const scene = createScene();
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    scene.save('default', {
      tenants: Object.fromEntries(names.map((name) => [name, scene.tenant(name)])),
    });
    for (const name of names) {
      scene.http.always(name, jsonReply(400, { error: 'invalid_grant' }));
    }
    const ports = scene.openPorts();
    const read = (shard: string) => scene.clock.sleep(50).then(() => ports.vault.read(shard));
    await scene.rotate({}, { ...ports, vault: { ...ports.vault, maxBytes: 65_536, read } });
    expect(scene.faults.calls.filter((call) => call === 'vault read').length).toBeLessThan(12);
  });
});
