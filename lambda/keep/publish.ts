import { readExchange } from '../exchange/archived-entry.ts';
import { parseArchivedExchange } from '../history/archived-exchange.ts';
import { newestToken, type Token } from '../history/families.ts';
import { accountHold } from '../map/account-hold.ts';
import { consumerHeaders } from '../map/consumer-headers.ts';
import { consumerValues } from '../map/consumer-values.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { heldIn } from '../map/vault-map.ts';
import type { SecretVersion } from '../ports.ts';
import { checkAccounts, type Standing } from './check-accounts.ts';
import {
  formatPublished,
  type Published,
  type PublishedToken,
  parsePublished,
} from './published.ts';
import { requestToken } from './request-token.ts';
import type { ShardRun, VaultRead } from './shard-run.ts';
import { swapUntilDone, type Try } from './swap.ts';

export type PublishResult =
  | { kind: 'published'; bytes: number }
  | { kind: 'left' }
  | { kind: 'failed'; cause: string };

/**
 * Swaps in the newest token of every tenant that was issued for the credential (or the request
 * identity) that is in the vault as this run read or wrote it last. An entry that was not goes.
 * `newer` writes only where a newer token waits, and leaves removals to the end of the run.
 */
export async function publish(run: ShardRun, which: 'newer' | 'all'): Promise<PublishResult> {
  let bytes = 0;
  const result = await swapUntilDone(run.ports.clock, async () => {
    const tried = await publishOnce(run, which);
    bytes = tried.bytes;
    return tried.result;
  });
  return result.kind === 'done' ? { kind: 'published', bytes } : result;
}

async function publishOnce(
  run: ShardRun,
  which: 'newer' | 'all',
): Promise<{ result: Try; bytes: number }> {
  const version = await readUnread(run);
  const before = version?.text ?? formatPublished(new Map());
  run.published = parsePublished(version);
  await checkAccounts(run, standingTokens(run));
  const wanted = withFormerNames(run, withinRoom(run, await currentTokens(run)));
  const text = formatPublished(wanted);
  const isUnchanged = which === 'newer' ? !hasNewer(wanted, run.published) : text === before;
  if (isUnchanged) {
    run.publishedRead = { version };
    return { result: 'done', bytes: Buffer.byteLength(version?.text ?? '') };
  }
  const bytes = Buffer.byteLength(text);
  if (run.lease.leftMs() <= 0) return { result: 'left', bytes };
  const read = version?.versionId ?? null;
  const token = requestToken({ runId: run.lease.runId, versionRead: read, text });
  const swapped = await run.ports.accessTokens.swap(run.shard, read, text, token);
  if (swapped !== 'swapped') return { result: 'again', bytes };
  run.published = wanted;
  return { result: 'done', bytes };
}

/**
 * Reads the access-token secret, unless this run did and has not tried to write it since. Nobody
 * else writes it. A read that is too old is good for one try, and the swap refuses that.
 */
async function readUnread(run: ShardRun): Promise<SecretVersion | null> {
  const known = run.publishedRead;
  run.publishedRead = null;
  return known ? known.version : run.ports.accessTokens.read(run.shard);
}

/** Leaves out the longest entries while they would not fit, so that one stops nobody else. */
function withinRoom(
  run: ShardRun,
  tokens: Map<string, PublishedToken>,
): Map<string, PublishedToken> {
  const { maxBytes } = run.ports.accessTokens;
  const fits = () => Buffer.byteLength(formatPublished(tokens)) <= maxBytes;
  if (fits()) return tokens;
  for (const name of namesByLength(tokens)) {
    tokens.delete(name);
    run.tooLarge.add(name);
    if (fits()) break;
  }
  return tokens;
}

