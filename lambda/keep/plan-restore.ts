import { FOLDERS } from '../archive-folders.ts';
import { readExchange } from '../exchange/archived-entry.ts';
import { fingerprint } from '../fingerprint.ts';
import { parseArchivedExchange } from '../history/archived-exchange.ts';
import {
  type Family,
  familyOfTenant,
  isInDoubt,
  issuedAt,
  type Knowledge,
  rootOf,
} from '../history/families.ts';
import { knownKey } from '../history/known-record.ts';
import { type Held, type Restoration, restore } from '../history/restore.ts';
import { OLD, turnOf } from '../history/stamp.ts';
import { withoutMoved } from '../map/staying.ts';
import { type CredentialEdit, heldIn } from '../map/vault-map.ts';
import { StoreError } from '../ports.ts';
import { reportDamaged } from './archived-object.ts';
import { doubtDamaged, waitsForObject } from './doubt-damaged.ts';
import { asBefore, fileEntry, successionIn, successionOfJoin } from './file-entry.ts';
import { undurable } from './ledger.ts';
import {
  claimFamily,
  claimNewFamily,
  DamagedRecordError,
  familyOfRoot,
  type IndexReader,
  indexCredential,
  isIndexed,
  lookUpCredential,
} from './ownership.ts';
import { AT_ONCE, lookDeep } from './read-archive.ts';
import type { ShardRun } from './shard-run.ts';
import { undamagedObject } from './undamaged-object.ts';

/**
 * Above this many unknown credentials, one listing of the index replaces their reads. A long index
 * is not listed. Each shard would list what all of them have.
 */
const LIST_ABOVE = 20;

/**
 * Says what must be put into the map as it was read, by all that archive and index know, and
 * archives on the way what an operator put there. A credential whose successor's value is nowhere
 * stays, and is not sent. Throws StoreError.
 */
export async function planRestore(run: ShardRun): Promise<Map<string, CredentialEdit>> {
  const held = heldIn(withoutMoved(run.vault.map, run.tenants));
  run.foreign.clear();
  run.untold.clear();
  const looked = await learnUnknown(run, held);
  const damaged = { keys: run.damaged, turn: run.lease.turn(), looked };
  for (const [tenant, key] of doubtDamaged(run.ledger.knowledge, damaged)) {
    withhold(run, tenant, key);
  }
  const forgetful = held.filter(({ tenant }) => isForgotten(run.ledger.knowledge, tenant));
  await forEach(forgetful, ({ tenant }) =>
    sparing(run, [tenant], () => recallFamilies(run, [tenant])),
  );
  const wanted = restore(held, run.ledger.knowledge);
  await claimFamilies(run, wanted);
  const edits = new Map<string, CredentialEdit>();
  const unsettled = wanted.filter((restoration) => !isSettled(run, restoration));
  await forEach(unsettled, async (restoration) => {
    const edit = await planEdit(run, restoration);
    if (edit) {
      edits.set(restoration.tenant, edit);
    }
  });
  await indexFamilies(run, held, edits);
  return edits;
}

/**
 * Returns whether a credential may be adopted now. The lease holds, the archive takes it, and the
 * map that was read is the newest one.
 */
function mayAdopt(run: ShardRun): boolean {
  const isNewest = run.vault.createdAt >= run.newestVersionAt;
  return isNewest && run.lease.leftMs() > 0 && run.gate.isOpen();
}

/**
 * Finds out about credentials and codes that the state does not know, and about those in doubt.
 * Looks for late answers in the archive, then into the index. What nothing knows after that is the
 * operator's, and is adopted. Returns the families that were in doubt.
 */
