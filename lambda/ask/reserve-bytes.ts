import { OVERSIZED_BYTES } from '../keep/commit.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
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

/** Bytes that are set aside in the two secrets. */
interface Reservation {
  vault: number;
  accessTokens: number;
}

/** Says what the tenants of one exchange hold before it. All are bytes, but for the counts. */
interface Holding {
  tenants: number;
  /** What each of them sends. */
  credential: number;
  /** The access tokens that are published for them. */
  accessTokens: number;
  /** By how much these may grow. */
  growth: number;
  /** How many of them have no access token yet. */
  firstTokens: number;
  /** By how much the headers of the entries grow. */
  headers: number;
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
  const holding = holdingOf(run, tenant, names);
  const reserved = await reserve(run, pacer, tenant, holding);
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
      pacer.noteToken(tenant.client, byteLength(brought.accessToken));
    }
    giveBack(run, reserved, grown(holding, brought));
  }
}

/** A tenant, and the names of all that share its exchange. */
interface Asker {
  tenant: Tenant;
  names: readonly string[];
}

function holdingOf(run: ShardRun, tenant: Tenant, names: readonly string[]): Holding {
  const holding: Holding = {
    tenants: names.length,
    credential: heldBytes(tenant),
    accessTokens: 0,
    growth: 0,
    firstTokens: 0,
    headers: 0,
  };
  for (const name of names) {
    const published = run.published.get(name);
    holding.headers += headerGrowth(tenant, published?.headers ?? {});
    if (!published) {
      holding.firstTokens += 1;
      continue;
    }
    const bytes = byteLength(published.access_token);
    holding.accessTokens += bytes;
    holding.growth += mayGrow(bytes);
  }
  return holding;
}

/** Sets bytes aside once there is room. Returns null where there is none, and none will come. */
function reserve(
  { room }: ShardRun,
  pacer: Pacer,
  tenant: Tenant,
  holding: Holding,
): Promise<Reservation | null> {
  return new Promise((resolve) => {
    const look = () => {
      const taken = takeIfFree(room, tenant, reservationFor(pacer, tenant, holding));
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

function reservationFor(pacer: Pacer, tenant: Tenant, holding: Holding): Reservation {
  const { tenants, growth, firstTokens, headers } = holding;
  const first = firstTokens === 0 ? 0 : firstTokens * (longest(pacer, tenant) + ENTRY_BYTES);
  return {
    vault: tenants * credentialGrowth(tenant, holding.credential),
    accessTokens: growth + first + headers,
  };
}

function heldBytes({ credential }: Tenant): number {
  return credential.kind === 'none' ? 0 : byteLength(credential.value);
}

/** Returns by how many bytes what a tenant holds may grow. */
function credentialGrowth({ credential, grant, provider }: Tenant, heldBytes: number): number {
  const bringsAnother = provider.response.refresh_token !== null && credential.kind !== 'none';
  if (!bringsAnother) {
    return 0;
  }
  return grant === 'refresh_token' ? mayGrow(heldBytes) : provider.max_token_bytes;
}

/** The headers of an app are in the entry of each of its tenants. */
function headerGrowth({ headers }: Tenant, published: object): number {
  if (Object.keys(headers).length === 0) {
    return 0;
  }
  return Math.max(0, bytesOf(headers) - bytesOf(published));
}

function bytesOf(headers: object): number {
  return byteLength(JSON.stringify(headers));
}

function takeIfFree(
  room: ShardRun['room'],
  tenant: Tenant,
  reservation: Reservation,
): Reservation | null {
  const spare = spareFor(room.underWay, tenant);
  const vault = room.vault - reservation.vault;
  const accessTokens = room.accessTokens - reservation.accessTokens;
  if (vault < spare || accessTokens < spare) {
    return null;
  }
  room.vault = vault;
  room.accessTokens = accessTokens;
  room.underWay += 1;
  return reservation;
}

/** Returns how many bytes stay free for a code that a connect link may bring. */
function spareFor(underWay: number, { credential, max_concurrency, provider }: Tenant): number {
  const hasPlace = underWay < max_concurrency;
  const isCode = credential.kind === 'authorization_code';
  return hasPlace || isCode ? 0 : provider.max_token_bytes + ENTRY_BYTES;
}

function giveBack({ room }: ShardRun, reserved: Reservation, used: Reservation): void {
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

function grown(holding: Holding, { refreshToken, accessToken }: Brought): Reservation {
  const { tenants, credential, accessTokens, firstTokens, headers } = holding;
  const vault = refreshToken === null ? 0 : tenants * (byteLength(refreshToken) - credential);
  if (accessToken === null) {
    return { vault, accessTokens: 0 };
  }
  const entries = tenants * byteLength(accessToken) - accessTokens + firstTokens * ENTRY_BYTES;
  return { vault, accessTokens: entries + headers };
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
