import type { Tenant } from '../map/tenant.ts';
import type { ReplyFacts } from '../outcome.ts';
import { clientSecretField } from '../providers/request-fields.ts';
import { escapeUnseen, shown } from '../shown.ts';

/**
 * Describes what is known of a failure that may be said aloud. It holds names of ours and
 * allow-listed codes, and never a value of an entry or a provider's text.
 */
export interface FailureFacts {
  /** The tenant, or a placeholder where `count` tenants share the failure. */
  tenant: string;
  /** How many tenants share the failure; absent for one. */
  count?: number;
  /** The provider's title. */
  provider?: string | null;
  app?: string | null;
  /** The field of the entry by which its client proves who it is. Default `client_secret`. */
  secret?: string;
  shard?: string;
  grant_type?: string;
  status?: number | null;
  /** Of the network, such as `ECONNREFUSED`. */
  network?: string;
  /** An allow-listed error code of the reply. */
  oauth_error?: string;
  /** The matches of a definition's patterns in the reply. */
  shown?: string;
  /** The field of the entry that is wrong. */
  path?: string;
  /** The cause in our own words, where it is not the provider's answer. */
  cause?: string;
  /** The key of the damaged object of the archive that could tell of the tenant. */
  damaged?: string;
  /** The other holders of a duplicate credential. */
  others?: readonly string[];
  /** An authorization code was sent. No run sends it again. */
  code_spent?: boolean;
  /** The archive refused the new token as well. */
  unarchived?: boolean;
  /** The keyed hash of the account that consented now. */
  account?: string;
  /** Fingerprint of the credential of the consent before, or null where there is none. */
  earlier?: string | null;
}

/** Returns the facts of a tenant before it is asked. */
export function factsOf(tenant: Tenant): FailureFacts {
  return {
    tenant: tenant.name,
    provider: tenant.provider.title,
    app: tenant.app,
    secret: clientSecretField(tenant.provider) ?? 'client_secret',
    grant_type: tenant.grant,
  };
}

/** Returns the facts as they may be shown. All that comes from a map or a reply is escaped. */
export function shownFacts(facts: FailureFacts): FailureFacts {
  const { others, cause, ...rest } = facts;
  const texts = Object.entries(rest).map(([key, value]) => [
    key,
    typeof value === 'string' ? shown(value) : value,
  ]);
  return {
    ...(Object.fromEntries(texts) as typeof rest),
    ...(cause !== undefined && { cause: escapeUnseen(cause) }),
    ...(others && { others: others.map(shown) }),
  };
}

/** Returns what the answer said, for later reports. */
export function replyFacts(facts: FailureFacts): ReplyFacts {
  const { status, network, oauth_error, shown: matched } = facts;
  return {
    ...(status && { status }),
    ...(network && { network }),
    ...(oauth_error && { oauth_error }),
    ...(matched && { shown: matched }),
  };
}

/** Returns `tenant acme`, or `64 tenants`. */
export function who({ tenant, count }: FailureFacts): string {
  return count === undefined ? `tenant ${tenant}` : `${count} tenants`;
}

/** Returns the provider's title, to begin a sentence with. */
export function providerOf({ provider }: FailureFacts): string {
  return provider ?? 'The provider';
}

/** Returns words for the client, which is an app or the tenant's own. */
export function clientOf(facts: FailureFacts): string {
  return facts.app ? `app ${facts.app}` : who(facts);
}

/**
 * Returns what the answer said, such as ` (HTTP 400, invalid_grant)`; empty where nothing is known.
 */
export function reason({ status, network, oauth_error, shown: matched }: FailureFacts): string {
  const parts = [status && `HTTP ${status}`, network, oauth_error, matched].filter(Boolean);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Returns `: the cause`, or nothing. */
export function because({ cause }: FailureFacts): string {
  return cause ? `: ${cause}` : '';
}