async function learnUnknown(run: ShardRun, held: readonly Held[]): Promise<Family[]> {
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
  await forEach(codes.filter(indexed), (code) => recallCode(run, code));
  await forEach(prints.filter(indexed), (print) => {
    const holders = unknown.filter(({ refreshToken }) => refreshToken === print);
    const names = holders.map(({ tenant }) => tenant);
    return sparing(run, names, () => lookUpWithKin(run, print));
  });
  await forEach(unknown, (entry) => adoptIfNew(run, entry));
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

/**
 * Does what needs the index for some tenants. A damaged record keeps them alone from being asked.
 * Throws StoreError for any other fault.
 */
export async function sparing(
  run: ShardRun,
  tenants: readonly string[],
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) {
      throw error;
    }
    reportDamaged(run, error.key);
    for (const tenant of tenants) {
      withhold(run, tenant, error.key);
    }
  }
}

/** Keeps a tenant from being asked, of which a damaged object could have told. */
function withhold(run: ShardRun, tenant: string, key: string): void {
  run.foreign.add(tenant);
  run.untold.set(tenant, key);
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

/** A code that the index has was sent, or may have been. Throws StoreError. */
export async function recallCode(run: IndexReader, code: string): Promise<void> {
  const stored = await run.ports.records.read(knownKey(code));
  if (stored) {
    run.ledger.knowledge.codes.set(code, { tenant: null, marked: '0', unsent: OLD });
  }
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

/**
 * Archives an entry, and returns whether that worked. What cannot be archived is not adopted, and
 * so not sent. The gate says so for the run.
 */
async function adopt(run: ShardRun, filing: Parameters<typeof fileEntry>[1]): Promise<boolean> {
  try {
    await fileEntry(run, filing);
    return true;
  } catch (error) {
    if (error instanceof StoreError) {
      return false;
    }
    throw error;
  }
}

/**
 * Loads the families of tenants that hold an old copy while the state has forgotten their own.
 * Throws StoreError.
 */
export async function recallFamilies(
  reader: IndexReader,
  tenants: readonly string[],
): Promise<void> {
  const { knowledge } = reader.ledger;
  const forgetful = tenants.filter((tenant) => isForgotten(knowledge, tenant));
  const roots = forgetful.flatMap((tenant) => knowledge.tenants.get(tenant)?.root ?? []);
  await forEach([...new Set(roots)], (root) => familyOfRoot(reader, root));
}

/** Tells whether the state has forgotten the family that a tenant belongs to. */
function isForgotten({ families, tenants }: Knowledge, tenant: string): boolean {
  const membership = tenants.get(tenant);
  return membership !== undefined && !families.has(membership.root);
}

async function claimFamilies(run: ShardRun, wanted: readonly Restoration[]): Promise<void> {
  const claimants = new Map<Family, string[]>();
  for (const { family, tenant } of wanted) {
    // What a claim takes over would outrank an answer that cannot be read.
    if (!family || family.own || run.untold.has(tenant)) {
      continue;
    }
    const others = claimants.get(family) ?? [];
    claimants.set(family, [...others, tenant]);
  }
  await forEach([...claimants], ([family, tenants]) =>
    sparing(run, tenants, async () => {
      const [first = ''] = tenants;
      const isOurs = run.lease.leftMs() > 0 && (await claim(run, family, first));
      if (isOurs) {
        return;
      }
      for (const tenant of tenants) {
        run.foreign.add(tenant);
      }
    }),
  );
}

function claim(run: ShardRun, family: Family, tenant: string): Promise<boolean> {
  return isNew(run, family) ? claimNewFamily(run, family) : claimFamily(run, family, tenant);
}

/**
 * Returns whether this run adopted the family's first credential, so that no record can tell more.
 */
function isNew(run: ShardRun, family: Family): boolean {
  if (family.key === null || family.roots.size !== 1) {
    return false;
  }
  const entry = run.ledger.entryOf(family.key)?.entry;
  if (entry?.kind !== 'adopted') {
    return false;
  }
  const isOfThisRun = turnOf(entry.stamp) === run.lease.turn();
  return isOfThisRun && entry.stamp === entry.born && entry.root === entry.issued;
}

/** Tells whether an entry holds what it should, and nothing is left to be filed about it. */
function isSettled(run: ShardRun, { holds, family, joins, removeCode }: Restoration): boolean {
  if (removeCode || joins || !family?.own) {
    return false;
  }
  return family.current !== null && family.current === holds && !run.takenOver.has(family);
}

async function planEdit(
  run: ShardRun,
  { tenant, holds, family, joins, removeCode }: Restoration,
): Promise<CredentialEdit | null> {
  const codeOnly = removeCode ? { refreshToken: null, removeCode } : null;
  if (!family?.own || family.current === null) {
    return codeOnly;
  }
  const isStanding = holds === family.current;
  const mustWait = run.untold.has(tenant) || waitsForObject(family);
  if (mustWait || (isInDoubt(family) && !isStanding)) {
    return codeOnly;
  }
  const value = await credentialValue(run, family, family.current);
  if (value === null && !isStanding) {
    run.ports.log({
      level: 'error',
      message: 'the successor of a spent token is not in the archive',
      shard: run.shard,
      tenant,
    });
    return codeOnly;
  }
  const isJoined = await joinFamily(run, tenant, family, { joins, value });
  if (!isJoined || isStanding) {
    return codeOnly;
  }
  return { refreshToken: value, removeCode };
}

/** Archives that a tenant is of a family now, or that this shard has taken the family over. */
async function joinFamily(
  run: ShardRun,
  tenant: string,
  family: Family,
  { joins, value }: { joins: boolean; value: string | null },
): Promise<boolean> {
  if (!joins && !run.takenOver.has(family)) {
    return true;
  }
  if (value === null) {
    return false;
  }
  const isFirst = !run.ledger.knowledge.tenants.has(tenant);
  const mayJoin = !joins || isFirst || mayAdopt(run);
  if (!mayJoin) {
    return false;
  }
  const born = family.current === null ? OLD : issuedAt(family, family.current);
  const succession = joins
    ? successionOfJoin(run, tenant, { root: rootOf(family), born })
    : successionIn(run, tenant, family);
  const isFiled = await adopt(run, {
    kind: 'adopted',
    tenant,
    credential: value,
    succession: { ...succession, ...asBefore(run, family) },
  });
  if (isFiled) {
    run.takenOver.delete(family);
  }
  return isFiled;
}

/** Returns a credential's value, from what was met or from the archive, or null. A secret. */
export async function credentialValue(
  run: Pick<ShardRun, 'ports' | 'ledger'>,
  family: Family,
  print: string,
): Promise<string | null> {
  const known = run.ledger.valueOf(print);
  if (known !== undefined) {
    return known;
  }
  if (family.key === null || print !== family.current) {
    return null;
  }
  const exchange = parseArchivedExchange(await undamagedObject(run.ports.archive, family.key));
  if (!exchange) {
    return null;
  }
  const { issued } = readExchange(family.key, exchange);
  if (issued === null || fingerprint(issued) !== print) {
    return null;
  }
  run.ledger.noteValue(issued);
  return issued;
}

/** Puts into the index what is about to be put into the map, and what already is in it. */
async function indexFamilies(
  run: ShardRun,
  held: readonly Held[],
  edits: Map<string, CredentialEdit>,
): Promise<void> {
  const inHand = new Set(undurable(run.ledger).map(({ entry }) => entry.issued));
  const unindexed = held.flatMap(({ tenant, refreshToken }) => {
    const put = edits.get(tenant)?.refreshToken ?? null;
    const print = put === null ? refreshToken : fingerprint(put);
    // An answer that is stored nowhere yet does not wait for the index.
    if (print === null || inHand.has(print)) {
      return [];
    }
    const family = run.ledger.knowledge.families.get(print);
    const isOurs = family?.own && print === family.current;
    return isOurs && !isIndexed(family, print) ? [{ tenant, family, print }] : [];
  });
  await forEach(unindexed, async ({ tenant, family, print }) => {
    let isPut = false;
    await sparing(run, [tenant], async () => {
      isPut = await indexCredential(run, family, print);
    });
    if (isPut) {
      return;
    }
    run.foreign.add(tenant);
    edits.delete(tenant);
  });
}

/** Does the work of all items, few at a time. */
async function forEach<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const work = async () => {
    for (const item of left) {
      await act(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
}
