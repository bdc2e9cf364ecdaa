import { randomUUID } from 'node:crypto';
import { forgetFamily } from '../../lambda/history/families.ts';
import { giveBackFamilies } from '../../lambda/keep/give-back.ts';
import { formatPublished } from '../../lambda/keep/published.ts';
import { readEntries } from '../../lambda/keep/read-archive.ts';
import { requestToken } from '../../lambda/keep/request-token.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import { openTurn } from '../../lambda/keep/turn.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
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
  if (await hasSecret(ports, shard)) {
    throw new CommandError(
      `Shard ${shard} still has its secret ${ports.vault.label(shard)}. ` +
        `Move its tenants to another shard first: tokens shard split ${shard} --to OTHER`,
    );
  }
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

async function hasSecret({ vault }: RunPorts, shard: string): Promise<boolean> {
  try {
    await vault.read(shard);
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'not_found') {
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
