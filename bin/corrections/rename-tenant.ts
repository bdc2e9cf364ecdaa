import { randomUUID } from 'node:crypto';
import { renameState } from '../../lambda/history/former-names.ts';
import { rereadVault } from '../../lambda/keep/commit.ts';
import { formatPublished, parsePublished } from '../../lambda/keep/published.ts';
import { requestToken } from '../../lambda/keep/request-token.ts';
import { nextStamp, type ShardRun } from '../../lambda/keep/shard-run.ts';
import { isName, NAME_RULE } from '../../lambda/names.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import { swapAgain } from '../../lambda/swap-again.ts';
import { carryLinks } from '../consent/connect-links.ts';
import { CommandError, UsageError } from '../errors.ts';
import { fileUnreadConsent, readUnreadConsent } from '../map/carry-consent.ts';
import { editMap } from '../map/edit-map.ts';
import { type HeldShard, holdShards, storeTenants } from '../map/hold-shards.ts';
import { renameEntry } from '../map/map-text.ts';
import { findSettled } from '../map/settled-tenant.ts';
import { afterEdit } from './after-edit.ts';

/** The result of a rename. */
export interface Renamed {
  from: string;
  to: string;
  shard: string;
  /** Programs can read its access token under both names for now. */
  published: boolean;
  /** How many open connect links lead to the new name now. */
  links: number;
}

/**
 * Gives a tenant another name under the shard's lease (its entry, its history, its open
 * connect links, and a copy of its published token). The map is written first. A process that dies
 * after it leaves what a rename by hand leaves, which the next run understands. Throws UsageError,
 * CommandError and StoreError.
 */
export async function renameTenant(ports: RunPorts, from: string, to: string): Promise<Renamed> {
  if (!isName(to)) {
    throw new UsageError(`The new ${NAME_RULE}.`);
  }
  await refuseTaken(ports, from, to);
  const { shard } = await findSettled(ports, from);
  return holdShards(ports, [shard], async (held) => {
    const consent = await readUnreadConsent(held.run, from);
    await editMap(ports.vault, shard, (text, { tenants }) => {
      if (!tenants.has(from) || tenants.has(to)) {
        throw new CommandError('The map was changed meanwhile: nothing was renamed.');
      }
      return renameEntry(text, 'tenants', { from, to });
    });
    const taken = await afterEdit(
      `Tenant ${from} is called ${to} now.`,
      `Remove the cause. The next run takes its history along: tokens rotate ${to}`,
      () => takeAlong(held, { from, to, shard, consent }),
    );
    return { from, to, shard, ...taken };
  });
}

interface Renaming {
  from: string;
  to: string;
  shard: string;
  /** An answer to a code that nobody could read. */
  consent: Awaited<ReturnType<typeof readUnreadConsent>>;
}

/** Gives what belongs to a tenant its new name, which the map has already. */
async function takeAlong(
  held: HeldShard,
  { from, to, shard, consent }: Renaming,
): Promise<Pick<Renamed, 'published' | 'links'>> {
  const { ports } = held.run;
  await rereadVault(held.run);
  renameKnowledge(held.run, from, to);
  if (consent) {
    await fileUnreadConsent(held.run, to, consent);
  }
  const now = new Date(ports.clock.now()).toISOString();
  await storeTenants(held, renameState(held.tenants, { from, to }, now));
  const published = await publishCopy(ports, shard, { from, to });
  const links = await carryLinks(ports, new Set([from]), { tenant: to });
  return { published, links: links.length };
}

/**
 * The next run files the tenant's entry again. The old name stays known to have had its consents.
 * An old copy of the map that brings it back is led to the newest of them.
 */
function renameKnowledge(run: ShardRun, from: string, to: string): void {
  const { tenants, tokens, codes } = run.ledger.knowledge;
  for (const [print, code] of codes) {
    if (code.tenant === from) {
      codes.set(print, { ...code, tenant: to });
    }
  }
  const membership = tenants.get(from);
  const token = tokens.get(from);
  if (membership) {
    tenants.set(to, {
      ...membership,
      joined: nextStamp(run),
      namedAt: '',
    });
  }
  if (token) {
    tokens.set(to, token);
  }
  tokens.delete(from);
}

/** Names that differ by case alone share a file in a folder home. */
async function refuseTaken(ports: RunPorts, from: string, to: string): Promise<void> {
  const { maps } = await readFleet(ports, null);
  const names = [...maps.values()].flatMap((map) => [...(map?.tenants.keys() ?? [])]);
  const taken = names.find((name) => name !== from && name.toLowerCase() === to.toLowerCase());
  if (taken !== undefined) {
    throw new CommandError(`There is a tenant ${shown(taken)} already: nothing was renamed.`);
  }
}

/**
 * The tenant has its new name by now, whatever becomes of the copy. A secret that is full has no
 * room for it, and the next run publishes the token under the new name.
 */
async function publishCopy(
  ports: RunPorts,
  shard: string,
  names: { from: string; to: string },
): Promise<boolean> {
  try {
    return await tryPublishing(ports, shard, names);
  } catch (error) {
    if (error instanceof StoreError) {
      return false;
    }
    throw error;
  }
}

async function tryPublishing(
  { accessTokens }: RunPorts,
  shard: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const id = randomUUID();
  const published = await swapAgain(async () => {
    const version = await accessTokens.read(shard);
    const tokens = parsePublished(version);
    const token = tokens.get(from);
    if (!version || !token) {
      return false;
    }
    const text = formatPublished(new Map([...tokens, [to, token]]));
    const request = requestToken({
      runId: id,
      versionRead: version.versionId,
      text,
    });
    const swapped = await accessTokens.swap(shard, version.versionId, text, request);
    return swapped === 'swapped' ? true : 'again';
  });
  return published === true;
}
