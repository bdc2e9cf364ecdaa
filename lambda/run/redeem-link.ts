import { createPacer } from '../ask/pacer.ts';
import { type ConnectLink, resultOf } from '../connect/connect-link.ts';
import { changeLink, readLink } from '../connect/connect-store.ts';
import { inboxKey, inboxPrefix, parseInboxKey } from '../connect/inbox-entry.ts';
import { TIME_NEEDED_MS } from '../deadlines.ts';
import type { RunPorts } from '../ports.ts';
import { findTwins, readFleet, shardsOf } from './fleet.ts';
import { RunError } from './run.ts';
import type { RunOptions } from './run-options.ts';
import { rotateShard, type ShardTask } from './shard.ts';

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
 * else. Watches a shard that is busy until the code's life is over: whoever holds it takes the
 * code. Throws RunError for a link that is not there or a shard that failed, and StoreError.
 */
export async function redeemLink(
  ports: RunPorts,
  id: string,
  options: RunOptions,
): Promise<Redeemed> {
  const link = (await readLink(ports.records, id))?.value;
  if (!link) throw new RunError('There is no connect link of this id.');
  if ((await waitingAttempts(ports, link)).length === 0) return { link: id, result: 'nothing' };
  const shard = await shardOfLink(ports, link);
  if (shard === null) return { link: id, result: 'nothing' };
  return rotateWhenFree(ports, { ...link, shard }, options);
}

/** The attempts of a link whose code no result names. */
async function waitingAttempts({ archive }: RunPorts, link: ConnectLink): Promise<string[]> {
  const keys = await archive.list(`${inboxPrefix(link.shard)}${link.id}-`);
  return keys
    .flatMap((key) => parseInboxKey(key)?.attempt ?? [])
    .filter((attempt) => resultOf(link, attempt) === undefined);
}

/**
 * Returns the shard of a link's tenant, its codes filed there where it has moved. A tenant that is
 * nowhere ends the link, and the answer is null.
 */
async function shardOfLink(ports: RunPorts, link: ConnectLink): Promise<string | null> {
  const fleet = await readFleet(ports, null);
  const found = shardsOf(fleet, link.tenant);
  if (found.includes(link.shard) || [...fleet.maps.values()].includes(null)) return link.shard;
  const [shard] = found;
  const at = new Date(ports.clock.now()).toISOString();
  if (shard === undefined) {
    const status = { kind: 'ended', at, reason: 'tenant_removed' } as const;
    await changeLink(ports.records, link.id, (one) => ({ ...one, status }));
    return null;
  }
  await fileAnew(ports, link, shard);
  await changeLink(ports.records, link.id, (one) => ({ ...one, shard }));
  return shard;
}

async function fileAnew(ports: RunPorts, link: ConnectLink, shard: string): Promise<void> {
  for (const attempt of await waitingAttempts(ports, link)) {
    const entry = await ports.archive.get(inboxKey(link.shard, link.id, attempt));
    if (typeof entry === 'object' && entry !== null)
      await ports.archive.create(inboxKey(shard, link.id, attempt), entry);
  }
}

async function rotateWhenFree(
  ports: RunPorts,
  link: ConnectLink,
  options: RunOptions,
): Promise<Redeemed> {
  const { clock } = ports;
  const task = await taskFor(ports, link.shard);
  const endsAt = Math.min(
    clock.now() + link.consent.code_lifetime_s * 1000,
    options.deadlineAt - TIME_NEEDED_MS,
  );
  for (;;) {
    const report = await rotateShard(ports, createPacer(clock), task, options);
    if (report.kind === 'failed')
      throw new RunError(`${report.failure.message} ${report.failure.next_step}`);
    if (report.kind === 'done') return { link: link.id, result: 'redeemed' };
    const now = (await readLink(ports.records, link.id))?.value;
    if (!now || (await waitingAttempts(ports, now)).length === 0)
      return { link: link.id, result: 'redeemed' };
    if (clock.now() >= endsAt) return { link: link.id, result: 'busy' };
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** Nobody is wanted but those whose code waits in the inbox. */
async function taskFor(ports: RunPorts, shard: string): Promise<ShardTask> {
  const twinsOf = await findTwins(ports, await readFleet(ports, null));
  const nobody = {
    kind: 'filtered',
    names: new Set<string>(),
    provider: null,
    app: null,
    tag: null,
    expiringWithinMs: null,
  } as const;
  return { shard, wanted: nobody, reportKey: null, tells: 'changes', ...twinsOf(shard) };
}
