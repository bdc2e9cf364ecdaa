import { fingerprint } from '../../lambda/fingerprint.ts';
import { endOf, type PublishedToken, parsePublished } from '../../lambda/keep/published.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { DISABLED } from '../../lambda/outcome.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
import type { RunOptions } from '../../lambda/run/run-options.ts';
import { CommandError } from '../errors.ts';
import type { Home, RefreshResult } from '../homes/home.ts';
import { findTenant } from '../map/find-tenant.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import { untilText } from '../terminal/time-text.ts';

/** A token that ends sooner is refreshed first. */
const MARGIN_MS = 5 * 60_000;

/** A token that is valid now. `warning` says why it ends soon all the same. */
export interface FreshToken {
  token: PublishedToken;
  warning: string | null;
}

/** Whose token is wanted, and where the tenant is, if that is known. */
export interface WantedToken {
  tenant: string;
  shard?: string | undefined;
}

/**
 * Returns a tenant's access token with more than 5 minutes left, refreshed where needed; one with
 * less where the refresh fails. Throws CommandError where there is none that is valid, and
 * StoreError.
 */
export async function freshToken(
  home: Home,
  { tenant, shard }: WantedToken,
  onProgress?: RunOptions['onProgress'],
): Promise<FreshToken> {
  const { ports } = home;
  const published = await findPublished(ports, tenant, shard);
  if (published && leftMs(published.token) > MARGIN_MS) {
    return { token: published.token, warning: null };
  }
  const place = published?.shard ?? (await findTenant(ports, tenant, shard)).shard;
  const refused = published ? fingerprint(published.token.access_token) : null;
  const result = await home.refresh({ tenant, shard: place, refused }, onProgress);
  const token = parsePublished(await ports.accessTokens.read(place)).get(tenant);
  if (!token || leftMs(token) <= 0) {
    throw notRefreshed(tenant, result);
  }
  if (leftMs(token) > MARGIN_MS) {
    return { token, warning: null };
  }
  const ends = untilText(endOf(token), Date.now());
  const { message } = notRefreshed(tenant, result);
  return { token, warning: `this token ends ${ends}, and no fresher one came. ${message}` };
}

function leftMs(token: PublishedToken): number {
  return endOf(token) - Date.now();
}

function notRefreshed(tenant: string, { error, status, reason }: RefreshResult): CommandError {
  return error
    ? new CommandError(error.message, { nextStep: error.next_step })
    : new CommandError(`Tenant ${tenant} was not refreshed (${reason ?? status}).`, {
        nextStep:
          reason === DISABLED
            ? `First: tokens resume ${tenant}`
            : `Run the same command again, or see: tokens status ${tenant}`,
      });
}

/** A shard whose name was mistyped has no secret. Throws in any case. */
async function explainMissing(ports: RunPorts, shard: string, error: unknown): Promise<never> {
  if (error instanceof StoreError && error.reason === 'not_found') {
    await refuseUnknownShard(ports, shard);
  }
  throw error;
}

/** Looks where most tenants are first. A reader may have no right to list the other shards. */
async function findPublished(
  ports: RunPorts,
  tenant: string,
  shard?: string,
): Promise<{ shard: string; token: PublishedToken } | null> {
  const look = async (place: string) => {
    const token = parsePublished(await ports.accessTokens.read(place)).get(tenant);
    return token ? { shard: place, token } : null;
  };
  if (shard !== undefined) {
    return look(shard).catch((error: unknown) => explainMissing(ports, shard, error));
  }
  const found = await look(DEFAULT_SHARD);
  if (found) {
    return found;
  }
  for (const place of await ports.accessTokens.shards()) {
    const elsewhere = place === DEFAULT_SHARD ? null : await look(place);
    if (elsewhere) {
      return elsewhere;
    }
  }
  return null;
}
