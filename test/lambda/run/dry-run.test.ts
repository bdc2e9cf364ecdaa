import { describe, expect, it } from 'vitest';
import type { Rhythm } from '../../../lambda/ahead/too-seldom.ts';
import { foretellShard } from '../../../lambda/run/dry-run.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

/** Everything a run could have left behind. */
function snapshot({ world, http }: Scene): string {
  const secrets = [world.vault, world.accessTokens].map((store) =>
    [...store.secrets].map(([shard, stored]) => [shard, [...stored.versions], [...stored.labels]]),
  );
  return JSON.stringify([secrets, [...world.objects], [...world.states], http.sent.length]);
}

const vaultText = ({ world }: Scene) => world.vault.text('default') ?? '';
const publishedText = ({ world }: Scene) => world.accessTokens.text('default') ?? '';

/** A run that dies at its first effect of a kind. */
async function runUntil(scene: Scene, op: string): Promise<void> {
  let isDead = false;
  const gate: Parameters<Scene['ports']>[0] = async (effect, perform) => {
    isDead ||= effect.op === op;
    return isDead ? new Promise(() => {}) : perform();
  };
  const ports = scene.ports(gate, () => isDead, scene.http);
  await Promise.race([scene.rotate({}, ports), scene.clock.sleep(30_000)]);
}

function changeIndex({ world: { records } }: Scene, change: (text: string) => string): void {
  for (const [key, { text }] of records) {
    records.set(key, { text: change(text), etag: 'changed' });
  }
}

async function dryRun(scene: Scene, request: object = {}) {
  const before = snapshot(scene);
  const report = await scene.run({ dry_run: true, ...request });
  expect(snapshot(scene)).toBe(before);
  return report;
}