/** The tenants' names, that of the longest entry first. */
function namesByLength(tokens: Published): string[] {
  const lengths = [...tokens].map(([name, token]) => [name, JSON.stringify(token).length] as const);
  return lengths.sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function hasNewer(wanted: Published, published: Published): boolean {
  return [...wanted].some(
    ([tenant, token]) => published.get(tenant)?.archive_key !== token.archive_key,
  );
}

/** Returns what was issued for the credentials that are in the vault. */
function standingTokens(run: ShardRun): (Standing & { token: Token })[] {
  return [...publishableCredentials(run)].flatMap(([name, credential]) => {
    const token = newestToken(run.ledger.knowledge, name);
    if (token?.for !== credential) return [];
    const accessToken = async () => (await tokenOfArchive(run, token))?.access_token ?? null;
    return [{ name, credential, token, accessToken }];
  });
}

/** Nothing is published for a consent that came from another account than the one before. */
async function currentTokens(run: ShardRun): Promise<Map<string, PublishedToken>> {
  const tokens = new Map<string, PublishedToken>();
  for (const { name, credential, token } of standingTokens(run)) {
    if (isHeldBack(run, name, credential)) continue;
    const published = await publishedToken(run, name, token);
    if (published) tokens.set(name, published);
  }
  return tokens;
}

/**
 * Publishes tokens under former names too, where there is room for all of them. A name that another
 * tenant has taken meanwhile is that tenant's alone.
 */
function withFormerNames({ formerNames, vault, ports }: ShardRun, tokens: Published): Published {
  if (formerNames.size === 0) return tokens;
  const copies = [...formerNames].flatMap(([former, tenant]) => {
    const token = tokens.get(tenant);
    return token && !vault.map.tenants.has(former) ? [[former, token] as const] : [];
  });
  const all = new Map([...tokens, ...copies]);
  return Buffer.byteLength(formatPublished(all)) <= ports.accessTokens.maxBytes ? all : tokens;
}

function isHeldBack(run: ShardRun, name: string, credential: string): boolean {
  const tenant = resolveTenant(name, run.vault.map);
  const known = { tenants: run.tenants, knowledge: run.ledger.knowledge };
  return isTenant(tenant) && accountHold(tenant, credential, known) !== null;
}

async function publishedToken(
  run: ShardRun,
  name: string,
  token: Token,
): Promise<PublishedToken | null> {
  const known = run.published.get(name);
  const issued = known?.archive_key === token.key ? known : await tokenOfArchive(run, token);
  if (!issued) return null;
  const tenant = resolveTenant(name, run.vault.map);
  const headers = isTenant(tenant)
    ? consumerHeaders(tenant, issued.access_token)
    : (known?.headers ?? {});
  const own = isTenant(tenant) ? consumerValues(tenant) : {};
  const all = { ...own, ...issued.values };
  const { access_token, token_type, expires_at, scope, archive_key } = issued;
  return {
    access_token,
    token_type,
    expires_at,
    ...(scope === undefined ? {} : { scope }),
    ...(Object.keys(all).length === 0 ? {} : { values: all }),
    headers,
    archive_key,
  };
}

/**
 * Returns for each tenant of the map the fingerprint of what its access token must have been issued
 * for.
 */
export function publishableCredentials(
  run: Pick<ShardRun, 'ledger'> & { vault: Pick<VaultRead, 'map'> },
): Map<string, string> {
  const { knowledge } = run.ledger;
  const credentials = new Map<string, string>();
  for (const { tenant: name, refreshToken } of heldIn(run.vault.map)) {
    const tenant = resolveTenant(name, run.vault.map);
    const identity = isTenant(tenant) && tenant.credential.kind === 'none' ? tenant.identity : null;
    // A code that brought no refresh token leaves nothing in the map. Its access token counts until
    // the entry's own grant brings another.
    const own = knowledge.tokens.get(name)?.for ?? null;
    const code = own !== null && knowledge.codes.has(own) ? own : null;
    const credential = refreshToken ?? code ?? identity;
    if (credential !== null) credentials.set(name, credential);
  }
  return credentials;
}

/** Returns null if the archive no longer holds the token, or if the token has expired. */
async function tokenOfArchive(
  run: ShardRun,
  { key, expires_at }: Token,
): Promise<Omit<PublishedToken, 'headers'> | null> {
  if (expires_at !== null && Date.parse(expires_at) <= run.ports.clock.now()) return null;
  const judgement = run.ledger.entryOf(key)?.judgement ?? (await readJudgement(run, key));
  const access = judgement?.kind === 'issued' ? judgement : judgement?.access;
  return access ? { ...access, archive_key: key } : null;
}

async function readJudgement(run: ShardRun, key: string) {
  // It may be an entry of the shard that the tenant was split off from. Nothing is learned of it.
  const exchange = parseArchivedExchange(await run.ports.archive.get(key));
  return exchange ? readExchange(key, exchange).judgement : null;
}
