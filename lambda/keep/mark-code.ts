import { TIME_NEEDED_MS } from '../deadlines.ts';
import type { Succession } from '../history/archived-exchange.ts';
import type { Code } from '../history/families.ts';
import { formatKnownRecord, knownKey, type RootRecord } from '../history/known-record.ts';
import { OLD } from '../history/stamp.ts';
import { fileEntry } from './file-entry.ts';
import { isOwnedHere } from './ownership.ts';
import { nextStamp, type ShardRun, timeLeftMs } from './shard-run.ts';

/**
 * Marks an authorization code in the state, the archive and the index before it is sent, so that
 * neither a crash nor an old copy of the map can send it twice. Returns `lost` when the state could
 * not be stored, and `taken` when another shard marked the code before. Throws StoreError. In all of
 * these cases the code may not be sent, and keeps no mark.
 */
export async function markCode(
  run: ShardRun,
  tenant: string,
  code: string,
): Promise<'marked' | 'lost' | 'taken'> {
  const isStored = await storeMark(run, code, { tenant, marked: nextStamp(run), unsent: OLD });
  if (!isStored) {
    // The write may have landed all the same.
    await storeUnmark(run, tenant, code);
    return 'lost';
  }
  try {
    await fileMark(run, 'marked', tenant, code);
    return (await isOurs(run, code)) ? 'marked' : 'taken';
  } catch (error) {
    await unmarkCode(run, tenant, code);
    throw error;
  }
}

/**
 * Takes the mark from a code that was not sent after all. The state says so too. A mark whose
 * answer was lost may be in an archive that takes nothing more. Throws StoreError.
 */
export async function unmarkCode(run: ShardRun, tenant: string, code: string): Promise<void> {
  await storeUnmark(run, tenant, code);
  await fileMark(run, 'unmarked', tenant, code);
}

/** A store that throttles takes writes again after seconds. */
const STORE_AGAIN_MS = 5_000;
/** After this the lease is over, and the state may be another run's. */
const LONGEST_MS = 90_000;

/**
 * Takes the mark out of the state, and waits for a store that is away. A mark that stays there
 * costs its client another consent.
 */
async function storeUnmark(run: ShardRun, tenant: string, code: string): Promise<void> {
  const { clock } = run.ports;
  const mark = { tenant, marked: nextStamp(run), unsent: nextStamp(run) };
  run.ledger.knowledge.codes.set(code, mark);
  const endsAt = clock.monotonic() + Math.min(LONGEST_MS, timeLeftMs(run) - TIME_NEEDED_MS);
  while (!(await isUnmarked(run, code, mark)) && clock.monotonic() < endsAt) {
    await clock.sleep(STORE_AGAIN_MS);
  }
}

/** A lease that was not renewed in time says no, though its write may have landed. */
async function isUnmarked(run: ShardRun, code: string, mark: Code): Promise<boolean> {
  const isStored = await storeMark(run, code, mark);
  return isStored || run.lease.state().knowledge.codes.get(code)?.unsent === mark.unsent;
}

async function storeMark(run: ShardRun, code: string, mark: Code): Promise<boolean> {
  return run.lease.save((state) => {
    const codes = new Map(state.knowledge.codes).set(code, mark);
    return { ...state, knowledge: { ...state.knowledge, codes } };
  });
}

async function fileMark(
  run: ShardRun,
  kind: 'marked' | 'unmarked',
  tenant: string,
  code: string,
): Promise<void> {
  const stamp = nextStamp(run);
  const succession: Succession = {
    root: code,
    stamp,
    born: null,
    joined: stamp,
    had: [],
  };
  await fileEntry(run, {
    kind,
    tenant,
    spent: code,
    succession,
  });
}

/** Returns whether the index has the code as this shard's, from now on or from an earlier mark. */
async function isOurs(run: ShardRun, code: string): Promise<boolean> {
  const key = knownKey(code);
  const text = formatKnownRecord(recordOf(run, code));
  const written = await run.ports.records.write(key, text, null);
  if (written !== 'refused') {
    return true;
  }
  return isOwnedHere(run, code);
}

function recordOf(run: ShardRun, code: string): RootRecord {
  return {
    root: code,
    owner: run.shard,
    stamp: OLD,
    roots: [code],
    cur: null,
    key: null,
    doubt: false,
    held: null,
  };
}
