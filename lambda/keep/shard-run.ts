import { TIME_NEEDED_MS } from '../deadlines.ts';
import type { Family } from '../history/families.ts';
import type { TenantState } from '../history/shard-state.ts';
import { makeStamp, type Stamp } from '../history/stamp.ts';
import type { VaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import type { ArchiveGate } from './archive-gate.ts';
import { type Instant, mostElapsedMs } from './elapsed.ts';
import type { Lease } from './lease.ts';
import type { Ledger } from './ledger.ts';
import type { Published, PublishedRead } from './published.ts';
import type { WaitingCode } from './waiting-code.ts';

/** The current version of the shard's vault secret, as this run last read it. */
export interface VaultRead {
  versionId: string | null;
  createdAt: number;
  text: string | null;
  map: VaultMap;
}

/** One shard's rotation under its lease: what it works with, and what it has seen so far. */
export interface ShardRun {
  readonly ports: RunPorts;
  readonly shard: string;
  readonly lease: Lease;
  /** The function's end, in milliseconds since the epoch, and when it was told. */
  readonly deadlineAt: number;
  readonly toldAt: Instant;
  /** Says that nothing new may be begun: a person stopped the run, or the disk is full. */
  readonly isStopped: () => boolean;
  readonly ledger: Ledger;
  readonly gate: ArchiveGate;
  /** How each tenant fared in earlier runs, and from whose account its consents came. */
  tenants: ReadonlyMap<string, TenantState>;
  vault: VaultRead;
  /** Says what consumers read, as this run last read or wrote it. */
  published: Published;
  /** The version of it that this run read, with its tokens, until it tries to write another. */
  publishedRead: PublishedRead | null;
  /** Names before a rename, each with the tenant whose token is published under it too. */
  formerNames: ReadonlyMap<string, string>;
  /**
   * Creation of the newest vault version ever seen, in milliseconds since the epoch. Nothing is
   * adopted from an older one.
   */
  newestVersionAt: number;
  /** Tenants whose credential belongs to another shard. They are not asked. */
  readonly foreign: Set<string>;
  /** Of some of them, the key of the damaged object that could have told. */
  readonly untold: Map<string, string>;
  /** Tenants whose new value has no room in a secret. The archive keeps it. */
  readonly tooLarge: Set<string>;
  /** Credentials that nothing knew, and that this run has not looked up to the end. */
  readonly unlooked: Set<string>;
  /** Families that another shard gave back, before an entry of this shard says so. */
  readonly takenOver: Set<Family>;
  /** Codes that came by connect links. They count as if they were in their tenants' entries. */
  codes: readonly WaitingCode[];
  /** Tenants that were never connected and have an open connect link, with the instant it ends. */
  invited: ReadonlyMap<string, string>;
  /** Says when this run began to ask providers, or null before. */
  asksBegan: Stamp | null;
  /** Which of its secrets worked last, by client. Both are fingerprints. */
  readonly secretHints: Map<string, string>;
  /** Numbers the stamps of this run. */
  sequence: number;
  /** The latest instant of a stamp of this run, by the wall clock. */
  stampedAt: number;
  /** The next free attempt in this turn, by the tenant's name in lower case. */
  readonly attempts: Map<string, number>;
  /** Keys of the archive that this run has read, or found damaged. */
  readonly seenKeys: Set<string>;
  /** Keys of exchanges that this run could not read. */
  readonly damaged: Set<string>;
  readonly room: Room;
}

/** Bytes of either secret that are free, and not set aside for an exchange under way. */
interface Room {
  vault: number;
  accessTokens: number;
  /** For how many exchanges bytes are set aside. */
  underWay: number;
  /** Look again for room. Each returns whether its wait is over. */
  waiting: (() => boolean)[];
}

/**
 * Returns the milliseconds to the function's end. A wall clock that is set back gives no time.
 */
export function timeLeftMs({
  ports,
  toldAt,
  deadlineAt,
}: Pick<ShardRun, 'ports' | 'toldAt' | 'deadlineAt'>): number {
  return deadlineAt - toldAt.wall - mostElapsedMs(ports.clock, toldAt);
}

/**
 * Returns the last instant, by the monotonic clock, at which something may begin that must come to
 * its end in this run.
 */
export function latestStart(run: ShardRun): number {
  const leftMs = run.isStopped() ? Number.NEGATIVE_INFINITY : timeLeftMs(run) - TIME_NEEDED_MS;
  return run.ports.clock.monotonic() + leftMs;
}

/**
 * Returns a stamp after all earlier ones of this run, also where the wall clock was set back. Else a
 * spent credential would outrank the one that it brought.
 */
export function nextStamp(run: ShardRun): Stamp {
  run.sequence += 1;
  run.stampedAt = Math.max(run.stampedAt, run.ports.clock.now());
  return makeStamp(run.lease.turn(), run.stampedAt, run.sequence);
}

/**
 * Numbers one more entry of a tenant in this turn, from 0 for an entry without a request or from 1
 * for an exchange. Keys are never used twice, also on a disk that takes `acme` and `Acme` for one.
 */
export function takeAttempt(
  { attempts }: Pick<ShardRun, 'attempts'>,
  tenant: string,
  least: 0 | 1,
): number {
  const name = tenant.toLowerCase();
  const attempt = Math.max(least, attempts.get(name) ?? 0);
  attempts.set(name, attempt + 1);
  return attempt;
}
