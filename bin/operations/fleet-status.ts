import { familyOfTenant, newestToken } from '../../lambda/history/families.ts';
import { newTenantState, type ShardState } from '../../lambda/history/shard-state.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { heldCredentials, type VaultMap } from '../../lambda/map/vault-map.ts';
import type { ErrorCode } from '../../lambda/outcome.ts';
import { describeFailure } from '../../lambda/report/failure.ts';

/** Where one tenant stands. Holds no secret. */
export interface TenantStatus {
  tenant: string;
  shard: string;
  provider: string | null;
  /** `ok`, `new` (never rotated), `expired`, `disabled`, `moved`, or why it fails. */
  state: 'ok' | 'new' | 'expired' | 'disabled' | 'moved' | ErrorCode;
  expires_at: string | null;
  rotated_at: string | null;
  failing_since: string | null;
  /** Of the current refresh token. */
  fingerprint: string | null;
  next_step: string | null;
}

/** Where every tenant of a shard stands, from its map and its state alone. */
export function statusOfShard(
  shard: string,
  map: VaultMap,
  state: Pick<ShardState, 'tenants' | 'knowledge'>,
  now: number,
): TenantStatus[] {
  return [...map.tenants.keys()].map((name) => statusOf(name, { shard, map, state, now }));
}

/** What every tenant's status is read from. `now` is in milliseconds since the epoch. */
interface ShardReading {
  shard: string;
  map: VaultMap;
  state: Pick<ShardState, 'tenants' | 'knowledge'>;
  now: number;
}

function statusOf(name: string, { shard, map, now, ...reading }: ShardReading): TenantStatus {
  const { knowledge, tenants } = reading.state;
  const state = tenants.get(name) ?? newTenantState;
  const token = newestToken(knowledge, name);
  const resolved = resolveTenant(name, map);
  const about = {
    tenant: name,
    shard,
    provider: isTenant(resolved) ? resolved.provider.id : resolved.provider,
    expires_at: token?.expires_at ?? null,
    rotated_at: token?.rotated_at ?? null,
    failing_since: state.error?.since ?? null,
    fingerprint: familyOfTenant(knowledge, name)?.current ?? null,
  };
  const is = (kind: TenantStatus['state'], nextStep: string | null): TenantStatus => ({
    ...about,
    state: kind,
    next_step: nextStep,
  });
  if (state.moved_to !== null) return is('moved', 'Finish the split: tokens shard split');
  if (!resolved.enabled) return is('disabled', null);
  if (!isTenant(resolved))
    return is(
      holdsNothing(map.tenants.get(name)) ? 'needs_authorization' : 'invalid_entry',
      `${resolved.path}: ${resolved.next_step}`,
    );
  if (state.error) {
    const facts = {
      tenant: name,
      shard,
      app: resolved.app,
      provider: resolved.provider.title,
      grant_type: resolved.grant,
    };
    return is(state.error.code, describeFailure(state.error.code, facts).next_step);
  }
  if (!token) return is('new', `Get its first token: tokens rotate ${name}`);
  return token.expires_at !== null && Date.parse(token.expires_at) <= now
    ? is('expired', `Get a fresh token: tokens rotate ${name}`)
    : is('ok', null);
}

function holdsNothing(entry: unknown): boolean {
  const { code, refreshToken } = heldCredentials(entry);
  return code === null && refreshToken === null;
}
