import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../lambda/outcome.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { digest } from '../../../lambda/report/digest.ts';
import { explainNews } from '../../../lambda/run/explain-news.ts';
import { makeOutcome } from '../../fakes/report.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { networkFailure } from '../../fakes/simulated-http.ts';

const OPTIONS = { runId: 'run', deadlineAt: Number.POSITIVE_INFINITY };

/** The server commits, and its answer is lost on the way. */
function loseAnswer(scene: Scene, tenant: string): void {
  scene.http.reply(tenant, (request) => {
    scene.server.handle(request);
    return networkFailure('no_answer', 'ECONNRESET');
  });
}

async function sceneOf(...tenants: string[]): Promise<Scene> {
  const scene = createScene();
  const entries = tenants.map((name) => [name, scene.tenant(name)]);
  scene.save('default', { tenants: Object.fromEntries(entries) });
  await scene.run();
  return scene;
}

describe('the run in which a tenant begins to fail', () => {
  it('says why, and so does its mail', async () => {
    const scene = await sceneOf('acme', 'brandx');
    loseAnswer(scene, 'acme');
    const report = await scene.run();
    expect(outcomeOf(report, 'acme').causes).toMatchObject([
      { cause: 'answer_lost', certainty: 'certain', evidence: expect.any(Array) },
    ]);
    expect(outcomeOf(report, 'brandx').causes).toBeUndefined();
    const mail = digest([report], 'token-rotator');
    expect(mail?.message).toContain('  Cause: answer lost (certain)\n  To do: ');
  });

  it('is the only one that says it', async () => {
    const scene = await sceneOf('acme');
    loseAnswer(scene, 'acme');
    await scene.run();
    expect(outcomeOf(await scene.run(), 'acme').causes).toBeUndefined();
  });

  it('keeps apart in the mail what died of different causes', async () => {
    const scene = await sceneOf('acme', 'brandx');
    loseAnswer(scene, 'acme');
    scene.server.reissue('brandx');
    const mail = digest([await scene.run()], 'token-rotator');
    expect(mail?.message).toContain('Cause: answer lost (certain)');
    expect(mail?.message).toContain('Cause: spent elsewhere (possible), withdrawn (possible)');
  });

  it('explains a tenant that shares its credential with another', async () => {
    const scene = createScene();
    const entry = scene.tenant('acme');
    scene.save('default', { tenants: { acme: entry, twin: entry } });
    await scene.run();
    loseAnswer(scene, 'acme');
    const report = await scene.run();
    const causes = report.outcomes.map((outcome) => outcome.causes?.map(({ cause }) => cause));
    expect(causes).toEqual([['answer_lost'], ['answer_lost']]);
  });
});

describe('a shard that cannot be read', () => {
  it('keeps nobody from learning why the tenants of another one fail', async () => {
    const scene = createScene({ shards: ['default', 'broken'] });
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.world.vault.save('broken', 'no map');
    scene.server.reissue('acme');
    expect(outcomeOf(await scene.run(), 'acme').causes?.length).toBeGreaterThan(0);
  });
});

describe(explainNews.name, () => {
  const news = (tenant: string): Outcome => makeOutcome(tenant, 'failed', { newly_failing: true });

  it('reads nothing where there is no news', async () => {
    const scene = await sceneOf('acme');
    const untouchable = new Proxy(scene.openPorts(), {
      get: () => {
        throw new Error('It was read.');
      },
    });
    const outcomes = [makeOutcome('acme', 'rotated'), makeOutcome('b', 'failed')];
    expect(await explainNews(untouchable, outcomes, OPTIONS)).toEqual(outcomes);
  });

  it('leaves outcomes as they are where the archive refuses, or no time is left', async () => {
    const scene = await sceneOf('acme');
    scene.server.reissue('acme');
    await scene.run();
    const ports = scene.openPorts();
    const list = async () => {
      throw new StoreError('denied', 'permission s3:ListBucket is missing');
    };
    const refusing = { ...ports, archive: { ...ports.archive, list } };
    expect(await explainNews(refusing, [news('acme')], OPTIONS)).toEqual([news('acme')]);
    const late = { ...OPTIONS, deadlineAt: ports.clock.now() + 1_000 };
    expect(await explainNews(ports, [news('acme')], late)).toEqual([news('acme')]);
    expect((await explainNews(ports, [news('acme')], OPTIONS))[0]?.causes?.length).toBeGreaterThan(
      0,
    );
  });
});
