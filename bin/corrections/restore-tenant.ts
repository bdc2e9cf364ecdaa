import pLimit from 'p-limit';
import { fingerprint } from '../../lambda/fingerprint.ts';
import type { ShardState } from '../../lambda/history/shard-state.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { type Fleet, readFleet, shardsOf } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';
import { findPrint } from '../map/find-print.ts';
import { findTenant, unknownInFleet } from '../map/find-tenant.ts';
import { listExchanges } from '../status/tenant-exchanges.ts';
import { afterEdit } from './after-edit.ts';
import { type Issued, putNewest, readCurrent, readIssued } from './put-newest.ts';
import { keptRefreshToken, putEntryBack } from './removed-entry.ts';
import { needsNoToken, platformWithoutTokens, setRefreshToken } from './set-refresh-token.ts';

const AT_ONCE = 16;

export interface Restored {
  tenant: string;
  /** What became of its refresh token. `kept`: a person said no to one. */
  result: 'changed' | 'unchanged' | 'kept';
  /** Present where its entry had been removed, and is there again. */
  entry_restored?: true;
  /** Of that refresh token, or null where its platform gives none, or none is known. */
  fingerprint: string | null;
  issued_at: string | null;
}

/**
 * Puts a credential out of the archive into a tenant's entry, the newest that was issued, or the
 * one whose fingerprint begins with `to`, which `confirm` is asked about when a newer one has
 * replaced it. The entry of a removed tenant is put back first. Throws UsageError for a `to` that is
 * no fingerprint, CommandError where no credential can be had, and StoreError.
 */
export async function restoreTenant(
  ports: RunPorts,
  tenant: string,
  to: string | null,
  confirm: () => Promise<boolean>,
): Promise<Restored> {
  if (to !== null) {
    findPrint(to, []);
  }
  const isBack = await isPutBack(ports, tenant);
  const putToken = () => restoreToken(ports, tenant, { to, isBack }, confirm);
  if (!isBack) {
    return putToken();
  }
  const restored = await afterEdit(
    `The entry of tenant ${tenant} is back, as it was when it was removed.`,
    `Remove the cause. Then: tokens restore ${tenant}`,
    putToken,
  );
  return { ...restored, entry_restored: true };
}

async function restoreToken(
  ports: RunPorts,
  tenant: string,
  { to, isBack }: { to: string | null; isBack: boolean },
  confirm: () => Promise<boolean>,
): Promise<Restored> {
  const { shard, map } = await findTenant(ports, tenant);
  const platform = platformWithoutTokens(tenant, map);
  if (platform !== null && !isBack) {
    throw needsNoToken(tenant, platform);
  }
  const issued = platform === null ? await knownCredentials(ports, shard, tenant) : [];
  const newest = (await readCurrent(ports, shard, tenant)) ?? issued.at(-1);
  const chosen = to === null ? newest : ofFingerprint(to, issued);
  if (!chosen && isBack && to === null) {
    return {
      tenant,
      result: 'changed',
      fingerprint: null,
      issued_at: null,
    };
  }
  if (!chosen) {
    throw nothingFound(tenant, to, issued);
  }
  const isNewest = chosen.isArchived && chosen.print === newest?.print;
  const { result, put } = isNewest
    ? await putNewest(ports, tenant, chosen, confirm)
    : { result: await setRefreshToken(ports, tenant, chosen.value, confirm), put: chosen };
  return {
    tenant,
    result,
    fingerprint: put.print,
    issued_at: put.at,
  };
}

/**
 * Puts the entry of a removed tenant back. Returns false for a tenant that is there. Throws
 * CommandError for a name that is not known, or where no version of a map has the entry any more.
 * Lists no archive: that of a large fleet takes minutes.
 */
