import type { ArchivedExchange } from '../../lambda/history/archived-exchange.ts';
import { newestToken } from '../../lambda/history/families.ts';
import { movedTo, newTenantState, type TenantState } from '../../lambda/history/shard-state.ts';
import { fileMove } from '../../lambda/keep/moves.ts';
import { publish } from '../../lambda/keep/publish.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import { nextStamp, type ShardRun } from '../../lambda/keep/shard-run.ts';
import { isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { carryLinks } from '../consent/connect-links.ts';
import { UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { fileUnreadConsent, readUnreadConsent } from '../map/carry-consent.ts';
import { EMPTY_MAP } from '../map/edit-map.ts';
import { unknownTenant } from '../map/find-tenant.ts';
import { type HeldShard, holdShards, storeTenants } from '../map/hold-shards.ts';
import { entryTexts } from '../map/map-text.ts';
import { chooseMoving } from './choose-moving.ts';
import { unknownShard } from './known-shard.ts';
import { moveTenants } from './move-tenants.ts';
import { planMove, refuseTooLarge } from './plan-move.ts';

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
 * Moves tenants to another shard, which is made where there is none. Both leases are held, so that
 * no run comes in between. Throws CommandError and StoreError.
 *
 * 1. The tenants are marked in the source's state. From then on they are never asked there.
 * 2. The target gets their histories, their entries and their apps.
 * 3. Their access tokens are published in the target.
 * 4. Their entries and tokens leave the source.
 *
 * Where it is stopped, the same call again finishes it. Meanwhile a tenant is asked in the target
 * or nowhere.
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
    const unpublished = await moveTenants(from, to, moving);
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
    throw new UsageError('A shard cannot be split into itself: name another one.');
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
