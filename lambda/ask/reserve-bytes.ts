import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { Pacer } from './pacer.ts';

/** Says what a token known by its last length may grow by, beside a quarter of it. */
const SLACK_BYTES = 64;
/** Says how long a token is taken to be, at least, where none of the tenant was seen before. */
const LEAST_BYTES = 512;
/** An entry of the access-token secret without its token (names, expiry, headers, archive key). */
const ENTRY_BYTES = 400;

/** The tokens that an exchange brought, or null where it brought none. Secrets. */
export interface Brought {
  refreshToken: string | null;
  accessToken: string | null;
}

/** Bytes that are set aside, and what the tenants hold now. */
interface Reservation {
  vault: number;
  accessTokens: number;
  heldBytes: number;
  knownBytes: (number | null)[];
  /** Says by how much the headers of the entries grow. */
  headerBytes: number;
}

/**
 * Sets aside, in both of the shard's secrets, what an exchange may bring, a quarter more than the
 * tenant's last tokens. For an access token never seen before it is the longest of its platform, or
 * once this run has seen some of the same client, twice the longest of those. Gives back what was
 * not needed. Returns null where there is too little room, also after all exchanges under way. Then
 * `exchange` was not called, since nothing may be spent.
 */
export async function withReservedBytes<T extends { brought: Brought }>(
  run: ShardRun,
  pacer: Pacer,
  { tenant, names }: { tenant: Tenant; names: readonly string[] },
  exchange: () => Promise<T>,
): Promise<T | null> {
  let wanted = reservationFor(run, pacer, tenant, names);
  while (!fits(run, wanted)) {
    if (run.room.underWay === 0) return null;
    await new Promise<void>((resolve) => run.room.waiting.push(resolve));
    wanted = reservationFor(run, pacer, tenant, names);
  }
  take(run, wanted);
  let brought: Brought = { refreshToken: null, accessToken: null };
  try {
    const result = await exchange();
    ({ brought } = result);
    return result;
  } finally {
    if (brought.accessToken !== null) {
      pacer.noteToken(tenant.client, Buffer.byteLength(brought.accessToken));
    }
    giveBack(run, wanted, grown(wanted, names.length, brought));
  }
}

function reservationFor(
  run: ShardRun,
  pacer: Pacer,
  tenant: Tenant,
  names: readonly string[],
): Reservation {
  const held = tenant.credential.kind === 'none' ? null : byteLength(tenant.credential.value);
  const mayRefresh = tenant.provider.response.refresh_token !== null && held !== null;
  const growth =
    tenant.grant === 'refresh_token' ? mayGrow(held ?? 0) : tenant.provider.max_token_bytes;
  const knownBytes = names.map((name) => {
    const token = run.published.get(name);
    return token ? byteLength(token.access_token) : null;
  });
  const accessTokens = knownBytes.map((bytes) =>
    bytes === null ? longest(pacer, tenant) + ENTRY_BYTES : mayGrow(bytes),
  );
  const headerBytes = sum(names.map((name) => headerGrowth(run, tenant, name)));
  return {
    vault: mayRefresh ? names.length * growth : 0,
    accessTokens: sum(accessTokens) + headerBytes,
    heldBytes: held ?? 0,
    knownBytes,
    headerBytes,
  };
}

/** The headers of an app are in the entry of each of its tenants. */
function headerGrowth(run: ShardRun, tenant: Tenant, name: string): number {
  const known = run.published.get(name)?.headers ?? {};
  return Math.max(0, bytesOf(tenant.headers) - bytesOf(known));
}

function bytesOf(headers: object): number {
  return byteLength(JSON.stringify(headers));
}

function fits({ room }: ShardRun, { vault, accessTokens }: Reservation): boolean {
  return vault <= room.vault && accessTokens <= room.accessTokens;
}

function take({ room }: ShardRun, { vault, accessTokens }: Reservation): void {
  room.vault -= vault;
  room.accessTokens -= accessTokens;
  room.underWay += 1;
}

function giveBack(
  { room }: ShardRun,
  reserved: Reservation,
  used: { vault: number; accessTokens: number },
): void {
  room.vault += reserved.vault - used.vault;
  room.accessTokens += reserved.accessTokens - used.accessTokens;
  room.underWay -= 1;
  for (const wake of room.waiting.splice(0)) wake();
}

function grown(
  { heldBytes, knownBytes, headerBytes }: Reservation,
  tenants: number,
  { refreshToken, accessToken }: Brought,
): { vault: number; accessTokens: number } {
  const vault = refreshToken === null ? 0 : tenants * (byteLength(refreshToken) - heldBytes);
  if (accessToken === null) return { vault, accessTokens: 0 };
  const length = byteLength(accessToken);
  const entries = sum(knownBytes.map((bytes) => length - (bytes ?? -ENTRY_BYTES)));
  return { vault, accessTokens: entries + headerBytes };
}

/**
 * Returns how long a first access token may be. With the longest of the platform alone, few tenants
 * of a shard could be asked at once.
 */
function longest(pacer: Pacer, { client, provider }: Tenant): number {
  const seen = pacer.longestToken(client);
  if (seen === 0) return provider.max_token_bytes;
  return Math.min(provider.max_token_bytes, Math.max(LEAST_BYTES, 2 * seen));
}

function mayGrow(bytes: number): number {
  return Math.ceil(bytes / 4) + SLACK_BYTES;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