async function isPutBack(ports: RunPorts, tenant: string): Promise<boolean> {
  const fleet = await readFleet(ports, null);
  if (shardsOf(fleet, tenant).length > 0) {
    return false;
  }
  const states = await Promise.all(
    fleet.shards.map(async (shard) => ({ shard, state: await readShardState(ports, shard) })),
  );
  const renamed = newNameOf(fleet, states, tenant);
  if (renamed !== null) {
    throw new CommandError(`Tenant ${tenant} is called ${renamed} now: nothing was changed.`, {
      nextStep: `tokens restore ${renamed}`,
    });
  }
  if (await putEntryBack(ports, tenant)) {
    return true;
  }
  const remembered = states.flatMap(({ state }) => namesIn(state));
  if (!remembered.includes(tenant)) {
    throw unknownInFleet([tenant], fleet, { removed: remembered });
  }
  throw new CommandError(
    `Tenant ${tenant} was removed, and no version of its map that is still kept has its entry.`,
    { nextStep: `Add its entry again: tokens add ${tenant}. Then: tokens restore ${tenant}` },
  );
}

interface StateOfShard {
  shard: string;
  state: ShardState;
}

/** Returns the name that a tenant of a map has got in place of this one, or null. */
function newNameOf(
  { maps }: Fleet,
  states: readonly StateOfShard[],
  tenant: string,
): string | null {
  for (const { shard, state } of states) {
    for (const [name, { former_names = [] }] of state.tenants) {
      const hadIt = former_names.some((former) => former.name === tenant);
      if (hadIt && maps.get(shard)?.tenants.has(name)) {
        return name;
      }
    }
  }
  return null;
}

/** Returns the tenants that runs have seen, those among them that are removed. */
function namesIn({ tenants, knowledge }: ShardState): string[] {
  return [...tenants.keys(), ...knowledge.tenants.keys(), ...knowledge.tokens.keys()];
}

function ofFingerprint(to: string, issued: readonly Issued[]): Issued | undefined {
  const found = findPrint(
    to,
    issued.map(({ print }) => print),
  );
  return issued.findLast(({ print }) => print === found);
}

/** The archive's credentials. Where it has none, what an older version of the map held. */
async function knownCredentials(ports: RunPorts, shard: string, tenant: string): Promise<Issued[]> {
  const issued = await issuedAnywhere(ports, shard, tenant);
  if (issued.length > 0) {
    return issued;
  }
  const kept = await keptRefreshToken(ports, shard, tenant);
  if (kept === null) {
    return [];
  }
  const at = new Date(kept.createdAt).toISOString();
  const print = fingerprint(kept.value);
  return [
    {
      value: kept.value,
      print,
      stamp: at,
      at,
      isArchived: false,
    },
  ];
}

/** A tenant that was moved has older ones in the shard that it came from. */
async function issuedAnywhere(ports: RunPorts, shard: string, tenant: string): Promise<Issued[]> {
  const others = (await ports.vault.shards()).filter((other) => other !== shard);
  const read = await Promise.all(others.map((other) => issuedTo(ports, other, tenant)));
  return [...read.flat(), ...(await issuedTo(ports, shard, tenant))];
}

/** Reads every credential that a shard's archive holds of a tenant, the newest last. */
async function issuedTo(ports: RunPorts, shard: string, tenant: string): Promise<Issued[]> {
  const keys = await listExchanges(ports, [shard], tenant);
  const read = await pLimit(AT_ONCE).map(keys, (key) => readIssued(ports, key));
  const issued = read.filter((one) => one !== null);
  return issued.sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
}

function nothingFound(tenant: string, to: string | null, issued: readonly Issued[]): CommandError {
  if (to === null || issued.length === 0) {
    return new CommandError(
      `The archive holds no refresh token of tenant ${tenant}. ` +
        `Ask the client to consent again: tokens connect ${tenant}`,
    );
  }
  const known = [...new Set(issued.map(({ print }) => print))].slice(-5).join(', ');
  return new CommandError(
    `The archive holds no refresh token ${to} of tenant ${tenant}. The newest ones are ${known}.`,
  );
}
