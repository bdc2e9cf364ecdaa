import { readExchange } from '../exchange/archived-entry.ts';
import { newestToken, type Token } from '../history/families.ts';
import { accountHold } from '../map/account-hold.ts';
import { consumerHeaders } from '../map/consumer-headers.ts';
import { consumerValues } from '../map/consumer-values.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { heldIn } from '../map/vault-map.ts';
import { readArchived } from './archived-object.ts';
import { checkAccounts, type Standing } from './check-accounts.ts';
import type { Ledger } from './ledger.ts';
import {
  formatPublished,
  type Published,
  type PublishedRead,
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
  const read = await readUnread(run);
  const { version } = read;
  run.published = read.tokens;
  const standing = standingTokens(run);
  await checkAccounts(run, standing);
  const current = withinRoom(run, await currentTokens(run, standing));
  const { tokens: wanted, text } = withFormerNames(run, current);
  const before = version?.text ?? formatPublished(new Map());
  const isChanged = which === 'newer' ? hasNewer(wanted, run.published) : text !== before;
  if (!isChanged) {
    run.publishedRead = read;
    return { result: 'done', bytes: Buffer.byteLength(version?.text ?? '') };
  }
  const bytes = Buffer.byteLength(text);
  if (run.lease.leftMs() <= 0) {
    return { result: 'left', bytes };
  }
  const versionRead = version?.versionId ?? null;
  const { runId } = run.lease;
  const token = requestToken({ runId, versionRead, text });
  const swapped = await run.ports.accessTokens.swap(run.shard, versionRead, text, token);
  if (swapped !== 'swapped') {
    return { result: 'again', bytes };
  }
  run.published = wanted;
  return { result: 'done', bytes };
}

/**
 * Reads the access-token secret, unless this run did and has not tried to write it since. Nobody
 * else writes it. A read that is too old is good for one try, and the swap refuses that.
 */
async function readUnread(run: ShardRun): Promise<PublishedRead> {
  const known = run.publishedRead;
  run.publishedRead = null;
  if (known) {
    return known;
  }
  const version = await run.ports.accessTokens.read(run.shard);
  return { version, tokens: parsePublished(version) };
}

/** Tokens, and the text that holds them. */
interface Formatted {
  tokens: Published;
  text: string;
}

/** Leaves out the longest entries while they would not fit, so that one stops nobody else. */
function withinRoom(run: ShardRun, tokens: Map<string, PublishedToken>): Formatted {
  const { maxBytes } = run.ports.accessTokens;
  let text = formatPublished(tokens);
  const fits = () => Buffer.byteLength(text) <= maxBytes;
  const longest = fits() ? [] : namesByLength(tokens);
  for (const name of longest) {
    tokens.delete(name);
    run.tooLarge.add(name);
    text = formatPublished(tokens);
    if (fits()) {
      break;
    }
  }
  return { tokens, text };
}

/** Returns the tenants' names, that of the longest entry first. */
function namesByLength(tokens: Published): string[] {
  const entries = [...tokens].map(([name, token]) => {
    const { length } = JSON.stringify(token);
    return { name, length };
  });
  entries.sort((a, b) => b.length - a.length);
  return entries.map(({ name }) => name);
}

function hasNewer(wanted: Published, published: Published): boolean {
  return [...wanted].some(([tenant, { archive_key }]) => {
    const before = published.get(tenant);
    return before?.archive_key !== archive_key;
  });
}

type StandingToken = Standing & { token: Token };

/** Returns what was issued for the credentials that are in the vault. */
function standingTokens(run: ShardRun): StandingToken[] {
  return [...publishableCredentials(run)].flatMap(([name, credential]) => {
    const token = newestToken(run.ledger.knowledge, name);
    if (token?.for !== credential) {
      return [];
    }
    const accessToken = async () => {
      const found = await tokenOfArchive(run, token);
      return found?.access_token ?? null;
    };
    const standing = {
      name,
      credential,
      token,
      accessToken,
    };
    return [standing];
  });
}

