import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseArchivedExchange } from '../../../lambda/history/archived-exchange.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { claimFirst } from '../../fakes/claim-first.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';

/** A scene whose tenant has a code to redeem. */
async function sceneOfCode() {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  await scene.run();
  const code = scene.server.consent('acme');
  scene.edit(({ tenants }) => {
    tenants.acme = {
      ...tenants.acme,
      authorization_code: code,
      redirect_uri: 'https://app.example/cb',
    };
  });
  return { scene, code };
}

describe('a code that was marked and not sent', () => {
  it.each(['before', 'after'] as const)(
    'is sent by the next run, where the index failed (%s it was written)',
    async (when) => {
      const { scene } = await sceneOfCode();
      scene.faults.fail({ port: 'records', op: 'write' }, { times: 1, when });
      expect(outcomeOf(await scene.run(), 'acme').status).toBe('deferred');
      scene.faults.heal();
      expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
        status: 'rotated',
        grant_type: 'authorization_code',
      });
      expect(scene.isSafe('acme')).toBe(true);
    },
  );

  it('is left to the shard that has marked it in the same moment', async () => {
    const { scene, code } = await sceneOfCode();
    claimFirst(scene, fingerprint(code));
    await scene.run();
    expect(scene.http.sent.map(({ credential }) => credential)).not.toContain(code);
  });

  it('is sent by the next run, where its mark took all the time that the lease had', async () => {
    const { scene } = await sceneOfCode();
    scene.faults.before({ port: 'records', op: 'write' }, () => scene.clock.jump(85_000));
    await scene.run();
    expect(scene.http.sent.at(-1)?.credential).not.toMatch(/^code/);
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'rotated',
      grant_type: 'authorization_code',
    });
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('is sent by the next run, where the archive took the mark and its answer was lost', async () => {
    const { scene, code } = await sceneOfCode();
    scene.faults.fail({ port: 'archive', op: 'put' }, { when: 'after', reason: 'denied' });
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('deferred');
    scene.faults.heal();
    const marks = [...scene.world.objects.values()].filter(
      (text) => parseArchivedExchange(JSON.parse(text))?.spent === fingerprint(code),
    );
    expect(marks.length).toBeGreaterThan(0);
    scene.world.states.clear();
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'rotated',
      grant_type: 'authorization_code',
    });
    expect(scene.isSafe('acme')).toBe(true);
  });

  it('is sent by the next run, where the archive has its mark alone and the run died', async () => {
    const { scene } = await sceneOfCode();
    let isMarked = false;
    let isDead = false;
    const ports = scene.ports(
      async ({ port, op }, perform) => {
        const isPut = port === 'archive' && op === 'put';
        isDead ||= isMarked && isPut;
        if (isDead) {
          return new Promise(() => {});
        }
        const result = perform();
        if (!isPut) {
          return result;
        }
        isMarked = true;
        throw new StoreError('denied', 'its answer is lost');
      },
      () => isDead,
      scene.http,
    );
    void scene.rotate({}, ports);
    await scene.clock.sleep(10_000);
    expect(isDead).toBe(true);
    expect(scene.http.sent).toHaveLength(1);
    expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
      status: 'rotated',
      grant_type: 'authorization_code',
    });
    expect(scene.isSafe('acme')).toBe(true);
  });
});
