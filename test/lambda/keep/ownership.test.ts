import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import {
  formatKnownRecord,
  knownKey,
  parseKnownRecord,
} from '../../../lambda/history/known-record.ts';
import { OLD } from '../../../lambda/history/stamp.ts';
import { claimFamily } from '../../../lambda/keep/claim-family.ts';
import { giveBackFamily } from '../../../lambda/keep/give-back-family.ts';
import { indexCredential } from '../../../lambda/keep/index-credential.ts';
import { claimFirst } from '../../fakes/claim-first.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';

describe(claimFamily.name, () => {
  it('claims nothing that another shard has claimed in the same moment', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const root = fingerprint(scene.token('acme'));
    const text = claimFirst(scene, root);
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('duplicate_credential');
    expect(scene.http.sent).toEqual([]);
    expect(scene.world.records.get(knownKey(root))?.text).toBe(text);
  });
});

describe(indexCredential.name, () => {
  const OTHER = formatKnownRecord({ root: '0000000000000000', shard: 'eu', stamp: OLD });
  const GIVEN_BACK = { owner: null, stamp: OLD, roots: [], key: null, doubt: false, held: null };

  /** Lets a run find a record where it puts a new credential into the index. */
  async function runBeside(scene: Scene, recordOf: (print: string) => string): Promise<string> {
    let put = '';
    const gate: Parameters<Scene['ports']>[0] = async ({ port, op, on }, perform) => {
      if (port === 'records' && op === 'write' && put === '') {
        put = on;
        scene.world.records.set(on, { text: recordOf(on.slice(-21, -5)), etag: 'theirs' });
      }
      return perform();
    };
    await scene.rotate(
      {},
      scene.ports(gate, () => false, scene.http),
    );
    return put;
  }

  async function rotatedScene(): Promise<Scene> {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    return scene;
  }

  it.each<[string, (print: string) => string]>([
    ['is of another family', () => OTHER],
    ['is damaged', () => '{"half'],
    [
      'was given back with another one',
      (root) => formatKnownRecord({ ...GIVEN_BACK, root, cur: '0000000000000000' }),
    ],
  ])('lets no credential into the map whose record %s', async (_, recordOf) => {
    const scene = await rotatedScene();
    const before = scene.token('acme');
    await runBeside(scene, recordOf);
    expect(scene.http.sent).toHaveLength(2);
    expect(scene.token('acme')).toBe(before);
  });

  it('takes the root that another shard gave back with this very credential', async () => {
    const scene = await rotatedScene();
    const key = await runBeside(scene, (root) =>
      formatKnownRecord({ ...GIVEN_BACK, root, cur: root }),
    );
    const { text = '' } = scene.world.records.get(key) ?? {};
    expect(parseKnownRecord(text)).toMatchObject({ owner: 'default', cur: null });
    expect(knownKey(fingerprint(scene.token('acme')))).toBe(key);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });
});

describe(giveBackFamily.name, () => {
  it('gives nothing back once its lease has ended: the next run may have taken it', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme'), left: scene.tenant('left') } });
    const key = knownKey(fingerprint(scene.token('left')));
    await scene.run();
    scene.edit(({ tenants }) => delete tenants.left);
    scene.faults.before({ port: 'records', op: 'read', on: key }, () => scene.clock.jump(120_000));
    await scene.run();
    const { text = '' } = scene.world.records.get(key) ?? {};
    expect(parseKnownRecord(text)).toMatchObject({ owner: 'default' });
    await scene.run();
    const after = scene.world.records.get(key)?.text ?? '';
    expect(parseKnownRecord(after)).toMatchObject({ owner: null });
  });
});
