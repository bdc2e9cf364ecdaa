import { connectionAdvice } from '../connection-advice.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { URL_REFUSED } from '../url-policy.ts';

/**
 * What is known of a failure that may be said aloud: names of ours and allow-listed codes; never a
 * value of an entry or a provider's text.
 */
export interface FailureFacts {
  tenant: string;
  /** The provider's title. */
  provider?: string | null;
  app?: string | null;
  shard?: string;
  grant_type?: string;
  status?: number | null;
  /** Of the network, such as `ECONNREFUSED`. */
  network?: string;
  /** An allow-listed error code of the reply. */
  oauth_error?: string;
  /** What a definition's patterns matched in the reply. */
  shown?: string;
  /** The field of the entry that is wrong. */
  path?: string;
  /** What is wrong, in our own words, where it is not the provider's answer. */
  cause?: string;
  /** The other holders of a duplicate credential. */
  others?: readonly string[];
  /** An authorization code was sent: no run sends it again. */
  code_spent?: boolean;
  /** The archive refused the new token as well. */
  unarchived?: boolean;
}

/** What is known of a tenant before it is asked. */
export function factsOf(tenant: Tenant): FailureFacts {
  return {
    tenant: tenant.name,
    provider: tenant.provider.title,
    app: tenant.app,
    grant_type: tenant.grant,
  };
}

/** Why a tenant failed, and what to do next, in our own words. */
export function describeFailure(code: ErrorCode, facts: FailureFacts): Failure {
  const { retryable, message, next_step } = TEXTS[code](facts);
  if (!facts.code_spent || code === 'needs_authorization')
    return { code, retryable, message, next_step };
  const connect = `The authorization code is spent; get a new one: tokens connect ${facts.tenant}`;
  return {
    code,
    retryable: false,
    message,
    next_step: retryable ? connect : `${next_step} ${connect}`,
  };
}

type Text = Omit<Failure, 'code'>;

const WAIT = 'Nothing: the next run tries again.';

const TEXTS: Readonly<Record<ErrorCode, (facts: FailureFacts) => Text>> = {
  invalid_entry: invalidEntry,
  duplicate_credential: (facts) => ({
    retryable: false,
    message: `Tenant ${facts.tenant} holds the same credential as ${facts.others?.join(', ') || 'another tenant'}, under another client or in another shard: none of them was asked.`,
    next_step: 'Keep the credential in the tenant it belongs to, and remove it from the others.',
  }),
  needs_authorization: needsAuthorization,
  app_rejected: (facts) => ({
    retryable: false,
    message: `${provider(facts)} refused the client credentials of ${appOf(facts)}${reason(facts)}.`,
    next_step: facts.app
      ? `Check client_id and client_secret of the app, and replace the secret: tokens app set-secret ${facts.app}`
      : `Check client_id and client_secret of tenant ${facts.tenant}.`,
  }),
  app_blocked: (facts) => ({
    retryable: true,
    message: `Tenant ${facts.tenant} got no token: ${provider(facts)} refused the client credentials of ${appOf(facts)} for another tenant.`,
    next_step: 'See the tenant that failed with app_rejected; this one follows by itself.',
  }),
  request_rejected: (facts) => ({
    retryable: false,
    message: `${provider(facts)} refused the request for tenant ${facts.tenant}${reason(facts)}.`,
    next_step: `Check the tenant's settings (token_url, scope, redirect_uri) against the platform's documentation; the reply is in the archive: tokens history ${facts.tenant}`,
  }),
  throttled: (facts) => ({
    retryable: true,
    message: `${provider(facts)} asked to slow down${reason(facts)}, and tenant ${facts.tenant} was not reached in time.`,
    next_step: `${WAIT} If it stays so, lower max_concurrency or raise min_interval_ms.`,
  }),
  provider_unavailable: (facts) => ({
    retryable: connectionAdvice(facts.network) === undefined,
    message: `${provider(facts)} could not be reached or was out of order for tenant ${facts.tenant}${reason(facts)}.`,
    next_step: connectionAdvice(facts.network) ?? WAIT,
  }),
  unknown_outcome: (facts) => ({
    retryable: true,
    message: `${provider(facts)} was asked for tenant ${facts.tenant}, but no whole answer came back${reason(facts)}: it may have issued a token that did not arrive.`,
    next_step: `${WAIT} If it then says needs_authorization, connect the tenant again: tokens connect ${facts.tenant}`,
  }),
  bad_response: (facts) => ({
    retryable: true,
    message: `${provider(facts)} answered for tenant ${facts.tenant} with success but without a usable access token${reason(facts)}${facts.cause ? `: ${facts.cause}` : ''}.`,
    next_step: `Look at the reply in the archive: tokens history ${facts.tenant}`,
  }),
  unread_response: (facts) => ({
    retryable: false,
    message: `${provider(facts)} answered for tenant ${facts.tenant} with success${reason(facts)}, but the reply could not be read. The token it may hold is safe in the archive, and the old one is not sent again.`,
    next_step: `Look at the reply, correct the provider's definition, and read the reply again: tokens reread ${facts.tenant}`,
  }),
  account_changed: (facts) => ({
    retryable: false,
    message: `Tenant ${facts.tenant} was connected with another account than before. Its token is kept, but not published.`,
    next_step: `See which account it is: tokens show ${facts.tenant}`,
  }),
  needs_decision: (facts) => ({
    retryable: false,
    message: `Two credentials of tenant ${facts.tenant} may be the current one. Neither is sent.`,
    next_step: `Choose one: tokens restore ${facts.tenant}`,
  }),
  invalid_definition: (facts) => ({
    retryable: false,
    message: `The provider of tenant ${facts.tenant} is defined wrongly${facts.path ? ` at ${facts.path}` : ''}${facts.cause ? `: ${facts.cause}` : ''}.`,
    next_step: 'Correct the definition: tokens provider check FILE',
  }),
  archive_failed: (facts) => ({
    retryable: true,
    message: `Tenant ${facts.tenant} was not asked: the archive takes nothing${facts.cause ? `: ${facts.cause}` : ''}.`,
    next_step: 'Remove the cause, and run again. Nothing was sent that could not be kept.',
  }),
  shard_full: (facts) => ({
    retryable: false,
    message: `Tenant ${facts.tenant} was not asked: the secrets of shard ${facts.shard ?? 'default'} have no room for what it may bring.`,
    next_step: `Split the shard: tokens shard split ${facts.shard ?? 'default'} --to NEW`,
  }),
  shard_unreadable: (facts) => ({
    retryable: false,
    message: `Tenant ${facts.tenant} was not asked: shard ${facts.shard ?? 'default'} could not be read${facts.cause ? `: ${facts.cause}` : ''}.`,
    next_step: 'Correct the secret; nothing was written to it.',
  }),
  commit_failed: commitFailed,
};

