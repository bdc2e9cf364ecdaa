/**
 * Names the environment variables that the functions read. The stack sets them by these constants,
 * so that the two cannot drift apart.
 */
export const TENANTS_SECRET = 'TENANTS_SECRET';
export const ACCESS_TOKENS_SECRET = 'ACCESS_TOKENS_SECRET';
export const ARCHIVE_BUCKET = 'ARCHIVE_BUCKET';
/** Optional. Without it no digest is sent. */
export const ALERTS_TOPIC_ARN = 'ALERTS_TOPIC_ARN';
/** The connect page only. The function that redeems what a client's consent brought. */
export const REDEEM_FUNCTION = 'REDEEM_FUNCTION';
/** The connect page only. The operator's name, which the client reads. */
export const CONNECT_TITLE = 'CONNECT_TITLE';
/** The connect page only, optional. Whom a client asks, a mail or web address or a short text. */
export const CONNECT_CONTACT = 'CONNECT_CONTACT';
/** Path of the connect page's callbacks, behind its own address. A platform's id follows. */
export const CALLBACK_PATH = '/callback';
/** Optional. The longest time between two runs for all tenants, or `none` without a schedule. */
export const RUN_GAP_SECONDS = 'RUN_GAP_SECONDS';
/** Optional. `true` where runs in between keep access tokens fresh. */
export const KEEP_FRESH = 'KEEP_FRESH';
/** Tests only. `true` lets token URLs be plain http on a loopback host. */
const ALLOW_LOOPBACK_HTTP = 'ALLOW_LOOPBACK_HTTP';

/** Describes what the functions read from their environment. */
export interface Config {
  tenantsSecret: string;
  accessTokensSecret: string;
  archiveBucket: string;
  alertsTopicArn: string | null;
  allowLoopbackHttp: boolean;
  /** How often tenants are renewed; null where the environment does not say it. */
  rhythm: { gapMs: number | null; keepFresh: boolean } | null;
}

/** The environment is wrong, every fault at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the functions' settings from the environment `env`. Throws one ConfigError that names every
 * faulty variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = (name: string): string => env[name]?.trim() ?? '';
  const required = (name: string, what: string): string => {
    const value = read(name);
    if (value === '') {
      faults.push(`${name} must hold ${what}`);
    }
    return value;
  };

  const tenantsSecret = required(
    TENANTS_SECRET,
    'the name of the secret with the tenant credential map, such as token-rotator/tenants',
  );
  const accessTokensSecret = required(
    ACCESS_TOKENS_SECRET,
    'the name of the access-token secret, such as token-rotator/access-tokens',
  );
  const archiveBucket = required(ARCHIVE_BUCKET, 'the name of the archive bucket');
  const alertsTopicArn = read(ALERTS_TOPIC_ARN);
  const loopback = read(ALLOW_LOOPBACK_HTTP);
  const gap = read(RUN_GAP_SECONDS);

  // Shards are found by prefix. One family of secrets must not be among the other's shards.
  if (tenantsSecret !== '' && `${accessTokensSecret}/`.startsWith(`${tenantsSecret}/`)) {
    faults.push(
      `${ACCESS_TOKENS_SECRET} must name another secret than ${TENANTS_SECRET}, ` +
        'and not one below it',
    );
  } else if (accessTokensSecret !== '' && tenantsSecret.startsWith(`${accessTokensSecret}/`)) {
    faults.push(`${TENANTS_SECRET} must not name a secret below ${ACCESS_TOKENS_SECRET}`);
  }
  if (alertsTopicArn !== '' && !/^arn:[\w-]+:sns:/.test(alertsTopicArn)) {
    faults.push(`${ALERTS_TOPIC_ARN} must be the ARN of an SNS topic`);
  }
  if (!/^(none|\d*)$/.test(gap)) {
    faults.push(`${RUN_GAP_SECONDS} must be whole seconds, or none`);
  }
  if (!['', 'true', 'false'].includes(loopback)) {
    faults.push(`${ALLOW_LOOPBACK_HTTP} must be true or false`);
  }

  if (faults.length > 0) {
    throw new ConfigError(`The function's environment is wrong: ${faults.join('; ')}.`);
  }
  return {
    tenantsSecret,
    accessTokensSecret,
    archiveBucket,
    alertsTopicArn: alertsTopicArn || null,
    allowLoopbackHttp: loopback === 'true',
    rhythm: gap === '' ? null : rhythmOf(gap, read(KEEP_FRESH)),
  };
}

function rhythmOf(gap: string, keepFresh: string): Config['rhythm'] {
  return { gapMs: gap === 'none' ? null : Number(gap) * 1000, keepFresh: keepFresh === 'true' };
}
