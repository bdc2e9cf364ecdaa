import pLimit from 'p-limit';
import { FOLDERS } from '../archive-folders.ts';
import {
  type Family,
  familyOfTenant,
  isInDoubt,
  type Knowledge,
  rootOf,
} from '../history/families.ts';
import { knownKey } from '../history/known-record.ts';
import type { Held } from '../history/restore.ts';
import { adopt, mayAdopt } from './adopt.ts';
import { successionOfJoin } from './file-entry.ts';
import { lookUpCredential, recallCode } from './look-up.ts';
import { AT_ONCE, lookDeep } from './read-archive.ts';
import type { ShardRun } from './shard-run.ts';
import { sparing } from './withhold.ts';

/**
 * Above this many unknown credentials, one listing of the index replaces their reads. A long index
 * is not listed. Each shard would list what all of them have.
 */
const LIST_ABOVE = 20;

/**
 * Finds out about credentials and codes that the state does not know, and about those in doubt.
 * Looks for late answers in the archive, then into the index. What nothing knows after that is the
 * operator's, and is adopted. Returns the families that were in doubt.
 */
export async function learnUnknown(run: ShardRun, held: readonly Held[]): Promise<Family[]> {
  const { knowledge } = run.ledger;
  const unknown = held.filter(({ refreshToken }) => isUnknown(run, refreshToken));
  const prints = unknown.flatMap(({ refreshToken }) => refreshToken ?? []);
  for (const print of prints) {
    run.unlooked.add(print);
  }
  const uncertain = familiesOf(knowledge, held).filter(isInDoubt);
  await lookDeep(run, [...familiesOf(knowledge, unknown), ...uncertain]);
  // The index tells when a credential was first issued. The deep look may know the last time alone.
  const heldCodes = held.flatMap(({ code }) => code ?? []);
  const codes = heldCodes.filter((code) => !knowledge.codes.has(code));
  const indexed = await listIndexed(run, [...prints, ...codes]);
  await pLimit(AT_ONCE).map(codes.filter(indexed), (code) => recallCode(run, code));
  await pLimit(AT_ONCE).map(prints.filter(indexed), (print) => {
    const holders = unknown.filter(({ refreshToken }) => refreshToken === print);
    const names = holders.map(({ tenant }) => tenant);
    return sparing(run, names, () => lookUpWithKin(run, print));
  });
  await pLimit(AT_ONCE).map(unknown, (entry) => adoptIfNew(run, entry));
  for (const print of prints) {
    run.unlooked.delete(print);
  }
  return uncertain;
}

/** What the archive alone has told of is not known yet. A fault came before the index could. */
function isUnknown({ ledger, unlooked }: ShardRun, print: string | null): print is string {
  return print !== null && (unlooked.has(print) || !ledger.knowledge.families.has(print));
}

/**
 * Looks a credential up, and those that the deep look has found beside it. An old copy with one of
 * these may come before this run ends. Throws StoreError.
 */
async function lookUpWithKin(run: ShardRun, print: string): Promise<void> {
  const kin = run.ledger.knowledge.families.get(print)?.members.keys() ?? [];
  for (const one of new Set([print, ...kin])) {
    await lookUpCredential(run, one);
  }
}

function familiesOf(knowledge: Knowledge, held: readonly Held[]): Family[] {
  return held.flatMap(({ tenant }) => familyOfTenant(knowledge, tenant) ?? []);
}

/** Returns a filter that leaves out what the index is known not to have. */
async function listIndexed(
  run: ShardRun,
  prints: readonly string[],
): Promise<(print: string) => boolean> {
  if (prints.length <= LIST_ABOVE) {
    return () => true;
  }
  const few = await run.ports.records.listFew(FOLDERS.known);
  if (few === null) {
    return () => true;
  }
  const keys = new Set(few);
  return (print) => keys.has(knownKey(print));
}

async function adoptIfNew(run: ShardRun, { tenant, refreshToken }: Held): Promise<void> {
  const { knowledge } = run.ledger;
  if (refreshToken === null || knowledge.families.has(refreshToken)) {
    return;
  }
  if (run.untold.has(tenant)) {
    return;
  }
  const credential = run.ledger.valueOf(refreshToken);
  if (credential === undefined || !mayAdopt(run)) {
    return;
  }
  const left = familyOfTenant(knowledge, tenant);
  // A run that did not end well may have put its answer here, where the archive did not have it.
  const isUncertain = !run.lease.isClean() && left !== undefined && left.current !== null;
  const succession = {
    ...successionOfJoin(run, tenant, { root: refreshToken, born: null }),
    ...(isUncertain && { in_doubt: [rootOf(left)] }),
  };
  await adopt(run, {
    kind: 'adopted',
    tenant,
    credential,
    succession,
  });
}
