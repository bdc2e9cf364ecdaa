import type { Effect, Gate } from '../../test/fakes/memory-ports.ts';
import { createFleet, createProvider, rotateFleet } from './fleet.ts';

/** Calls of AWS by the port's touches of the world: one each. */
const AWS_CALLS: Partial<Record<`${Effect['port']} ${Effect['op']}`, string>> = {
  'vault shards': 'secretsmanager:ListSecrets',
  'vault read': 'secretsmanager:GetSecretValue (tenants)',
  'vault put_version': 'secretsmanager:PutSecretValue (tenants)',
  'vault move_label': 'secretsmanager:UpdateSecretVersionStage (tenants)',
  'access_tokens shards': 'secretsmanager:ListSecrets',
  'access_tokens read': 'secretsmanager:GetSecretValue (access tokens)',
  'access_tokens put_version': 'secretsmanager:PutSecretValue (access tokens)',
  'access_tokens move_label': 'secretsmanager:UpdateSecretVersionStage (access tokens)',
  'archive put': 's3:PutObject (archive)',
  'archive get': 's3:GetObject (archive)',
  'archive create': 's3:PutObject (archive)',
  'archive list': 's3:ListObjectsV2 (archive)',
  'records read': 's3:GetObject (known)',
  'records write': 's3:PutObject (known)',
  'records list': 's3:ListObjectsV2 (known)',
  'states list': 's3:ListObjectsV2 (state)',
  'states read': 's3:GetObject (state)',
  'states write': 's3:PutObject (state)',
};

export type CallCounts = Record<string, number>;

/** Returns what the first and the second run over one shard of so many tenants ask of AWS. */
export async function countCalls(
  tenants: number,
  rotates: boolean,
): Promise<{ firstSight: CallCounts; steadyState: CallCounts }> {
  const fleet = createFleet(tenants, { perShard: tenants });
  const count = async () => {
    const counts: CallCounts = {};
    const gate: Gate = async ({ port, op }, perform) => {
      const call = AWS_CALLS[`${port} ${op}`] ?? `${port} ${op}`;
      counts[call] = (counts[call] ?? 0) + 1;
      return perform();
    };
    await rotateFleet(fleet.stores(gate), { http: createProvider({ rotates, latencyMs: 1 }) });
    return counts;
  };
  return { firstSight: await count(), steadyState: await count() };
}
