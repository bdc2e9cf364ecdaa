import { FOLDERS } from '../archive-folders.ts';
import type { TenantError } from '../history/shard-state.ts';
import { correctionOf } from '../map/correction.ts';
import type { Tenant } from '../map/tenant.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { URL_REFUSED } from '../providers/url-policy.ts';
import { connectionAdvice } from './connection-advice.ts';
import {
  because,
  clientOf,
  type FailureFacts,
  factsOf,
  providerOf,
  reason,
  replyFacts,
  shownFacts,
  who,
} from './failure-facts.ts';

/**
 * Returns why a tenant failed, and what to do next, in our own words. Every place that tells a
 * failure takes its words from here. With `count` the words are those of all that share the cause.
 */
export function describeFailure(code: ErrorCode, facts: FailureFacts): Failure {
  const safe = shownFacts(facts);
  const { retryable, message, next_step } = TEXTS[code](safe);
  const reply = replyFacts(safe);
  const more = {
    ...(isAppsFault(code) && safe.app && { app: safe.app }),
    ...(Object.keys(reply).length > 0 && { reply }),
  };
  if (!safe.code_spent || code === 'needs_authorization') {
    return {
      code,
      retryable,
      message,
      next_step,
      ...more,
    };
  }
  const connect = `The authorization code is spent. Get a new one: tokens connect ${safe.tenant}`;
  return {
    code,
    retryable: false,
    message,
    next_step: retryable ? connect : `${next_step}. ${connect}`,
    ...more,
  };
}

/** Returns a failure of an earlier run as that run told it. */
export function rememberedFailure(
  { code, reply, words }: Pick<TenantError, 'code' | 'reply' | 'words'>,
  facts: FailureFacts,
): Failure {
  return { ...describeFailure(code, { ...facts, ...reply }), ...words };
}

/** Returns the failure of a tenant that holds no credential, and whose grant is not said. */
export function lacksCredential(tenant: Tenant): Failure {
  const { name } = tenant;
  return {
    ...describeFailure('needs_authorization', factsOf(tenant)),
    message: `Tenant ${name} holds no credential.`,
    next_step:
      `Connect it: tokens connect ${name}. If its client asks for itself: ` +
      `tokens set ${name} grant=client_credentials`,
  };
}

/** The network's code without a status says that what came was no HTTP. */
function answered(facts: FailureFacts): string {
  const isHttp = facts.status || facts.network === undefined;
  return `answered for ${who(facts)} with ${isHttp ? 'success' : 'something that is no HTTP'}`;
}

/** Returns the failure of a tenant without a token that lives, whose platform renews none. */
export function noTokenLeft(tenant: Tenant): Failure {
  const { name, provider } = tenant;
  return {
    ...describeFailure('needs_authorization', factsOf(tenant)),
    message: `Tenant ${name} has no token, and ${provider.title} renews none.`,
    next_step: `Ask the client to consent: tokens connect ${name}`,
  };
}

/** Returns whether all tenants of the client share the failure. */
export function isAppsFault(code: ErrorCode): boolean {
  return code === 'app_rejected' || code === 'app_blocked';
}

type Text = Omit<Failure, 'code' | 'app'>;

const WAIT = 'Nothing: the next run tries again.';

