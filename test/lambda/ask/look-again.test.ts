import { describe, expect, it } from 'vitest';
import { createSecondLook } from '../../../lambda/ask/look-again.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

const WEEK_MS = 7 * 86_400_000;
const NEIGHBOURS = Array.from({ length: 10 }, (_, at) => `client-${at}`);

describe(createSecondLook.name, () => {
  it('reads for a refused tenant what was filed for it, and nothing of its neighbours', async () => {
    const scene = createScene();
    const names = ['acme', ...NEIGHBOURS];
    const tenants = names.map((name) => [name, scene.tenant(name)]);
    scene.save('default', { tenants: Object.fromEntries(tenants) });
    await scene.run();
    scene.http.always('acme', jsonReply(400, { error: 'invalid_grant' }));
    const read: string[] = [];
    const ports = scene.openPorts();
    const get = (key: string) => {
      read.push(key);
      return ports.archive.get(key);
    };
    const watched = { ...ports, archive: { ...ports.archive, get } };
    for (let week = 1; week <= 5; week += 1) {
      await scene.clock.sleep(WEEK_MS);
      read.length = 0;
      const report = await scene.rotate({}, watched);
      expect(outcomeOf(report, 'acme').status).toBe('failed');
    }
    expect(read.filter((key) => key.includes('/acme-')).length).toBeGreaterThan(0);
    expect(read.filter((key) => key.includes('/client-'))).toEqual([]);
  });

  it('leaves a credential alone that was put there meanwhile, and is of another shard', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    await scene.run();
    const theirs = scene.token('euro', 'eu');
    scene.http.reply('acme', () => {
      scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { refresh_token: theirs }));
      return jsonReply(400, { error: 'invalid_grant' });
    });
    scene.http.sent.length = 0;
    await scene.run({ shard: 'default' });
    expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(theirs);
    expect(scene.isSafe('euro', 'eu')).toBe(true);
  });
});

describe('a credential that two tenants come to hold in the middle of a run', () => {
  const refused = jsonReply(400, { error: 'invalid_grant' });

  function fleet(...names: string[]): Scene {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, names));
    return scene;
  }

  function sentTwice({ http }: Scene): unknown[] {
    const all = http.sent.map(({ credential }) => credential);
    return all.filter((one, at) => all.indexOf(one) !== at);
  }

  it('is not sent again while the answer to it is under way', async () => {
    const scene = fleet('acme', 'brandx');
    await scene.run();
    const shared = scene.token('brandx');
    scene.http.sent.length = 0;
    scene.http.reply('acme', () => {
      scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { refresh_token: shared }));
      return refused;
    });
    scene.http.reply('brandx', async (request) => {
      const answer = scene.server.handle(request);
      await scene.clock.sleep(10_000);
      return answer;
    });
    const report = await scene.run();
    expect(sentTwice(scene)).toEqual([]);
    expect(outcomeOf(report, 'acme').status).toBe('rotated');
    expect(scene.token('acme')).toBe(scene.token('brandx'));
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('is sent once for all who were refused and got it', async () => {
    const scene = fleet('acme', 'brandx', 'carol');
    await scene.run();
    const his = scene.server.open('new', 'detect');
    scene.http.sent.length = 0;
    for (const name of ['acme', 'brandx', 'carol']) {
      scene.http.reply(name, () => {
        scene.edit(({ tenants }) => Object.assign(tenants[name] ?? {}, { refresh_token: his }));
        return refused;
      });
    }
    const { summary } = await scene.run();
    expect(sentTwice(scene)).toEqual([]);
    expect(summary.rotated).toBe(3);
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('is not sent beside a code that brought none, while another tenant is asked with it', async () => {
    const scene = fleet('acme', 'brandx');
    await scene.run();
    const shared = {
      refresh_token: scene.token('brandx'),
      authorization_code: 'code.acme.1',
      redirect_uri: 'https://x.example/cb',
    };
    scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, shared));
    scene.http.sent.length = 0;
    scene.http.reply('acme', refused);
    scene.http.reply('brandx', async (request) => {
      const answer = scene.server.handle(request);
      await scene.clock.sleep(10_000);
      return answer;
    });
    await scene.run();
    expect(sentTwice(scene)).toEqual([]);
    expect(scene.isSafe('brandx')).toBe(true);
  });

  it.each(['in its place', 'beside a code'])(
    'is not sent %s where nobody could read the answer to it',
    async (place) => {
      const scene = fleet('acme', 'brandx');
      await scene.run();
      scene.http.reply(
        'brandx',
        jsonReply(200, { result: { refreshToken: 'r', accessToken: 'a' } }),
      );
      const { outcomes } = await scene.run();
      expect(outcomes.map(({ error }) => error?.code)).toContain('unread_response');
      const held = scene.token('brandx');
      const edit = (fields: object) =>
        scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, fields));
      if (place === 'beside a code') {
        edit({
          refresh_token: held,
          authorization_code: 'code.acme.1',
          redirect_uri: 'https://x.example/cb',
        });
      }
      scene.http.sent.length = 0;
      scene.http.reply('acme', () => {
        edit({ refresh_token: held });
        return refused;
      });
      await scene.run();
      expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(held);
    },
  );

  it('is not sent beside a code that brought none, where another shard owns it', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    await scene.run();
    const theirs = scene.token('euro', 'eu');
    scene.edit(({ tenants }) =>
      Object.assign(tenants.acme ?? {}, {
        refresh_token: theirs,
        authorization_code: 'code.acme.1',
        redirect_uri: 'https://x.example/cb',
      }),
    );
    scene.http.sent.length = 0;
    scene.http.reply('acme', refused);
    await scene.run({ shard: 'default' });
    expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(theirs);
    expect(scene.isSafe('euro', 'eu')).toBe(true);
  });
});
