import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { openInvocation } from '../aws/invocation.ts';
import type { RunPorts } from '../ports.ts';
import { toPublicError } from './public-error.ts';

/**
 * Begins a fan-out. Returns the names of all shards, whatever the event says. A shard whose vault
 * secret is gone is named too, as long as anything else knows it, so that its run fails and
 * somebody hears of it. Throws StoreError.
 */
export async function fanOutShards(
  _event: unknown,
  context: Context,
): Promise<{ shards: string[] }> {
  try {
    const { ports } = openInvocation(context, process.env);
    return { shards: await findShards(ports) };
  } catch (error) {
    throw toPublicError(error);
  }
}

type Stores = Pick<RunPorts, 'vault' | 'accessTokens' | 'states'>;

async function findShards({ vault, accessTokens, states }: Stores): Promise<string[]> {
  const [shards, published, withState] = await Promise.all([
    vault.shards(),
    accessTokens.shards(),
    states.shards(),
  ]);
  const lost = [...new Set([...published, ...withState])].filter((name) => !shards.includes(name));
  const kept = await Promise.all(
    lost.map(async (shard) => ((await isForgotten(states, shard)) ? [] : [shard])),
  );
  return [...shards, ...kept.flat()].sort();
}

const stateSchema = z.lazy(() => z.object({ forgotten_at: z.optional(z.nullable(z.string())) }));

/** An operator who gives up a shard has that written into its state. */
async function isForgotten(states: Stores['states'], shard: string): Promise<boolean> {
  const stored = await states.read(shard);
  const state = stateSchema.safeParse(stored && parseJson(stored.text));
  return state.success && state.data.forgotten_at != null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
