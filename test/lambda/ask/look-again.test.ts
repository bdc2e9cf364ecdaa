import { describe, expect, it } from 'vitest';
import { createSecondLook } from '../../../lambda/ask/look-again.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';
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
