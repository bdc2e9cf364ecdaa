import { randomUUID } from 'node:crypto';
import { forgetFamily } from '../../lambda/history/families.ts';
import { giveBackFamilies } from '../../lambda/keep/give-back.ts';
import { formatPublished } from '../../lambda/keep/published.ts';
import { readEntries } from '../../lambda/keep/read-archive.ts';
import { requestToken } from '../../lambda/keep/request-token.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import { openTurn } from '../../lambda/keep/turn.ts';
import { parseVaultMap, VaultMapError } from '../../lambda/map/vault-map.ts';
import { type RunPorts, type SecretVersion, StoreError } from '../../lambda/ports.ts';
import { stateAfter } from '../../lambda/run/open-run.ts';
import { withLease } from '../../lambda/run/with-lease.ts';
import { revokeLinksOf } from '../consent/connect-links.ts';
import { CommandError } from '../errors.ts';
import { refuseUnknownShard } from './known-shard.ts';

export interface Forgotten {
  shard: string;
  /** Credential families that another shard may take from now on. */
  families: number;
}

/**
 * Throws CommandError for a shard that never was, or whose secret is still there. Throws
 * StoreError.
 */
export async function refuseToForget(ports: RunPorts, shard: string): Promise<void> {
  await refuseUnknownShard(ports, shard);
  const secret = await readSecret(ports, shard);
  if (secret === 'missing') {
    return;
  }
  const label = ports.vault.label(shard);
  const nextStep = holdsNobody(secret)
    ? `No tenant is in it. Delete ${label}, then run the same command again`
    : `Move its tenants to another shard first: tokens shard split ${shard} --to OTHER`;
  throw new CommandError(`Shard ${shard} still has its secret ${label}.`, { nextStep });
}

/**
 * Says that a shard whose vault secret is gone is gone for good: gives its families back, empties
 * what it published, revokes its links, and notes it in its state. Throws CommandError where there
 * never was such a shard, its secret is still there, or a run holds it, and StoreError.
 */
export async function forgetShard(ports: RunPorts, shard: string): Promise<Forgotten> {
  await refuseToForget(ports, shard);
  const terms = { runId: randomUUID(), deadlineAt: Number.POSITIVE_INFINITY };
  const result = await withLease(ports, shard, terms, async (run) => {
    const { keys } = await openTurn(ports, shard, run.lease);
    await readEntries(run, keys);
    const { knowledge } = run.ledger;
    const families = new Set(knowledge.families.values());
    const [damaged] = (await giveBackFamilies(run, [...families])).values();
    if (damaged !== undefined) {
      throw new CommandError(
        `${damaged} is damaged, so that no other shard could take its credential. Put a good ` +
          'version of it back, and run the same command again.',
      );
    }
    for (const family of families) {
      forgetFamily(knowledge, family);
    }
    await emptyPublished(run);
    await revokeLinksOf(ports, [...knowledge.tenants.keys()]);
    const forgotten_at = new Date(ports.clock.now()).toISOString();
    return {
      result: { shard, families: families.size },
      close: (state) => ({ ...stateAfter(run, state, run.tenants), forgotten_at }),
    };
  });
  if (result !== 'busy') {
    return result;
  }
  throw new CommandError(`Shard ${shard} is held by a run. Nothing was changed: try again later.`);
}

async function readSecret(
  { vault }: RunPorts,
  shard: string,
): Promise<SecretVersion | null | 'missing'> {
  try {
    return await vault.read(shard);
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'not_found') {
      return 'missing';
    }
    throw error;
  }
}

/** Of a secret that is no map nobody knows whom it holds. */
function holdsNobody(secret: SecretVersion | null): boolean {
  try {
    return parseVaultMap(secret === null ? null : secret.text).tenants.size === 0;
  } catch (error) {
    if (error instanceof VaultMapError) {
      return false;
    }
    throw error;
  }
}

async function emptyPublished({ ports, shard, lease }: ShardRun): Promise<void> {
  const text = formatPublished(new Map());
  try {
    const version = await ports.accessTokens.read(shard);
    if (!version || version.text === text) {
      return;
    }
    const token = requestToken({
      runId: lease.runId,
      versionRead: version.versionId,
      text,
    });
    await ports.accessTokens.swap(shard, version.versionId, text, token);
  } catch (error) {
    if (!(error instanceof StoreError && error.reason === 'not_found')) {
      throw error;
    }
  }
}
