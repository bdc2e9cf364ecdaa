import { isDeepStrictEqual } from 'node:util';
import { fingerprint } from '../../lambda/fingerprint.ts';
import type { ArchivedExchange } from '../../lambda/history/archived-exchange.ts';
import { newestToken } from '../../lambda/history/families.ts';
import { knownKey } from '../../lambda/history/known-record.ts';
import { movedTo, newTenantState, type TenantState } from '../../lambda/history/shard-state.ts';
import { isObject } from '../../lambda/is-object.ts';
import { rereadVault } from '../../lambda/keep/commit.ts';
import { fileMove } from '../../lambda/keep/moves.ts';
import { planRestore } from '../../lambda/keep/plan-restore.ts';
import { publish } from '../../lambda/keep/publish.ts';
import { formatPublished } from '../../lambda/keep/published.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import { requestToken } from '../../lambda/keep/request-token.ts';
import { nextStamp, type ShardRun } from '../../lambda/keep/shard-run.ts';
import { editCredentials, heldCredentials, parseVaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
import { SWAP_TRIES, swapAgain } from '../../lambda/swap-again.ts';
import { carryLinks } from '../consent/connect-links.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { fileUnreadConsent, readUnreadConsent } from '../map/carry-consent.ts';
import { EMPTY_MAP } from '../map/edit-map.ts';
import { unknownTenant } from '../map/find-tenant.ts';
import { type HeldShard, holdShards, leaseLost, storeTenants } from '../map/hold-shards.ts';
import { dropEntries, entryTexts, putEntries } from '../map/map-text.ts';
import { chooseMoving } from './choose-moving.ts';
import { unknownShard } from './known-shard.ts';

export interface SplitRequest {
  source: string;
  target: string;
  /** Null: what a split that was begun has left to do, or half of the shard by bytes. */
  tenants: readonly string[] | null;
}

export interface SplitResult {
  moved: string[];
  /** Apps that the target got a copy of. */
  apps: string[];
  /**
   * Set where the moved tenants' access tokens could not be published in the target yet. Its next
   * run does it.
   */
  unpublished?: string;
}

/**
 * Moves tenants to another shard, which is made where there is none. No run comes in between. Both
 * leases are held. First the tenants are marked in the source's state, where they are from then on
 * never asked; then the target gets their histories, and the entries and apps; then their access
 * tokens are published there; last the entries and tokens leave the source. Stopped anywhere, the
 * same call again finishes it: meanwhile a tenant is asked in the target or nowhere. Throws
 * CommandError and StoreError.
 */
export async function splitShard(
  home: Pick<Home, 'ports' | 'addShard'>,
  request: SplitRequest,
): Promise<SplitResult> {
  const { ports } = home;
  const { source, target } = request;
  await refuseUnknown(ports, request);
  if (!(await ports.vault.shards()).includes(target)) {
    await home.addShard(target);
  }
  return holdShards(ports, [source, target], async (heldFrom, heldTo) => {
    const [from, to] = [heldFrom.run, heldTo.run];
    const moving = chooseMoving(splitView(heldFrom, to), request.tenants);
    if (moving.length === 0) {
      await publish(from, 'all');
      return { moved: [], apps: [] };
    }
    const plan = await planMove(from, to, moving);
    refuseTooLarge(from, to, plan.target, moving);
    const arriving = moving.filter((name) => !isSettled(to, name));
    const consents = await readUnreadConsents(from, arriving);
    const returning = arriving.filter((name) => movedTo(heldTo.tenants, name) !== null);
    await storeTenants(heldFrom, markMoved(heldFrom, moving, target));
    for (const name of moving) {
      await fileMove(from, name, target);
    }
    const taken = takeOver(heldFrom, heldTo, arriving);
    for (const name of returning) {
      await fileMove(to, name, null);
    }
    for (const [name, consent] of consents) {
      await fileUnreadConsent(to, name, consent);
    }
    await storeTenants(heldTo, taken);
    const unpublished = await move(from, to, moving);
    await carryLinks(ports, new Set(moving), { shard: target });
    return {
      moved: moving,
      apps: plan.apps,
      ...(unpublished !== null && { unpublished }),
    };
  });
}

/** Reads the answers to codes of these tenants that wait for an operator. Throws StoreError. */
async function readUnreadConsents(
  from: ShardRun,
  tenants: readonly string[],
): Promise<Map<string, ArchivedExchange>> {
  const consents = new Map<string, ArchivedExchange>();
  for (const name of tenants) {
    const consent = await readUnreadConsent(from, name);
    if (consent) {
      consents.set(name, consent);
    }
  }
  return consents;
}

function markMoved(
  { tenants }: HeldShard,
  moving: readonly string[],
  target: string,
): Map<string, TenantState> {
  const marked = moving.map(
    (name) => [name, { ...(tenants.get(name) ?? newTenantState), moved_to: target }] as const,
  );
  return new Map([...tenants, ...marked]);
}

/**
 * Hands over what the source knows of the arriving tenants. Their families stay the source's until
 * it gives them back, when they have left its map.
 */
function takeOver(
  { run: from, tenants }: HeldShard,
  { run: to, tenants: there }: HeldShard,
  arriving: readonly string[],
): Map<string, TenantState> {
  const taken = new Map(there);
  for (const name of arriving) {
    const membership = from.ledger.knowledge.tenants.get(name);
    const token = newestToken(from.ledger.knowledge, name);
    if (membership) {
      const joined = nextStamp(to);
      to.ledger.knowledge.tenants.set(name, {
        ...membership,
        joined,
        namedAt: '',
      });
    }
    // Stamps of two shards are not compared. Anything that the target gets is newer.
    if (token) {
      to.ledger.knowledge.tokens.set(name, { ...token, stamp: '' });
    }
    taken.set(name, { ...(tenants.get(name) ?? newTenantState), moved_to: null });
  }
  return taken;
}

/**
 * Tells whether the target knows a tenant already. It was moved before, and an old copy of the
 * source's map has its entry again. It keeps what it has in the target.
 */
function isSettled({ vault, ledger: { knowledge } }: ShardRun, name: string): boolean {
  return vault.map.tenants.has(name) && (knowledge.tenants.has(name) || knowledge.tokens.has(name));
}

/** Refuses a request that cannot be met, before anything is made or held. */
async function refuseUnknown(
  ports: RunPorts,
  { source, target, tenants }: SplitRequest,
): Promise<void> {
  if (!isName(target)) {
    throw new UsageError(
      'A shard has a name of at most 64 letters, digits, dots, dashes and underscores.',
    );
  }
  if (source === target) {
    throw new CommandError('A shard cannot be split into itself: name another one.');
  }
  const shards = await ports.vault.shards();
  if (!shards.includes(source)) {
    throw unknownShard(source, shards);
  }
  const { map } = await readVault(ports, source);
  const unknown = tenants?.filter((name) => !map.tenants.has(name)) ?? [];
  if (!shards.includes(target) && unknown.length > 0) {
    throw unknownTenant(unknown, map.tenants.keys(), { shard: source });
  }
}

function splitView({ run: from, tenants }: HeldShard, to: ShardRun) {
  const texts = entryTexts(from.vault.text ?? EMPTY_MAP, 'tenants');
  const bytes = (text: string) => Buffer.byteLength(text);
  return {
    source: from.shard,
    target: to.shard,
    map: from.vault.map,
    targetMap: to.vault.map,
    states: tenants,
    bytesOf: (tenant: string) =>
      bytes(texts.get(tenant) ?? '') + bytes(JSON.stringify(from.published.get(tenant) ?? '')),
  };
}

interface Plan {
  /** The two maps as they are to be. */
  source: string;
  target: string;
  apps: string[];
}

/**
 * Plans both maps after the move, from both as they were read last. Throws CommandError where an
 * app of the same name differs.
 */
async function planMove(from: ShardRun, to: ShardRun, moving: readonly string[]): Promise<Plan> {
  const edits = await planRestore(await unmarkOldCopies(from, to, moving));
  const source = editCredentials(from.vault.text ?? EMPTY_MAP, edits);
  const map = parseVaultMap(source);
  const carried: string[] = [];
  for (const name of moving) {
    if (map.tenants.has(name) && (await isToCarry(from, to, map.tenants.get(name), name))) {
      carried.push(name);
    }
  }
  const apps = [...new Set(carried.flatMap((name) => appOf(map.tenants.get(name)) ?? []))].filter(
    (app) => map.apps.has(app),
  );
  const differing = apps.filter(
    (app) =>
      to.vault.map.apps.has(app) &&
      !isDeepStrictEqual(to.vault.map.apps.get(app), map.apps.get(app)),
  );
  if (differing.length > 0) {
    throw new CommandError(
      `App ${differing.join(', ')} differs between shards ${from.shard} and ${to.shard}: ` +
        'make them the same (tokens app set-secret), or rename one.',
    );
  }
  const newApps = apps.filter((app) => !to.vault.map.apps.has(app));
  const target = putEntries(
    to.vault.text ?? EMPTY_MAP,
    'apps',
    pick(entryTexts(source, 'apps'), newApps),
  );
  return {
    source: dropEntries(source, 'tenants', new Set(moving)),
    target: putEntries(target, 'tenants', pick(entryTexts(source, 'tenants'), carried)),
    apps: newApps,
  };
}

/**
 * Returns the source with no mark on tenants whose entry may be an old copy. An earlier try may have
 * marked a tenant and not moved it, and an operator may have saved an older map since. What an
 * operator put there anew is left to the target.
 */
async function unmarkOldCopies(
  from: ShardRun,
  to: ShardRun,
  moving: readonly string[],
): Promise<ShardRun> {
  const tenants = new Map(from.tenants);
  for (const name of moving) {
    const { refreshToken } = heldCredentials(from.vault.map.tenants.get(name));
    if (refreshToken !== null && (await isKnown(from, to, refreshToken))) {
      tenants.delete(name);
    }
  }
  return { ...from, tenants };
}

/**
 * Returns whether an entry goes to the target. What the target has already stays there, unless an
 * operator gave the source's entry a new credential since. That must not get lost.
 */
async function isToCarry(
  from: ShardRun,
  to: ShardRun,
  entry: unknown,
  name: string,
): Promise<boolean> {
  if (!to.vault.map.tenants.has(name)) {
    return true;
  }
  const held = heldCredentials(entry);
  const there = heldCredentials(to.vault.map.tenants.get(name));
  const isNew = async (value: string | null, other: string | null) =>
    value !== null && value !== other && !(await isKnown(from, to, value));
  return (
    (await isNew(held.code, there.code)) || (await isNew(held.refreshToken, there.refreshToken))
  );
}

/** Returns whether a run has seen a credential or a code. The index has what both have forgotten. */
async function isKnown(from: ShardRun, to: ShardRun, value: string): Promise<boolean> {
  const print = fingerprint(value);
  const isRemembered = [from, to].some(
    ({ ledger: { knowledge } }) => knowledge.families.has(print) || knowledge.codes.has(print),
  );
  return isRemembered || (await from.ports.records.read(knownKey(print))) !== null;
}

function refuseTooLarge(
  from: ShardRun,
  to: ShardRun,
  text: string,
  moving: readonly string[],
): void {
  const { vault, accessTokens } = to.ports;
  const published = new Map([
    ...to.published,
    ...[...from.published].filter(([name]) => moving.includes(name)),
  ]);
  const isTooLarge =
    Buffer.byteLength(text) > vault.maxBytes ||
    Buffer.byteLength(formatPublished(published)) > accessTokens.maxBytes;
  if (isTooLarge) {
    throw new CommandError(
      `Shard ${to.shard} has no room for ${moving.length} tenants: move fewer of them. ` +
        'Nothing was moved.',
    );
  }
}

/**
 * Writes the target's map, publishes, writes the source's; begins again where somebody edited one
 * of them meanwhile. Answers why nothing was published.
 */
async function move(
  from: ShardRun,
  to: ShardRun,
  moving: readonly string[],
): Promise<string | null> {
  let fault: StoreError | null = null;
  const isSwapped = async (run: ShardRun, text: string) => {
    const swapped = await swapMap([from, to], run, text);
    fault = swapped instanceof StoreError ? swapped : null;
    return swapped === 'swapped';
  };
  const published = await swapAgain(async () => {
    await rereadVault(from);
    await rereadVault(to);
    const plan = await planMove(from, to, moving);
    if (!(await isSwapped(to, plan.target))) {
      return 'again';
    }
    await rereadVault(to);
    const result = await publish(to, 'newer');
    if (!(await isSwapped(from, plan.source))) {
      return 'again';
    }
    await rereadVault(from);
    await publish(from, 'all');
    return result;
  });
  if (published === 'again') {
    throw (
      fault ??
      new CommandError(
        `The maps of ${from.shard} and ${to.shard} kept changing while we tried to write them ` +
          `(${SWAP_TRIES} attempts). Run the same command again.`,
      )
    );
  }
  if (published.kind === 'published') {
    return null;
  }
  return published.kind === 'failed' ? published.cause : 'the lease was lost';
}

/** Returns the fault of a lost answer. What is read then shows what became of it. */
async function swapMap(
  held: readonly ShardRun[],
  run: ShardRun,
  text: string,
): Promise<'swapped' | 'refused' | StoreError> {
  if (text === (run.vault.text ?? EMPTY_MAP)) {
    return 'swapped';
  }
  const lost = held.find(({ lease }) => lease.leftMs() <= 0);
  if (lost) {
    throw leaseLost(lost.shard);
  }
  const { versionId } = run.vault;
  try {
    return await run.ports.vault.swap(
      run.shard,
      versionId,
      text,
      requestToken({
        runId: run.lease.runId,
        versionRead: versionId,
        text,
      }),
    );
  } catch (error) {
    if (
      error instanceof StoreError &&
      (error.reason === 'unavailable' || error.reason === 'throttled')
    ) {
      return error;
    }
    throw error;
  }
}

function pick(texts: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  return new Map(names.map((name) => [name, texts.get(name) ?? '']));
}

function appOf(entry: unknown): string | null {
  const app = isObject(entry) ? entry.app : null;
  return typeof app === 'string' ? app : null;
}