const TEXTS: Readonly<Record<ErrorCode, (facts: FailureFacts) => Text>> = {
  invalid_entry: invalidEntry,
  invalid_definition: (facts) => ({
    retryable: false,
    message: `The provider definition of ${who(facts)} is wrong${at(facts)}${because(facts)}.`,
    next_step: 'Correct the file of the definition, and add it again: tokens provider add FILE',
  }),
  duplicate_credential: (facts) => ({
    retryable: false,
    message:
      `The credential of ${who(facts)} is also held by ` +
      `${facts.others?.join(', ') || 'another tenant'}, ` +
      'under another client or in another shard. None of them was asked.',
    next_step:
      'Keep it in the tenant that it belongs to, and take it from the others: ' +
      `tokens clear ${facts.tenant}`,
  }),
  needs_authorization: needsAuthorization,
  needs_decision: (facts) => ({
    retryable: false,
    message:
      `Two credentials may be the current one of ${who(facts)}. ` +
      'Neither is sent until you choose.',
    next_step:
      `Take the newest that the archive has: tokens restore ${facts.tenant}. ` +
      `Or choose one that tokens history ${facts.tenant} lists: ` +
      `tokens restore ${facts.tenant} --to FINGERPRINT`,
  }),
  account_changed: accountChanged,
  app_rejected: (facts) => ({
    retryable: false,
    message:
      `${providerOf(facts)} refused the client credentials of ` +
      `${clientOf(facts)}${reason(facts)}.`,
    next_step: newSecret(facts),
  }),
  app_blocked: (facts) => ({
    retryable: true,
    message:
      `No request was made for ${who(facts)}: ` +
      `${providerOf(facts)} refused the client credentials of ` +
      `${clientOf(facts)} for another tenant.`,
    next_step: newSecret(facts),
  }),
  request_rejected: (facts) => ({
    retryable: false,
    message: `${providerOf(facts)} refused the request for ${who(facts)}${reason(facts)}.`,
    next_step:
      "Compare the settings (token_url, scope, redirect_uri) with the platform's documentation: " +
      `tokens show ${facts.tenant}. The replies: tokens history ${facts.tenant}`,
  }),
  throttled: (facts) => ({
    retryable: true,
    message:
      `${providerOf(facts)} asked to slow down${reason(facts)}, ` +
      `and there was no time left for ${who(facts)}.`,
    next_step: `${WAIT} If it goes on, lower max_concurrency or raise min_interval_ms.`,
  }),
  provider_unavailable: (facts) => ({
    retryable: connectionAdvice(facts.network) === undefined,
    message:
      `${providerOf(facts)} could not be reached or was out of order for ` +
      `${who(facts)}${reason(facts)}.`,
    next_step: connectionAdvice(facts.network) ?? WAIT,
  }),
  unknown_outcome: (facts) => ({
    retryable: true,
    message:
      `${providerOf(facts)} was asked for ${who(facts)}, but no whole answer came ` +
      `back${reason(facts)}. It may have issued a token that did not arrive.`,
    next_step: `${WAIT} If it then says needs_authorization: tokens connect ${facts.tenant}`,
  }),
  bad_response: (facts) => ({
    retryable: true,
    message:
      `${providerOf(facts)} ${answered(facts)}, ` +
      `but without a usable access token${reason(facts)}${because(facts)}.`,
    next_step: `Look at the reply: tokens history ${facts.tenant}`,
  }),
  unread_response: unreadResponse,
  shard_full: (facts) => ({
    retryable: false,
    message:
      `No request was made for ${who(facts)}: ` +
      `the secrets of shard ${shardOf(facts)} have no room for what it may bring.`,
    next_step: `Split the shard: tokens shard split ${shardOf(facts)} --to NEW`,
  }),
  shard_unreadable: (facts) => ({
    retryable: false,
    message:
      `No request was made for ${who(facts)}: ` +
      `shard ${shardOf(facts)} could not be read${because(facts)}.`,
    next_step: `Remove the cause that the failure of shard ${shardOf(facts)} names, and run again.`,
  }),
  archive_failed: archiveFailed,
  commit_failed: commitFailed,
};

/** A fault that brings a token needs no other definition, but somebody who decides. */
function unreadResponse(facts: FailureFacts): Text {
  const reread = `tokens reread ${facts.tenant}`;
  const letGo = `To let it go: ${reread} --release`;
  if ((facts.status ?? 0) >= 300) {
    return {
      retryable: false,
      message:
        `${providerOf(facts)} answered for ${who(facts)} with a fault${reason(facts)}, and with ` +
        'what may be a new token. It is safe in the archive, and the old one is not sent again.',
      next_step: `Look at the reply. To take its token: ${reread}. ${letGo}`,
    };
  }
  return {
    retryable: false,
    message:
      `${providerOf(facts)} ${answered(facts)}${reason(facts)}, but the ` +
      'reply could not be read. The token that it may hold is safe in the archive, ' +
      'and the old one is not sent again.',
    next_step:
      "Look at the reply, correct the provider's definition, and read the reply again: " +
      `${reread}. ${letGo}`,
  };
}

function archiveFailed(facts: FailureFacts): Text {
  const { damaged } = facts;
  if (damaged !== undefined) {
    return damagedObject(facts, damaged);
  }
  return {
    retryable: true,
    message: `No request was made for ${who(facts)}: the archive takes nothing${because(facts)}.`,
    next_step: 'Nothing was sent that could not be kept. Remove the cause, then: tokens rotate',
  };
}

/** An answer may be lost for good, and then what is older goes on. A record is never given up. */
function damagedObject(facts: FailureFacts, damaged: string): Text {
  const { tenant } = facts;
  const isAnswer = damaged.startsWith(FOLDERS.responses);
  const otherwise = isAnswer
    ? ` If there is none, take the newest credential that the archive has: tokens restore ${tenant}`
    : ` Then: tokens rotate ${tenant}`;
  return {
    retryable: true,
    message: `No request was made for ${who(facts)}: ${damaged} is damaged, or is withheld from us.`,
    next_step:
      `Put a good version of ${damaged} back into the archive, or grant the right to read it.` +
      otherwise,
  };
}