describe(foretellShard.name, () => {
  it('changes nothing, whatever there is to do', async () => {
    const scene = createScene();
    const { refresh_token: _, ...bare } = scene.tenant('coded');
    const coded = {
      ...bare,
      redirect_uri: 'https://x.example/',
      authorization_code: scene.server.consent('coded'),
    };
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), coded, twin: scene.tenant('twin'), bad: 7 },
    });
    const first = await dryRun(scene);
    expect(first.summary).toMatchObject({ total: 4, skipped: 3, failed: 1, rotated: 0 });
    expect(outcomeOf(first, 'coded').grant_type).toBe('authorization_code');
    await scene.run();
    await dryRun(scene);
  });

  it('tells of the same tenants as a run with the same filters would', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    const shopper = {
      provider: 'instacart-connect',
      client_id: 'c',
      client_secret: 's',
      user_id: 'u',
    };
    scene.save('default', {
      tenants: { acme: scene.tenant('acme'), dead: scene.tenant('dead'), shopper },
    });
    scene.save('eu', { tenants: { euro: scene.tenant('euro') } });
    scene.http.always('dead', jsonReply(400, { error: 'invalid_grant' }));
    await scene.run();
    for (const request of [
      {},
      { tenants: ['acme'] },
      { shard: 'eu' },
      { provider: 'oauth2' },
      { expiring_within_seconds: 3_700 },
    ]) {
      const foretold = await dryRun(scene, request);
      const asked = foretold.outcomes
        .filter(({ reason }) => reason?.endsWith('would be asked'))
        .map(({ tenant }) => tenant);
      scene.http.sent.length = 0;
      await scene.run(request);
      const names = scene.http
        .accounts()
        .map((account) => (account === 'connect.instacart.com' ? 'shopper' : account));
      expect(asked.sort()).toEqual(names.sort());
    }
  });

  it('works beside a run that holds the lease', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    let foretold: Awaited<ReturnType<Scene['run']>> | undefined;
    scene.http.reply('acme', async (request) => {
      foretold = await scene.run({ dry_run: true });
      return scene.server.handle(request);
    });
    expect((await scene.run()).summary.rotated).toBe(1);
    expect(foretold?.summary).toMatchObject({ skipped: 1, busy: 0 });
  });

  it('tells of a recovery after a crash as a run would make it', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.faults.fail({ port: 'vault', op: 'put_version' }, { reason: 'denied' });
    await scene.run();
    scene.faults.heal();
    const foretold = await dryRun(scene);
    expect(outcomeOf(foretold, 'acme').reason).toMatch(/^a recovery is due/);
    expect(foretold.gauges?.tokens_waiting).toBe(1);
    await scene.run();
    const after = await dryRun(scene);
    expect(outcomeOf(after, 'acme').reason).not.toMatch(/recovery/);
    expect(after.gauges?.tokens_waiting).toBe(0);
  });

  const CHANGES: Record<string, (scene: Scene, old: { map: string; published: string }) => void> = {
    'nothing changed': () => undefined,
    'an old copy of the map is saved': (scene, old) => scene.world.vault.save('default', old.map),
    'the state is deleted': (scene) => scene.world.states.delete('default'),
    'the published tokens are older': (scene, old) =>
      scene.world.accessTokens.save('default', old.published),
    'nothing is published': (scene) =>
      scene.world.accessTokens.save('default', '{"version":1,"tenants":{}}'),
    'a tenant was renamed': (scene) =>
      scene.edit(({ tenants }) => {
        tenants.other = tenants.acme ?? {};
        delete tenants.acme;
      }),
    'a tenant was copied': (scene) =>
      scene.edit(({ tenants }) => Object.assign(tenants, { other: tenants.acme })),
    'a tenant consented anew': (scene) =>
      scene.edit(({ tenants }) =>
        Object.assign(tenants.brandx ?? {}, { refresh_token: scene.server.reissue('brandx') }),
      ),
    'the state is deleted and the index is damaged': (scene) => {
      scene.world.states.delete('default');
      changeIndex(scene, () => '{"half');
    },
    'the state is deleted and another shard owns the credentials': (scene) => {
      scene.world.states.delete('default');
      changeIndex(scene, (text) => text.replace('"owner":"default"', '"owner":"eu"'));
    },
  };

  it.each(Object.entries(CHANGES))(
    'foretells the requests that a run makes after a crash, when %s',
    async (_what, change) => {
      for (const request of [{}, { expiring_within_seconds: 900 }, { tenants: ['brandx'] }]) {
        for (const dies of ['put_version', 'move_label', 'write'] as const) {
          const scene = createScene();
          const tenants = { acme: scene.tenant('acme'), brandx: scene.tenant('brandx') };
          scene.save('default', { tenants });
          await scene.run();
          const old = { map: vaultText(scene), published: publishedText(scene) };
          scene.clock.jump(50 * 60_000);
          await runUntil(scene, dies);
          change(scene, old);
          const foretold = await scene.run({ dry_run: true, ...request });
          const made = await scene.run(request);
          const asked = foretold.outcomes.filter(({ reason }) =>
            reason?.includes('would be asked'),
          );
          const sent = made.outcomes.filter(({ attempts }) => attempts !== undefined);
          expect(asked.map(({ tenant }) => tenant)).toEqual(sent.map(({ tenant }) => tenant));
        }
      }
    },
  );

  it('tells how a shard would fail as a whole', async () => {
    const scene = createScene();
    scene.world.vault.save('default', '{');
    expect((await dryRun(scene)).failures).toMatchObject([
      { shard: 'default', code: 'shard_unreadable' },
    ]);
  });

  it('reckons with what the recovery publishes: it foretells no request that the run spares', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    let isDead = false;
    const gate: Parameters<Scene['ports']>[0] = async (effect, perform) => {
      isDead ||= effect.op === 'put_version';
      return isDead ? new Promise(() => {}) : perform();
    };
    void scene.rotate(
      {},
      scene.ports(gate, () => isDead, scene.http),
    );
    await scene.clock.sleep(400_000);
    const foretold = outcomeOf(await scene.run({ dry_run: true }), 'acme');
    scene.http.sent.length = 0;
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('recovered');
    expect(scene.http.sent).toEqual([]);
    expect(foretold.reason).not.toContain('would be asked');
  });

  it('names the tenants that the schedule cannot keep alive, and the setting that would', async () => {
    const scene = createScene();
    const definitions = {
      short: { extends: 'oauth2', title: 'Short', lives: { idle_s: 432_000 } },
    };
    const tenants = {
      acme: scene.tenant('acme', 'detect', { provider: 'short' }),
      brandx: scene.tenant('brandx'),
    };
    scene.save('default', { definitions, tenants });
    const weekly = { gapMs: 7 * 86_400_000, keepFresh: false };
    const dry = (rhythm: Rhythm) => scene.run({ dry_run: true }, { rhythm });
    const report = await dry(weekly);
    expect(outcomeOf(report, 'acme').warning).toContain('schedule=rate(2 days)');
    expect(outcomeOf(report, 'brandx').warning).toBeUndefined();
    const fresh = await dry({ ...weekly, keepFresh: true });
    expect(outcomeOf(fresh, 'acme').warning).toBeUndefined();
  });
});
