import { type ReadExchange, readExchange } from '../exchange/archived-entry.ts';
import { fingerprint } from '../fingerprint.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { copyKnowledge, type Knowledge } from '../history/families.ts';
import { type Entry, learn } from '../history/learn.ts';
import type { ShardState } from '../history/shard-state.ts';
import { refreshTokensByFingerprint, type VaultMap } from '../map/vault-map.ts';

/** One exchange made by this run. */
export interface OwnExchange {
  entry: Entry;
  exchange: ArchivedExchange;
  /** Says whether the archive acknowledged it. */
  landed: boolean;
  /** Says whether what it issued is in the vault. */
  inVault: boolean;
}

/**
 * All that a run knows about a shard's credentials. What is known always equals the stored state
 * and every entry that was taken in.
 */
export interface Ledger {
  readonly knowledge: Knowledge;
  readonly own: readonly OwnExchange[];
  /** Takes in an entry of the archive, and returns it read. */
  takeIn(key: string, exchange: ArchivedExchange): ReadExchange;
  /** Takes in an exchange that this run made, before the archive has it. */
  takeInOwn(key: string, exchange: ArchivedExchange): { own: OwnExchange; read: ReadExchange };
  /** Returns an entry that was taken in, read. */
  entryOf(key: string): ReadExchange | undefined;
  /** Remembers the credentials that a map holds. */
  noteValues(map: VaultMap): void;
  noteValue(value: string): void;
  /** Returns the credential of a fingerprint, where it was met. A secret. */
  valueOf(print: string): string | undefined;
}

/** Opens what a state knows, to be added to. The state itself is not changed. */
export function openLedger(state: Pick<ShardState, 'knowledge'>): Ledger {
  const knowledge = copyKnowledge(state.knowledge);
  const entries = new Map<string, ReadExchange>();
  const values = new Map<string, string>();
  const own: OwnExchange[] = [];

  function takeIn(key: string, exchange: ArchivedExchange): ReadExchange {
    const read = readExchange(key, exchange);
    entries.set(key, read);
    const { issued } = read.entry;
    if (issued !== null && read.issued !== null) {
      values.set(issued, read.issued);
    }
    learn(knowledge, read.entry);
    return read;
  }

  return {
    knowledge,
    own,
    takeIn,
    takeInOwn(key, exchange) {
      const read = takeIn(key, exchange);
      const made = {
        entry: read.entry,
        exchange,
        landed: false,
        inVault: false,
      };
      own.push(made);
      return { own: made, read };
    },
    entryOf: (key) => entries.get(key),
    noteValues(map) {
      for (const [print, value] of refreshTokensByFingerprint(map)) {
        values.set(print, value);
      }
    },
    noteValue(value) {
      values.set(fingerprint(value), value);
    },
    valueOf: (print) => values.get(print),
  };
}

/** Returns whether the archive has every exchange of this run. */
export function hasLanded({ own }: Pick<Ledger, 'own'>): boolean {
  return own.every(({ landed }) => landed);
}

/** Returns whether a credential is current of which the archive has no copy, as far as is known. */
export function hasUnarchived({ knowledge, own }: Ledger): boolean {
  const missing = new Set(own.filter(({ landed }) => !landed).map(({ entry }) => entry.key));
  return [...knowledge.families.values()].some(({ own: isOwn, current, key }) => {
    const isMissing = key === null ? isOwn : missing.has(key);
    return current !== null && isMissing;
  });
}

/** Returns the answers that issued a credential which is stored nowhere yet. */
export function undurable({ own }: Ledger): OwnExchange[] {
  return own.filter(({ entry, landed, inVault }) => !landed && !inVault && entry.issued !== null);
}
