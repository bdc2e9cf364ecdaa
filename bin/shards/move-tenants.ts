import { rereadVault } from '../../lambda/keep/commit.ts';
import { publish } from '../../lambda/keep/publish.ts';
import { requestToken } from '../../lambda/keep/request-token.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import { mayPass, StoreError } from '../../lambda/ports.ts';
import { SWAP_TRIES, swapAgain } from '../../lambda/swap-again.ts';
import { CommandError } from '../errors.ts';
import { EMPTY_MAP } from '../map/edit-map.ts';
import { leaseLost } from '../map/hold-shards.ts';
import { planMove } from './plan-move.ts';

/**
 * Writes the target's map, publishes, and writes the source's map. Begins again where somebody
 * edited one of them meanwhile. Returns why nothing was published, or null. Throws CommandError and
 * StoreError.
 */
export async function moveTenants(
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
  const token = requestToken({
    runId: run.lease.runId,
    versionRead: versionId,
    text,
  });
  try {
    return await run.ports.vault.swap(run.shard, versionId, text, token);
  } catch (error) {
    if (mayPass(error)) {
      return error;
    }
    throw error;
  }
}