function commitFailed(facts: FailureFacts): Text {
  const cause = facts.cause ? `: ${facts.cause}` : '';
  const shard = facts.shard ?? 'default';
  if (facts.unarchived)
    return {
      retryable: true,
      message: `The new token of tenant ${facts.tenant} could be written neither to the archive nor to shard ${shard}${cause}.`,
      next_step: `Run again once the cause is gone. If it then says needs_authorization, connect the tenant again: tokens connect ${facts.tenant}`,
    };
  return {
    retryable: true,
    message: `The new token of tenant ${facts.tenant} is in the archive, but could not be written to shard ${shard}${cause}.`,
    next_step: 'Nothing is lost: the next run writes it. Run again once the cause is gone.',
  };
}

function invalidEntry(facts: FailureFacts): Text {
  if (facts.network === URL_REFUSED) {
    return {
      retryable: false,
      message: `Tenant ${facts.tenant} was not rotated: its token URL must be https and name its host, not an IP address.`,
      next_step: 'Correct token_url in the tenant credential map.',
    };
  }
  return {
    retryable: false,
    message: `The entry of tenant ${facts.tenant} is wrong${facts.path ? ` at ${facts.path}` : ''}${facts.cause ? `: ${facts.cause}` : ''}.`,
    next_step: `Correct ${facts.path ?? `tenants.${facts.tenant}`} in the tenant credential map.`,
  };
}

function needsAuthorization(facts: FailureFacts): Text {
  const connect = `tokens connect ${facts.tenant}`;
  if (facts.oauth_error === 'unauthorized_client') {
    return {
      retryable: false,
      message: `${provider(facts)} does not let the client of tenant ${facts.tenant} use this grant or credential${reason(facts)}: it may have been issued to another client.`,
      next_step: `Check that the tenant names the right app, then connect it again: ${connect}`,
    };
  }
  if (facts.grant_type === 'authorization_code') {
    return {
      retryable: false,
      message: `${provider(facts)} refused the authorization code of tenant ${facts.tenant}${reason(facts)}: it was too old, used before, or for another redirect_uri.`,
      next_step: `Get a new one: ${connect}`,
    };
  }
  if (
    facts.grant_type === 'client_credentials' ||
    facts.grant_type === 'fulfillment_user_assertion'
  ) {
    return {
      retryable: false,
      message: `${provider(facts)} does not grant tenant ${facts.tenant} a token${reason(facts)}.`,
      next_step: 'Check user_id and scope of the tenant, and what the platform permits its app.',
    };
  }
  return {
    retryable: false,
    message: `${provider(facts)} no longer accepts the refresh token of tenant ${facts.tenant}${reason(facts)}. The token is kept, and tried again by every full run.`,
    next_step: `Ask the client to consent again: ${connect}`,
  };
}

function provider(facts: FailureFacts): string {
  return facts.provider ?? 'The provider';
}

function appOf(facts: FailureFacts): string {
  return facts.app ? `app ${facts.app}` : `tenant ${facts.tenant}`;
}

function reason({ status, network, oauth_error, shown }: FailureFacts): string {
  const parts = [status && `HTTP ${status}`, network, oauth_error, shown].filter(Boolean);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