/** Nothing is published for a consent that came from another account than the one before. */
async function currentTokens(
  run: ShardRun,
  standing: readonly StandingToken[],
): Promise<Map<string, PublishedToken>> {
  const tokens = new Map<string, PublishedToken>();
  for (const { name, credential, token } of standing) {
    if (isHeldBack(run, name, credential)) {
      continue;
    }
    const known = run.published.get(name);
    const issued = known?.archive_key === token.key ? known : await tokenOfArchive(run, token);
    if (issued) {
      tokens.set(name, publishedToken(run, name, issued));
    }
  }
  return tokens;
}

/**
 * Publishes tokens under former names too, where there is room for all of them. A name that another
 * tenant has taken meanwhile is that tenant's alone.
 */
function withFormerNames({ formerNames, vault, ports }: ShardRun, current: Formatted): Formatted {
  if (formerNames.size === 0) {
    return current;
  }
  const all = new Map(current.tokens);
  for (const [former, tenant] of formerNames) {
    const token = current.tokens.get(tenant);
    const isTaken = vault.map.tenants.has(former);
    if (token && !isTaken) {
      all.set(former, token);
    }
  }
  const text = formatPublished(all);
  const fits = Buffer.byteLength(text) <= ports.accessTokens.maxBytes;
  return fits ? { tokens: all, text } : current;
}

function isHeldBack(run: ShardRun, name: string, credential: string): boolean {
  const tenant = resolveTenant(name, run.vault.map);
  const known = { tenants: run.tenants, knowledge: run.ledger.knowledge };
  return isTenant(tenant) && accountHold(tenant, credential, known) !== null;
}

/** An access token as its exchange issued it, or as it was published. */
type IssuedToken = Omit<PublishedToken, 'headers'>;

function publishedToken(run: ShardRun, name: string, issued: IssuedToken): PublishedToken {
  const tenant = resolveTenant(name, run.vault.map);
  // A wrong entry does not take from consumers what was published before.
  const own = isTenant(tenant)
    ? { headers: consumerHeaders(tenant, issued.access_token), values: consumerValues(tenant) }
    : { headers: run.published.get(name)?.headers ?? {}, values: {} };
  const values = { ...own.values, ...issued.values };
  const { access_token, token_type, expires_at, scope, archive_key } = issued;
  return {
    access_token,
    token_type,
    expires_at,
    ...(scope !== undefined && { scope }),
    ...(Object.keys(values).length > 0 && { values }),
    headers: own.headers,
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
  const { map } = run.vault;
  const credentials = new Map<string, string>();
  for (const { tenant, refreshToken } of heldIn(map)) {
    const code = exchangedCode(run.ledger, tenant);
    const credential = refreshToken ?? code ?? identityOf(resolveTenant(tenant, map));
    if (credential !== null) {
      credentials.set(tenant, credential);
    }
  }
  return credentials;
}

/**
 * Returns the code that brought a tenant's own token. Without a refresh token it leaves nothing in
 * the map. Its access token counts until the entry's own grant brings another.
 */
function exchangedCode({ knowledge }: Ledger, tenant: string): string | null {
  const token = knowledge.tokens.get(tenant);
  if (!token) {
    return null;
  }
  return knowledge.codes.has(token.for) ? token.for : null;
}

/** Returns the identity of the request of a tenant that spends nothing. */
function identityOf(tenant: Tenant | InvalidTenant): string | null {
  if (!isTenant(tenant) || tenant.credential.kind !== 'none') {
    return null;
  }
  return tenant.credential.identity;
}

/** Returns null if the archive no longer holds the token, or if the token has expired. */
async function tokenOfArchive(
  run: ShardRun,
  { key, expires_at }: Token,
): Promise<IssuedToken | null> {
  if (expires_at !== null && Date.parse(expires_at) <= run.ports.clock.now()) {
    return null;
  }
  const judgement = run.ledger.entryOf(key)?.judgement ?? (await readJudgement(run, key));
  const access = judgement?.kind === 'issued' ? judgement : judgement?.access;
  return access ? { archive_key: key, ...access } : null;
}

async function readJudgement(run: ShardRun, key: string) {
  // It may be an entry of the shard that the tenant was split off from. Nothing is learned of it.
  const exchange = await readArchived(run, key);
  return exchange === null || exchange === 'damaged' ? null : readExchange(key, exchange).judgement;
}
