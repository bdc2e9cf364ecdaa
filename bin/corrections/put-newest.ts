import { readExchange } from '../../lambda/exchange/archived-entry.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { parseArchivedExchange } from '../../lambda/history/archived-exchange.ts';
import { type Family, familyOfTenant } from '../../lambda/history/families.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import { undamagedObject } from '../../lambda/keep/undamaged-object.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { openReadOnly } from '../../lambda/run/open-read-only.ts';
import { CommandError } from '../errors.ts';
import { holdShards } from '../map/hold-shards.ts';
import { findSettled } from '../map/settled-tenant.ts';
import { forceCredential, ownFamily } from './force-credential.ts';
import { mustBeForced, putRefreshToken } from './set-refresh-token.ts';

/** A credential that the archive, or an older map, holds of a tenant. `value` is a secret. */
export interface Issued {
  value: string;
  print: string;
  stamp: string;
  /** Says when it was issued or filed, as an ISO-8601 instant. */
  at: string;
  isArchived: boolean;
}

/** Reads the credential that an object of the archive holds, if any. Throws StoreError. */
export async function readIssued(
  { archive }: Pick<RunPorts, 'archive'>,
  key: string,
): Promise<Issued | null> {
  const exchange = parseArchivedExchange(await undamagedObject(archive, key));
  if (!exchange) {
    return null;
  }
  const { issued, entry } = readExchange(key, exchange);
  if (issued === null) {
    return null;
  }
  return {
    value: issued,
    print: fingerprint(issued),
    stamp: entry.stamp,
    at: entry.sentAt,
    isArchived: true,
  };
}

/**
 * Returns the current credential of the family that a tenant belongs to, or null where the shard
 * does not know it. It may have been issued to another tenant, with whom it is shared. Throws
 * StoreError.
 */
export async function readCurrent(
  ports: RunPorts,
  shard: string,
  tenant: string,
): Promise<Issued | null> {
  const { ledger } = await openReadOnly(ports, shard);
  const family = familyOfTenant(ledger.knowledge, tenant);
  return family ? currentOf(ports, family) : null;
}

async function currentOf(ports: RunPorts, { key, current }: Family): Promise<Issued | null> {
  const issued = key === null ? null : await readIssued(ports, key);
  return issued?.print === current ? issued : null;
}

/**
 * Puts a credential into a tenant's entry that is its newest one, as far as was known before the
 * lease. What is newer after all is put in its place. `confirm` is asked while an object cannot be
 * read that may hold a newer one. Returns which one was put, or `kept` where `confirm` says no.
 * Throws CommandError, StoreError and VaultMapError.
 */
export async function putNewest(
  ports: RunPorts,
  tenant: string,
  newest: Issued,
  confirm: () => Promise<boolean>,
): Promise<{ result: 'changed' | 'unchanged' | 'kept'; put: Issued }> {
  const { shard } = await findSettled(ports, tenant);
  const { ledger, untold } = await openReadOnly(ports, shard);
  if (!(await mustBeForced(ports, ledger.knowledge, tenant, newest.value))) {
    const result = await putRefreshToken(ports, { shard, tenant }, newest.value);
    return { result, put: newest };
  }
  if (untold.has(tenant) && !(await confirm())) {
    return { result: 'kept', put: newest };
  }
  const put = await holdShards(ports, [shard], ({ run }) => {
    const unread = run.untold.get(tenant);
    if (unread !== undefined && unread !== untold.get(tenant)) {
      throw becameUnread(tenant, unread);
    }
    return forceNewest(run, tenant, newest);
  });
  await putRefreshToken(ports, { shard, tenant }, put.value);
  return { result: 'changed', put };
}

function becameUnread(tenant: string, key: string): CommandError {
  return new CommandError(
    `${key} may hold a newer refresh token of tenant ${tenant}, and cannot be read now. ` +
      'Nothing was changed.',
    { nextStep: `Put a good version of it back. Then: tokens restore ${tenant}` },
  );
}

async function forceNewest(run: ShardRun, tenant: string, newest: Issued): Promise<Issued> {
  const family = await ownFamily(run, tenant, newest.print);
  const isNewest = !family || family.current === null || family.current === newest.print;
  const put = isNewest ? newest : await currentOf(run.ports, family);
  if (put === null) {
    throw new CommandError(
      `The newest refresh token of tenant ${tenant} is not in the archive any more. ` +
        'An older one was not put in its place.',
      { nextStep: `tokens restore ${tenant} --to ${newest.print}` },
    );
  }
  await forceCredential(run, tenant, put.value);
  return put;
}
