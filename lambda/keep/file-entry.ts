import {
  type ArchivedExchange,
  exchangeKey,
  type Succession,
} from '../history/archived-exchange.ts';
import { type Family, isInDoubt, issuedAt, rootOf } from '../history/families.ts';
import type { Entry } from '../history/learn.ts';
import { OLD, type Stamp } from '../history/stamp.ts';
import { OFFER_EVERY_MS } from './archive-gate.ts';
import { nextStamp, type ShardRun, takeAttempt } from './shard-run.ts';

/** Describes what is filed in the archive without a request. */
export interface Filing {
  kind: Extract<Entry['kind'], 'adopted' | 'claim' | 'marked' | 'unmarked' | 'moved' | 'released'>;
  tenant: string;
  /** The credential that the entry says is current. A secret. */
  credential?: string;
  /** Fingerprint of the code that is marked, or of the credential whose answer is let go. */
  spent?: string;
  /** The shard to which the tenant is moved, or null where it is back. */
  movedTo?: string | null;
  succession: Succession;
}

/**
 * Archives an entry and takes it in. While the archive does not take it, no exchange starts. Throws
 * StoreError when it does not take it within a minute. Then nothing was learned.
 */
export async function fileEntry(run: ShardRun, filing: Filing): Promise<Entry> {
  const { kind, tenant, credential, spent, movedTo, succession } = filing;
  const attempt = takeAttempt(run, tenant, 0);
  const key = exchangeKey(run.shard, run.lease.folder(), tenant, attempt);
  const now = new Date(run.ports.clock.now()).toISOString();
  const exchange: ArchivedExchange = {
    version: 1,
    tenant,
    shard: run.shard,
    provider: '',
    app: null,
    run_id: run.lease.runId,
    turn: run.lease.turn(),
    attempt,
    grant_type: kind,
    spent: spent ?? null,
    method: null,
    url: null,
    sent_at: now,
    received_at: now,
    status: null,
    headers: {},
    body: credential === undefined ? '' : JSON.stringify({ refresh_token: credential }),
    body_encoding: 'utf8',
    failure: null,
    vault_version_created_at: new Date(run.vault.createdAt).toISOString(),
    ...(movedTo !== undefined && { moved_to: movedTo }),
    succession,
  };
  await putWithPatience(run, key, exchange);
  run.seenKeys.add(key);
  return run.ledger.takeIn(key, exchange).entry;
}

async function putWithPatience(
  run: ShardRun,
  key: string,
  exchange: ArchivedExchange,
): Promise<void> {
  for (;;) {
    try {
      await run.ports.archive.put(key, exchange);
      run.gate.took(key);
      return;
    } catch (error) {
      run.gate.refused(key, error);
      run.gate.tire();
      if (run.lease.leftMs() <= 0) {
        run.gate.giveUp();
      }
      if (run.gate.closedBy() !== null) {
        throw error;
      }
    }
    await run.ports.clock.sleep(OFFER_EVERY_MS);
  }
}

/**
 * Returns what an entry says besides that only files a family's current credential again. It does
 * not end the family's doubt. It keeps the stamp, so that it does not outrank an answer of an
 * earlier run that is still on its way to the archive.
 */
export function asBefore(run: ShardRun, family: Family): Pick<Succession, 'stamp' | 'in_doubt'> {
  const stamp = family.stamp === OLD ? nextStamp(run) : family.stamp;
  return isInDoubt(family) ? { stamp, in_doubt: [rootOf(family)] } : { stamp };
}

/** Returns what an entry says about a tenant that stays in its family. */
export function successionIn(run: ShardRun, tenant: string, family: Family): Succession {
  const membership = run.ledger.knowledge.tenants.get(tenant);
  const stamp = nextStamp(run);
  const { current } = family;
  return {
    root: rootOf(family),
    stamp,
    born: current === null ? null : issuedAt(family, current),
    joined: membership?.joined ?? joinStamp(run, stamp, null),
    had: [...(membership?.had ?? [])],
  };
}

/** Returns what an entry says about a tenant that joins a family and leaves the one it had. */
export function successionOfJoin(
  run: ShardRun,
  tenant: string,
  { root, born }: { root: string; born: Stamp | null },
): Succession {
  const membership = run.ledger.knowledge.tenants.get(tenant);
  const stamp = nextStamp(run);
  return {
    root,
    stamp,
    born: born ?? stamp,
    joined: joinStamp(run, stamp, membership?.joined ?? null),
    had: membership ? [...membership.had, membership.root] : [],
  };
}

/**
 * Returns when a tenant joined a family. What an operator put there while this run asked counts as
 * put there before it asked, so that it does not outrank what the run brought. It outranks a family
 * that the tenant joined in this run.
 */
function joinStamp(run: ShardRun, now: Stamp, joined: Stamp | null): Stamp {
  if (run.asksBegan === null) {
    return now;
  }
  return joined !== null && joined >= run.asksBegan ? now : run.asksBegan;
}
