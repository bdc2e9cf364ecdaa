import { systemClock } from '../../lambda/clock.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { isName } from '../../lambda/names.ts';
import type { AwsOptions } from './aws-options.ts';
import { createCachedTokens } from './cached-tokens.ts';
import { callHeaders } from './call-headers.ts';
import { createDeployedSource } from './deployed-source.ts';
import type { TokenSource } from './token-source.ts';

export { TokenError, type TokenErrorCode } from './token-error.ts';

interface CommonOptions {
  /**
   * The only shard to look in. Without it the default shard is looked in first, then all others,
   * which needs the permission to list secrets.
   */
  shard?: string | undefined;
  /**
   * How long before its end a token is refreshed, in milliseconds, 300,000 (5 minutes) unless
   * given, 10 minutes at most.
   */
  marginMs?: number;
}

/** A client of a deployed stack. */
export interface DeployedOptions extends CommonOptions {
  /** The name of the deployment, `token-rotator` unless it was deployed with `-c name=`. */
  name?: string;
  /**
   * Name or ARN of the function that refreshes on demand, the stack's output `RefreshFunctionName`.
   * Without it the client only reads.
   */
  refreshFunction?: string | undefined;
  /**
   * Region, endpoint and credentials of the AWS clients, where the standard AWS variables and files
   * do not say them.
   */
  aws?: AwsOptions;
}

/** A client of a home on this machine. */
export interface LocalOptions extends CommonOptions {
  /** The folder of the home. */
  home: string;
  /** Of a home that is sealed with one. */
  passphrase?: string | undefined;
}

/** A fact that a platform says beside a token. */
export type TokenValue = string | number | boolean | readonly (string | number)[];

/** Everything about a tenant's access token but the token. */
export interface TokenInfo {
  tenant: string;
  shard: string;
  tokenType: string;
  scope: string | null;
  /** Null for a token that has no end. */
  expiresAt: Date | null;
  /** Facts that callers need beside the token, such as `instance_url`. */
  values: Record<string, TokenValue>;
  /** The first 16 hex digits of the token's SHA-256. Names it without being it. */
  fingerprint: string;
  /** The key of the raw response that brought it, in the archive. */
  archiveKey: string;
}

/** Gives access tokens that live. Every method but `invalidate` throws TokenError. */
export interface TokenClient {
  /**
   * A token of the tenant that is good for at least the margin. One that ends sooner comes only
   * where it cannot be refreshed now.
   */
  accessToken(tenant: string): Promise<string>;
  /**
   * `Authorization`, and what else the provider wants. Ask for them again for each request. Some
   * platforms want an id or the time of each.
   */
  headers(tenant: string): Promise<Record<string, string>>;
  /** Everything about the token that accessToken would give, but the token. */
  info(tenant: string): Promise<TokenInfo>;
  /**
   * To be called after a 401. The next call asks for a new token. `refused` is the token that was
   * refused. Without it, it is the one given last.
   */
  invalidate(tenant: string, refused?: string): void;
  /** The tenants that have a token. */
  tenants(): Promise<string[]>;
}

const MARGIN_MS = 5 * 60_000;
/**
 * A refresh brings along what ends within 30 minutes. With a margin near that, each tenant would be
 * refreshed alone, and make a secret version of its own.
 */
const MAX_MARGIN_MS = 10 * 60_000;

/**
 * Creates a client of a deployed stack, or of the home that `home` names. Connects to nothing yet.
 * Throws RangeError and TypeError for wrong options.
 */
export function createTokenClient(options: DeployedOptions | LocalOptions = {}): TokenClient {
  const { marginMs = MARGIN_MS, shard = null } = options;
  if (!(marginMs >= 0 && marginMs <= MAX_MARGIN_MS)) {
    throw new RangeError('marginMs must be 0 to 600,000 (10 minutes)');
  }
  if (shard !== null && !isName(shard)) {
    throw new TypeError(
      'shard must be a name of at most 64 letters, digits, dots, dashes and underscores',
    );
  }
  const tokens = createCachedTokens(createSource(options), {
    marginMs,
    shard,
    clock: systemClock,
  });

  return {
    accessToken: async (tenant) => (await tokens.get(tenant)).token.access_token,
    headers: async (tenant) => callHeaders((await tokens.get(tenant)).token, Date.now()),
    info: async (tenant) => {
      const { shard, token } = await tokens.get(tenant);
      return {
        tenant,
        shard,
        tokenType: token.token_type,
        scope: token.scope ?? null,
        expiresAt: token.expires_at === null ? null : new Date(token.expires_at),
        values: token.values ?? {},
        fingerprint: fingerprint(token.access_token),
        archiveKey: token.archive_key,
      };
    },
    invalidate: tokens.invalidate,
    tenants: tokens.tenants,
  };
}

function createSource(options: DeployedOptions | LocalOptions): TokenSource {
  if (!('home' in options)) {
    return createDeployedSource(
      options.name ?? 'token-rotator',
      options.refreshFunction ?? null,
      options.aws ?? {},
    );
  }
  const { home, passphrase } = options;
  let opened: Promise<TokenSource> | null = null;
  /**
   * Local mode is loaded, and its home opened, at the first use; one that did not open is tried
   * again.
   */
  const open = () => {
    opened ??= import('./local-source.ts')
      .then(({ openLocalSource }) => openLocalSource(home, passphrase))
      .catch((error) => {
        opened = null;
        throw error;
      });
    return opened;
  };
  return {
    read: async (shard) => (await open()).read(shard),
    shards: async () => (await open()).shards(),
    refresh: async (request) => (await open()).refresh(request),
  };
}
