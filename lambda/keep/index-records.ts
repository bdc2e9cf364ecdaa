import {
  formatKnownRecord,
  type KnownRecord,
  knownKey,
  parseKnownRecord,
  type RootRecord,
} from '../history/known-record.ts';
import type { Stamp } from '../history/stamp.ts';
import { DamagedRecordError, type Tagged } from '../ports.ts';
import { reportDamaged } from './archived-object.ts';
import type { ShardRun } from './shard-run.ts';

/** Describes what it takes to read the index. */
export type IndexReader = Pick<ShardRun, 'ports' | 'shard' | 'ledger'>;

/** A record, and the etag to change it by. */
export interface ReadRecord {
  record: KnownRecord;
  etag: string;
}

/** Returns the record of a root that a shard owns, and that nobody has handed back yet. */
export function newRootRecord(shard: string, root: string, stamp: Stamp): RootRecord {
  return {
    root,
    owner: shard,
    stamp,
    roots: [root],
    cur: null,
    key: null,
    doubt: false,
    held: null,
  };
}

/**
 * Reads the record of a credential, or null where it has none. Throws StoreError, and
 * DamagedRecordError for one that cannot be read.
 */
export async function readRecord(
  run: Pick<ShardRun, 'ports'>,
  print: string,
): Promise<ReadRecord | null> {
  const stored = await run.ports.records.read(knownKey(print));
  if (!stored) {
    return null;
  }
  try {
    return { record: parseKnownRecord(stored.text), etag: stored.etag };
  } catch {
    throw new DamagedRecordError(knownKey(print));
  }
}

/** Reports a damaged record, and returns null for it. Throws StoreError. */
export async function readGoodRecord(run: ShardRun, print: string): Promise<ReadRecord | null> {
  try {
    return await readRecord(run, print);
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) {
      throw error;
    }
    reportDamaged(run, error.key);
    return null;
  }
}

/** Returns whether the record was created, or is there from an earlier try of this run. */
export function createRecord(run: ShardRun, print: string, record: KnownRecord): Promise<boolean> {
  return writeRecord(run, print, record, null);
}

/**
 * Writes a record if the stored etag still is `etag` (null: nothing stored). Returns whether it was
 * written, now or by an earlier try. Throws StoreError.
 */
export async function writeRecord(
  run: ShardRun,
  print: string,
  record: KnownRecord,
  etag: string | null,
): Promise<boolean> {
  const text = formatKnownRecord(record);
  const key = knownKey(print);
  if ((await run.ports.records.write(key, text, etag)) !== 'refused') {
    return true;
  }
  // A retry inside the SDK finds its own first attempt.
  const stored = await readGiven(run, key);
  return stored !== 'withheld' && stored?.text === text;
}

/** Tells whether the index has a credential or code, also where it withholds it. Throws StoreError. */
export async function hasRecord(run: IndexReader, print: string): Promise<boolean> {
  return (await readGiven(run, knownKey(print))) !== null;
}

async function readGiven(
  { ports }: Pick<ShardRun, 'ports'>,
  key: string,
): Promise<Tagged | 'withheld' | null> {
  try {
    return await ports.records.read(key);
  } catch (error) {
    if (error instanceof DamagedRecordError) {
      return 'withheld';
    }
    throw error;
  }
}
