import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { Pacer } from './pacing.ts';

/** What a token known by its last length may grow by, beside a quarter of it. */
const SLACK_BYTES = 64;
/** What a token of a tenant never seen before is taken for at least. */
const LEAST_BYTES = 512;
/** An entry of the access-token secret without its token: names, expiry, headers, archive key. */
const ENTRY_BYTES = 400;

/**
 * Sets aside, in both of the shard's secrets, what an exchange may bring: a quarter more than the
 * tenant's last tokens; for an access token never seen before the longest of its platform, or once
 * this run has seen some of the same client, twice the longest of those. Returns what is to be told
 * the outcome, or null where there is too little room: then nothing may be spent, unless what
 * others set aside comes free (`whenRoomChanges`).
 */
export function reserveRoom(
  run: ShardRun,
  pacer: Pacer,
  tenant: Tenant,
  names: readonly string[],
): ((refreshToken: string | null, accessToken: string | null) => void) | null {
  const { room } = run;
  const held = tenant.credential.kind === 'none' ? null : byteLength(tenant.credential.value);
  const mayRefresh = tenant.provider.response.refresh_token !== null && held !== null;
  const known = names
    .map((name) => run.published.get(name))
    .map((token) => (token ? byteLength(token.access_token) : null));
  const vault = !mayRefresh
    ? 0
    : names.length *
      (tenant.grant === 'refresh_token' ? mayGrow(held) : tenant.provider.max_token_bytes);
  const tokens = known.reduce<number>(
    (sum, length) =>
      sum + (length === null ? longest(pacer, tenant) + ENTRY_BYTES : mayGrow(length)),
    0,
  );
  if (vault > room.vault || tokens > room.accessTokens) return null;
  room.vault -= vault;
  room.accessTokens -= tokens;
  room.underWay++;
  return (refreshToken, accessToken) => {
    const grownVault =
      refreshToken === null ? 0 : names.length * (byteLength(refreshToken) - (held ?? 0));
    const grownTokens =
      accessToken === null
        ? 0
        : known.reduce<number>(
            (sum, length) => sum + byteLength(accessToken) - (length ?? -ENTRY_BYTES),
            0,
          );
    room.vault += vault - grownVault;
    room.accessTokens += tokens - grownTokens;
    if (accessToken !== null) pacer.noteToken(tenant.client, byteLength(accessToken));
    room.underWay--;
    for (const wake of room.waiting.splice(0)) wake();
  };
}

/**
 * Resolves when an exchange under way gives back what it did not need; null where none is under
 * way: the room will not grow.
 */
export function whenRoomChanges({ room }: ShardRun): Promise<void> | null {
  return room.underWay === 0 ? null : new Promise((resolve) => room.waiting.push(resolve));
}

/**
 * What a first access token may be long: with the longest of the platform alone, few tenants of a
 * shard could be asked at once.
 */
function longest(pacer: Pacer, { client, provider }: Tenant): number {
  const seen = pacer.longestToken(client);
  return seen === 0
    ? provider.max_token_bytes
    : Math.min(provider.max_token_bytes, Math.max(LEAST_BYTES, 2 * seen));
}

function mayGrow(bytes: number): number {
  return Math.ceil(bytes / 4) + SLACK_BYTES;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
