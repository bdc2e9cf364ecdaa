import { OVERSIZED_BYTES } from '../keep/commit.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { Pacer } from './pacer.ts';

/** A token may grow by a quarter of its last length, and by this. */
const SLACK_BYTES = 64;
/** A token that was never seen before is taken to be at least so long. */
const LEAST_BYTES = 512;
/** An entry of the access-token secret without its token (names, expiry, headers, archive key). */
const ENTRY_BYTES = 400;

/** Holds the tokens that an exchange brought, or null where it brought none. Secrets. */
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
 * Sets aside, in both of the shard's secrets, the bytes that an exchange may bring: a quarter more
 * than the tenant's last tokens. For an access token that was never seen before it sets aside the
 * longest of the platform. Once this run has seen tokens of the same client, it is twice the
 * longest of those. Gives back what was not needed. Returns null where there is too little room,
 * also after all exchanges under way. Then `exchange` was not called, since nothing may be spent.
 * More tenants than have a place leave room for a code, which waits for nobody's pace.
 */
export async function withReservedBytes<T extends { brought: Brought }>(
  run: ShardRun,
  pacer: Pacer,
  { tenant, names }: Asker,
  exchange: () => Promise<T>,
): Promise<T | null> {
  const reserved = await reserve(run, pacer, { tenant, names });
  if (!reserved) {
    return null;
  }
  let brought: Brought = { refreshToken: null, accessToken: null };
  try {
    const result = await exchange();
    ({ brought } = result);
    return result;
  } finally {
    if (brought.accessToken !== null) {
      pacer.noteToken(tenant.client, Buffer.byteLength(brought.accessToken));
    }
    giveBack(run, reserved, grown(reserved, names.length, brought));
  }
}

/** A tenant, and the names of all that share its exchange. */
interface Asker {
  tenant: Tenant;
  names: readonly string[];
}

/** Sets bytes aside once there is room. Returns null where there is none, and none will come. */
function reserve(run: ShardRun, pacer: Pacer, asker: Asker): Promise<Reservation | null> {
  const { room } = run;
  const take = () => takeIfFree(run, asker.tenant, reservationFor(run, pacer, asker));
  return new Promise((resolve) => {
    const look = () => {
      const taken = take();
      const isOver = taken !== null || room.underWay === 0;
      if (isOver) {
        resolve(taken);
      }
      return isOver;
    };
    if (!look()) {
      room.waiting.push(look);
    }
  });
}

function reservationFor(run: ShardRun, pacer: Pacer, { tenant, names }: Asker): Reservation {
  const knownBytes = names.map((name) => {
    const token = run.published.get(name);
    return token ? byteLength(token.access_token) : null;
  });
  const accessTokens = knownBytes.map((bytes) =>
    bytes === null ? longest(pacer, tenant) + ENTRY_BYTES : mayGrow(bytes),
  );
  const headerBytes = sum(names.map((name) => headerGrowth(run, tenant, name)));
  return {
    vault: names.length * credentialGrowth(tenant),
    accessTokens: sum(accessTokens) + headerBytes,
    heldBytes: heldBytes(tenant),
    knownBytes,
    headerBytes,
  };
}

function heldBytes({ credential }: Tenant): number {
  return credential.kind === 'none' ? 0 : byteLength(credential.value);
}

/** Returns by how many bytes what a tenant holds may grow. */
function credentialGrowth(tenant: Tenant): number {
  const { credential, grant, provider } = tenant;
  const bringsAnother = provider.response.refresh_token !== null && credential.kind !== 'none';
  if (!bringsAnother) {
    return 0;
  }
  return grant === 'refresh_token' ? mayGrow(heldBytes(tenant)) : provider.max_token_bytes;
}

/** The headers of an app are in the entry of each of its tenants. */
function headerGrowth(run: ShardRun, tenant: Tenant, name: string): number {
  if (Object.keys(tenant.headers).length === 0) {
    return 0;
  }
  const known = run.published.get(name)?.headers ?? {};
  return Math.max(0, bytesOf(tenant.headers) - bytesOf(known));
}

function bytesOf(headers: object): number {
  return byteLength(JSON.stringify(headers));
}

function takeIfFree(
  { room }: ShardRun,
  tenant: Tenant,
  reservation: Reservation,
): Reservation | null {
  const spare = spareFor(room.underWay, tenant);
  const vault = room.vault - reservation.vault;
  const accessTokens = room.accessTokens - reservation.accessTokens;
  if (vault < spare || accessTokens < spare) {
    return null;
  }
  Object.assign(room, { vault, accessTokens, underWay: room.underWay + 1 });
  return reservation;
}

/** Returns how many bytes stay free for a code that a connect link may bring. */
function spareFor(underWay: number, { credential, max_concurrency, provider }: Tenant): number {
  const hasPlace = underWay < max_concurrency;
  const isCode = credential.kind === 'authorization_code';
  return hasPlace || isCode ? 0 : provider.max_token_bytes + ENTRY_BYTES;
}

function giveBack(
  { room }: ShardRun,
  reserved: Reservation,
  used: { vault: number; accessTokens: number },
): void {
  room.vault = withoutUsed(room.vault + reserved.vault, used.vault);
  room.accessTokens = withoutUsed(room.accessTokens + reserved.accessTokens, used.accessTokens);
  room.underWay -= 1;
  room.waiting = room.waiting.filter((look) => !look());
}

/** An oversized value for which there is no room is left out of the secret, and takes none. */
function withoutUsed(freeBytes: number, usedBytes: number): number {
  const isLeftOut = usedBytes > freeBytes && usedBytes > OVERSIZED_BYTES;
  return isLeftOut ? freeBytes : freeBytes - usedBytes;
}

function grown(
  { heldBytes, knownBytes, headerBytes }: Reservation,
  tenants: number,
  { refreshToken, accessToken }: Brought,
): { vault: number; accessTokens: number } {
  const vault = refreshToken === null ? 0 : tenants * (byteLength(refreshToken) - heldBytes);
  if (accessToken === null) {
    return { vault, accessTokens: 0 };
  }
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
  if (seen === 0) {
    return provider.max_token_bytes;
  }
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
