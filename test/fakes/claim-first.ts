import { formatKnownRecord, knownKey, type RootRecord } from '../../lambda/history/known-record.ts';
import { OLD } from '../../lambda/history/stamp.ts';
import type { Scene } from './scene.ts';

/**
 * Has shard eu claim a root just before the scene's own shard writes its record. Returns the text of
 * the record of eu.
 */
export function claimFirst(scene: Scene, root: string): string {
  const record: RootRecord = {
    root,
    owner: 'eu',
    stamp: OLD,
    roots: [root],
    cur: null,
    key: null,
    doubt: false,
    held: null,
  };
  const text = formatKnownRecord(record);
  scene.faults.before({ port: 'records', op: 'write', on: knownKey(root) }, () => {
    scene.world.records.set(knownKey(root), { text, etag: 'theirs' });
  });
  return text;
}
