import { judge } from '../exchange/token-response.ts';
import { parseArchivedExchange } from '../history/archived-exchange.ts';
import { consumerHeaders } from '../map/consumer-headers.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { heldIn } from '../map/vault-map.ts';
import { StoreError } from '../ports.ts';
import { learn } from './catch-up.ts';
import { requestToken } from './commit.ts';
import {
  formatPublished,
  type Published,
  type PublishedToken,
  parsePublished,
} from './published.ts';
import type { ShardRun } from './shard-run.ts';

export type PublishResult =
  | { kind: 'published'; bytes: number }
  | { kind: 'left' }
  | { kind: 'failed'; cause: string };

const TRIES = 4;

/**
 * Swaps in the newest token of every tenant that was issued for the credential (or the request
 * identity) now standing in the vault as this run read or wrote it last; an entry that was not
 * goes. `newer` writes only where a newer token waits, and leaves removals to the end of the run.
 */
export async function publish(run: ShardRun, which: 'newer' | 'all'): Promise<PublishResult> {
  let cause = 'the secret was changed by others again and again';
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const version = await run.ports.accessTokens.read(run.shard);
      const published = parsePublished(version);
      run.published = published;
      const wanted = await standingTokens(run, published);
      const newer = [...wanted].some(
        ([tenant, token]) => published.get(tenant)?.archive_key !== token.archive_key,
      );
      const text = formatPublished(wanted);
      const unchanged =
        which === 'newer' ? !newer : text === (version?.text ?? formatPublished(new Map()));
      if (unchanged) return { kind: 'published', bytes: Buffer.byteLength(version?.text ?? '') };
      if (run.lease.leftMs() <= 0) return { kind: 'left' };
      const read = version?.versionId ?? null;
      if (
        (await run.ports.accessTokens.swap(
          run.shard,
          read,
          text,
          requestToken(run.runId, read, text),
        )) === 'swapped'
      ) {
        run.published = wanted;
        return { kind: 'published', bytes: Buffer.byteLength(text) };
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      cause = error.message;
      if (error.reason !== 'unavailable' && error.reason !== 'throttled') break;
      await run.ports.clock.sleep(500 * 2 ** tries);
    }
  }
  return { kind: 'failed', cause };
}

async function standingTokens(
  run: ShardRun,
  published: Published,
): Promise<Map<string, PublishedToken>> {
  const standing = standingCredentials(run);
  const tokens = new Map<string, PublishedToken>();
  for (const [name, credential] of standing) {
    const state = run.states.get(name);
    if (!state?.archive_key || state.token_for !== credential) continue;
    const known = published.get(name);
    const token =
      known?.archive_key === state.archive_key
        ? known
        : await tokenFromArchive(run, state.archive_key, state.expires_at);
    if (!token) continue;
    const tenant = resolveTenant(name, run.vault.map);
    const headers = isTenant(tenant)
      ? consumerHeaders(tenant, token.access_token)
      : (known?.headers ?? {});
    const { access_token, token_type, expires_at, scope, archive_key } = token;
    tokens.set(name, {
      access_token,
      token_type,
      expires_at,
      ...(scope === undefined ? {} : { scope }),
      headers,
      archive_key,
    });
  }
  return tokens;
}

/** Per tenant of the map, the fingerprint of what its access token must have been issued for. */
export function standingCredentials(run: Pick<ShardRun, 'vault' | 'states'>): Map<string, string> {
  const standing = new Map<string, string>();
  for (const { tenant: name, refreshToken } of heldIn(run.vault.map)) {
    const tenant = resolveTenant(name, run.vault.map);
    const identity = isTenant(tenant) && tenant.credential.kind === 'none' ? tenant.identity : null;
    const state = run.states.get(name);
    const code = state?.codes_sent.at(-1);
    // A code that brought no refresh token leaves nothing in the map; its access token stands until
    // the entry's own grant brings another.
    const credential =
      refreshToken ?? (code && code === state?.token_for ? code : identity) ?? code;
    if (credential) standing.set(name, credential);
  }
  return standing;
}

/** Null where the archive has it no longer, or it has ended: such a one is worth no request. */
async function tokenFromArchive(
  run: ShardRun,
  key: string,
  expiresAt: string | null,
): Promise<Omit<PublishedToken, 'headers'> | null> {
  if (expiresAt === null || Date.parse(expiresAt) <= run.ports.clock.now()) return null;
  const exchange =
    run.exchanges.get(key) ?? parseArchivedExchange(await run.ports.archive.get(key));
  if (!exchange) return null;
  learn(run, key, exchange);
  const judgement = judge(exchange);
  return judgement.kind === 'issued' ? { ...judgement, archive_key: key } : null;
}
