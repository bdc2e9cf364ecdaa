import { type Choice, choose } from '../ask/selection.ts';
import { replay } from '../history/history.ts';
import { newShardState, parseShardState, type ShardState } from '../history/shard-state.ts';
import { planRestore, readNews, readVault } from '../keep/catch-up.ts';
import { parsePublished } from '../keep/published.ts';
import { editCredentials, parseVaultMap } from '../map/vault-map.ts';
import type { Outcome } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { measureShard } from './gauges.ts';
import type { ShardReport, ShardTask } from './shard.ts';

/**
 * What rotateShard would do to a shard, recovery included: calls no provider, writes nothing, takes
 * no lease. Never throws.
 */
export async function inspectShard(ports: RunPorts, task: ShardTask): Promise<ShardReport> {
  try {
    return await inspect(ports, task);
  } catch (error) {
    return { kind: 'failed', failure: shardFailure(ports, task.shard, error) };
  }
}

async function inspect(ports: RunPorts, task: ShardTask): Promise<ShardReport> {
  const { shard } = task;
  const stored = await ports.states.read(shard);
  const state = stored ? parseShardState(stored.text) : newShardState;
  const known = { exchanges: new Map(), values: new Map(), knownKeys: new Set(state.known_keys) };
  const states = replay(state.tenants, await readNews(ports, shard, state.replayed_turn, known));
  const vault = await readVault(ports, shard);
  const edits = await planRestore({ ports, shard, vault, states, ...known });
  const map =
    vault.text === null || edits.size === 0
      ? vault.map
      : parseVaultMap(editCredentials(vault.text, edits));
  const tokens = await ports.accessTokens.read(shard);
  const recovered = new Set(edits.keys());
  const now = ports.clock.now();
  const choices = choose(
    { ...task, map, states, published: parsePublished(tokens), now, recovered, adoptsLater: true },
    task.wanted,
  );
  const fullness = Math.max(
    ratio(vault.text, ports.vault.maxBytes),
    ratio(tokens?.text, ports.accessTokens.maxBytes),
  );
  const after: ShardState = { ...state, tenants: states };
  return {
    kind: 'done',
    outcomes: choices.map((choice) => foretell(choice, shard, recovered.has(choice.name))),
    gauges: measureShard(shard, after, vault, fullness),
    failure: null,
  };
}

function foretell(choice: Choice, shard: string, recovered: boolean): Outcome {
  const about = { tenant: choice.name, shard };
  const due = recovered
    ? 'a recovery is due: its newer credential would be put back from the archive'
    : '';
  if (choice.do === 'fail')
    return { ...about, provider: choice.provider, status: 'failed', error: choice.failure };
  if (choice.do !== 'ask')
    return { ...about, provider: choice.provider, status: 'skipped', reason: due || choice.reason };
  const ask = `${choice.tenant.provider.title} would be asked`;
  return {
    ...about,
    provider: choice.tenant.provider.id,
    status: 'skipped',
    reason: due ? `${due}, then ${ask}` : ask,
    grant_type: choice.tenant.grant,
    ...(choice.warning && { warning: choice.warning }),
  };
}

function ratio(text: string | null | undefined, maxBytes: number): number {
  return Buffer.byteLength(text ?? '') / maxBytes;
}
