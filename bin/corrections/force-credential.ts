import { fingerprint } from '../../lambda/fingerprint.ts';
import { type Family, issuedAt, rootOf } from '../../lambda/history/families.ts';
import { familyFor } from '../../lambda/history/restore.ts';
import { claimFamily } from '../../lambda/keep/claim-family.ts';
import { commit } from '../../lambda/keep/commit.ts';
import { fileEntry, successionIn, successionOfJoin } from '../../lambda/keep/file-entry.ts';
import { lookUpCredential } from '../../lambda/keep/look-up.ts';
import { publish } from '../../lambda/keep/publish.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import { CommandError } from '../errors.ts';

/**
 * Makes a credential the current one of its family, for all tenants that hold one of that family,
 * whatever is known of it. It is archived so before the map is changed. Throws CommandError and
 * StoreError.
 */
export async function forceCredential(
  run: ShardRun,
  tenant: string,
  credential: string,
): Promise<void> {
  const print = fingerprint(credential);
  const family = await ownFamily(run, tenant, print);
  const target = familyFor(tenant, print, run.ledger.knowledge);
  const isMember = family !== undefined && target?.family === family && !target.joins;
  const born = family ? issuedAt(family, print) : null;
  const succession = isMember
    ? { ...successionIn(run, tenant, family), born }
    : successionOfJoin(run, tenant, { root: family ? rootOf(family) : print, born });
  await fileEntry(run, {
    kind: 'adopted',
    tenant,
    credential,
    succession,
  });
  const committed = await commit(run);
  if (committed.kind !== 'committed') {
    throw new CommandError(
      `The map of shard ${run.shard} could not be written: ` +
        `${committed.kind === 'failed' ? committed.cause : 'the lease was lost'}. ` +
        'Run the same command again.',
    );
  }
  await publish(run, 'all');
}

/**
 * Returns the family of a credential, which is this shard's own then, or null where nothing knows
 * the credential. Throws CommandError where another shard owns it, and StoreError.
 */
export async function ownFamily(
  run: ShardRun,
  tenant: string,
  print: string,
): Promise<Family | null> {
  const { families } = run.ledger.knowledge;
  const family = families.get(print) ?? (await lookUpCredential(run, print));
  if (family && !(await claimFamily(run, family, tenant))) {
    throw new CommandError(
      `This credential belongs to a tenant of another shard. Nothing was changed for ${tenant}.`,
    );
  }
  return family;
}
