import { heldIn, type VaultMap } from '../map/vault-map.ts';
import type { DrillCause, Missing, Renamed } from '../report/drill-report.ts';
import { drillWords } from '../report/drill-text.ts';
import type { Rebuilt, Restored } from './rebuild-shard.ts';

/** Describes the credential that a tenant works with now. Fingerprints only. */
export interface Wanted {
  tenant: string;
  print: string | null;
  /** Names the object of the archive that holds its value, where it is known. */
  key: string | null;
}

type Fate =
  | { kind: 'back' }
  | { kind: 'to_add' }
  | { kind: 'renamed'; renamed: Renamed }
  | { kind: 'missing'; missing: Missing };

/** Describes by what a credential's fate is decided. */
interface Evidence {
  restored: ReadonlyMap<string, Restored>;
  rebuilt: Rebuilt;
  now: VaultMap;
}

/**
 * Says what would become of a tenant's credential, after a restoration of an old map without a
 * state.
 */
export function fateOf(wanted: Wanted, { restored, rebuilt, now }: Evidence): Fate {
  const { tenant, print, key } = wanted;
  const { ledger, old, untold } = rebuilt;
  const found = restored.get(tenant);
  const waitsFor = untold.get(tenant);
  if (waitsFor !== undefined && found) {
    return missing(wanted, { archive_key: waitsFor, cause: 'unreadable', sends_older: false });
  }
  if (found && (print === null || found.print === print)) {
    return { kind: 'back' };
  }
  const from = formerName(print, { restored, now });
  if (from !== undefined) {
    return { kind: 'renamed', renamed: { from, to: tenant } };
  }
  const hasValue = print === null || ledger.valueOf(print) !== undefined;
  const cameLater = !found || !holdsAny(tenant, old);
  if (hasValue && cameLater) {
    return { kind: 'to_add' };
  }
  return missing(wanted, {
    archive_key: key,
    cause: causeOf(wanted, rebuilt),
    sends_older: found?.isSent === true,
  });
}

/** Tells whether a map holds something of a tenant that its credential could have followed. */
export function holdsAny(tenant: string, map: VaultMap): boolean {
  return heldIn(map).some(
    (held) => held.tenant === tenant && (held.code !== null || held.refreshToken !== null),
  );
}

/** Returns the tenant of the old map that is gone and would hold this credential. */
function formerName(
  print: string | null,
  { restored, now }: Pick<Evidence, 'restored' | 'now'>,
): string | undefined {
  if (print === null) {
    return undefined;
  }
  const former = [...restored.values()].find(
    (one) => one.print === print && one.isSent && !now.tenants.has(one.tenant),
  );
  return former?.tenant;
}

/** Returns the fate of a tenant whose credential would not come back, in words. */
function missing(
  { tenant, print }: Wanted,
  facts: Pick<Missing, 'archive_key' | 'cause' | 'sends_older'>,
): Fate {
  const about = { tenant, fingerprint: print, ...facts };
  return { kind: 'missing', missing: { ...about, ...drillWords(about) } };
}

/** An object that is there, and from which the credential did not come, cannot be read. */
function causeOf({ print, key }: Wanted, { ledger, listed }: Rebuilt): DrillCause {
  const hasValue = print !== null && ledger.valueOf(print) !== undefined;
  if (hasValue) {
    return 'link_lost';
  }
  const isThere = key !== null && listed.has(key);
  return isThere ? 'unreadable' : 'not_in_archive';
}