function accountChanged(facts: FailureFacts): Text {
  const { tenant, account = 'HASH', earlier = 'FINGERPRINT' } = facts;
  const back =
    earlier === null
      ? `ask the right client to consent: tokens connect ${tenant}`
      : `tokens restore ${tenant} --to ${earlier}`;
  return {
    retryable: false,
    message:
      `The newest consent for ${who(facts)} came from another account than expected. ` +
      'Its token is kept, and not published.',
    next_step: `If the new account is right: tokens set ${tenant} account=${account}. If not: ${back}`,
  };
}

function newSecret({ app, tenant, secret = 'client_secret' }: FailureFacts): string {
  const what = secret === 'client_secret' ? 'the secret' : 'the key';
  return app
    ? `Check client_id and ${secret} of the app, and replace ${what}: tokens app set-secret ${app}`
    : `Check client_id and ${secret}, and replace ${what}: tokens set ${tenant} ${secret}`;
}

function commitFailed(facts: FailureFacts): Text {
  if (facts.unarchived) {
    return {
      retryable: true,
      message:
        `The new token of ${who(facts)} could be written neither to the archive nor to shard ` +
        `${shardOf(facts)}${because(facts)}.`,
      next_step:
        'Remove the cause, then run again: tokens rotate. If it then says needs_authorization: ' +
        `tokens connect ${facts.tenant}`,
    };
  }
  return {
    retryable: true,
    message:
      `The new token of ${who(facts)} is in the archive, ` +
      `but could not be written to shard ${shardOf(facts)}${because(facts)}.`,
    next_step: 'Nothing is lost. Remove the cause, then let a run write it: tokens rotate',
  };
}

/**
 * Returns the failure of a tenant whose new token is in the archive and does not fit into its
 * secret.
 */
export function tooLargeFailure(tenant: string, shard: string): Failure {
  return {
    ...describeFailure('shard_full', { tenant, shard }),
    message:
      `The new token of tenant ${tenant} is so long that it does not fit into the secrets of ` +
      `shard ${shard}. The archive keeps it.`,
  };
}

function invalidEntry(facts: FailureFacts): Text {
  const isUrl = facts.network === URL_REFUSED;
  const path = facts.path ?? `tenants.${facts.tenant}${isUrl ? '.token_url' : ''}`;
  return {
    retryable: false,
    message: isUrl
      ? `No request was made for ${who(facts)}: ` +
        'its token URL must be https and name its host, not an IP address.'
      : `The entry of ${who(facts)} is wrong${at(facts)}${because(facts)}.`,
    next_step: correctionOf(path),
  };
}

function needsAuthorization(facts: FailureFacts): Text {
  const connect = `tokens connect ${facts.tenant}`;
  const refused = { retryable: false };
  if (facts.oauth_error === 'unauthorized_client') {
    return {
      ...refused,
      message:
        `${providerOf(facts)} does not let the client of ${who(facts)} use this grant or ` +
        `credential${reason(facts)}. It may have been issued to another client.`,
      next_step: `Check that the tenant names the right app, then connect it again: ${connect}`,
    };
  }
  switch (facts.grant_type) {
    case 'authorization_code':
      return {
        ...refused,
        message:
          `${providerOf(facts)} refused the authorization code of ` +
          `${who(facts)}${reason(facts)}. ` +
          'It was too old, used before, or for another redirect_uri.',
        next_step: `Get a new one: ${connect}`,
      };
    case 'device_code':
      return {
        ...refused,
        message:
          `${providerOf(facts)} does not accept the device code of ` +
          `${who(facts)}${reason(facts)}. The consent was refused, or the code had ended.`,
        next_step: `Ask again: ${connect} --device`,
      };
    case 'client_credentials':
    case 'fulfillment_user_assertion':
      return {
        ...refused,
        message: `${providerOf(facts)} does not grant ${who(facts)} a token${reason(facts)}.`,
        next_step:
          'Check user_id and scope, and what the platform permits its app: ' +
          `tokens show ${facts.tenant}`,
      };
    default:
      return {
        ...refused,
        message:
          `${providerOf(facts)} no longer accepts the refresh token of ` +
          `${who(facts)}${reason(facts)}. The token is kept, and tried again by every full run.`,
        next_step: `Ask the client to consent again: ${connect}`,
      };
  }
}

function shardOf({ shard }: FailureFacts): string {
  return shard ?? 'default';
}

function at({ path }: FailureFacts): string {
  return path ? ` at ${path}` : '';
}
