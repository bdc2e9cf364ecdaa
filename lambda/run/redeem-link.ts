import { FOLDERS } from '../archive-folders.ts';
import { createPacer } from '../ask/pacer.ts';
import { type ConnectLink, resultOf } from '../connect/connect-link.ts';
import { changeLink, readLink } from '../connect/connect-store.ts';
import { type InboxPlace, inboxKey, parseInboxKey } from '../connect/inbox-entry.ts';
import { TIME_NEEDED_MS } from '../deadlines.ts';
import { movedTo } from '../history/shard-state.ts';
import { isObject } from '../is-object.ts';
import { readShardState } from '../keep/read-shard-state.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import { readFleet } from './fleet.ts';
import { rotateShard, type ShardTask } from './rotate-shard.ts';
import { RunError } from './run-error.ts';
import type { RunOptions } from './run-options.ts';

/** Describes what became of a link's codes. Holds no secret. */
export interface Redeemed {
  link: string;
  /** `nothing`: no code of it waits. `busy`: another run holds the shard, and takes the code. */
  result: 'redeemed' | 'nothing' | 'busy';
}

/** A busy shard is looked at again after so long. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Takes the codes that a connect link brought, in a run of its tenant's shard that asks nothing
 * else. Watches a shard that is busy until the code's life is over. The run that holds it takes the
 * code. Throws RunError for a link that is not there or a shard that failed, and StoreError.
 */
export async function redeemLink(
  ports: RunPorts,
  id: string,
  options: RunOptions,
): Promise<Redeemed> {
  const stored = await readLink(ports.records, id);
  if (!stored) {
    throw new RunError('There is no connect link of this id.');
  }
  const link = stored.value;
  const waiting = await waitingCodes(ports, link);
  if (waiting.length === 0) {
    return { link: id, result: 'nothing' };
  }
  const shard = await findShard(ports, link);
  if (shard === null) {
    await endLink(ports, id);
    return { link: id, result: 'nothing' };
  }
  await fileIn(ports, shard, waiting);
  if (shard !== link.shard) {
    await changeLink(ports.records, id, (one) => ({ ...one, shard }));
  }
  return rotateWhenFree(ports, { ...link, shard }, options);
}

/** Notes on a link that its tenant is gone. */
async function endLink({ clock, records }: RunPorts, id: string): Promise<void> {
  const at = new Date(clock.now()).toISOString();
  const status = { kind: 'ended', at, reason: 'tenant_removed' } as const;
  await changeLink(records, id, (link) => ({ ...link, status }));
}

/**
 * Returns the codes of a link that no result names, in whatever shard they were filed. A day's codes
 * of the whole deployment are few.
 */
async function waitingCodes({ archive }: RunPorts, link: ConnectLink): Promise<InboxPlace[]> {
  const keys = await archive.list(FOLDERS.inbox);
  const codes = keys.flatMap((key) => parseInboxKey(key) ?? []);
  const own = codes.filter((code) => code.link === link.id);
  return own.filter(({ attempt }) => resultOf(link, attempt) === undefined);
}

/**
 * Returns the shard that holds a link's tenant, or null where it is nowhere. The redeem function
 * may list no shards. It finds a moved tenant by what the state of its shard says.
 */
async function findShard(ports: RunPorts, { tenant, shard }: ConnectLink): Promise<string | null> {
  const { tenants } = await readShardState(ports, shard);
  const moved = movedTo(tenants, tenant);
  const likely = await firstHolder(ports, moved === null ? [shard] : [shard, moved], tenant);
  return likely ?? firstHolder(ports, await otherShards(ports), tenant);
}

async function firstHolder(
  ports: RunPorts,
  shards: readonly string[],
  tenant: string,
): Promise<string | null> {
  for (const shard of shards) {
    if (await mayHold(ports, shard, tenant)) {
      return shard;
    }
  }
  return null;
}

/** A map that cannot be read may hold anybody. */
async function mayHold(ports: RunPorts, shard: string, tenant: string): Promise<boolean> {
  const { maps } = await readFleet(ports, shard);
  const map = maps.get(shard);
  if (map === undefined) {
    return false;
  }
  return map === null || map.tenants.has(tenant);
}

async function otherShards({ vault }: RunPorts): Promise<readonly string[]> {
  try {
    return await vault.shards();
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'denied') {
      return [];
    }
    throw error;
  }
}

/** Files codes in the shard that will send them. What is filed there already stays. */
async function fileIn(
  { archive }: RunPorts,
  shard: string,
  waiting: readonly InboxPlace[],
): Promise<void> {
  for (const { shard: filedIn, link, attempt } of waiting) {
    if (filedIn === shard) {
      continue;
    }
    const entry = await archive.get(inboxKey(filedIn, link, attempt));
    if (isObject(entry)) {
      await archive.create(inboxKey(shard, link, attempt), entry);
    }
  }
}

async function rotateWhenFree(
  ports: RunPorts,
  link: ConnectLink,
  options: RunOptions,
): Promise<Redeemed> {
  const { clock } = ports;
  const task = taskFor(link.shard);
  const endsAt = Math.min(
    clock.now() + link.consent.code_lifetime_s * 1000,
    options.deadlineAt - TIME_NEEDED_MS,
  );
  for (;;) {
    const report = await rotateShard(ports, createPacer(clock), task, options);
    if (report.kind === 'failed') {
      throw new RunError(`${report.failure.message} ${report.failure.next_step}`);
    }
    if (report.kind === 'done') {
      return { link: link.id, result: 'redeemed' };
    }
    const stored = await readLink(ports.records, link.id);
    const waiting = stored ? await waitingCodes(ports, stored.value) : [];
    if (waiting.length === 0) {
      return { link: link.id, result: 'redeemed' };
    }
    if (clock.now() >= endsAt) {
      return { link: link.id, result: 'busy' };
    }
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** Nobody is wanted but those whose code waits in the inbox. */
function taskFor(shard: string): ShardTask {
  const nobody = {
    kind: 'filtered',
    names: new Set<string>(),
    provider: null,
    app: null,
    tag: null,
    expiringWithinMs: null,
  } as const;
  const place = { shard, namesElsewhere: new Map() };
  return {
    ...place,
    wanted: nobody,
    reportKey: null,
    tells: 'changes',
  };
}
