import { mayPass, StoreError } from '../../lambda/ports.ts';
import { TokenError, type TokenErrorFacts } from './token-error.ts';
import type { RefreshAnswer } from './token-source.ts';

/** Returns the error for an answer that brought the tenant no usable token. */
export function answerError(tenant: string, shard: string, answer: RefreshAnswer): TokenError {
  return new TokenError({ tenant, ...describe(tenant, shard, answer) });
}

/**
 * Returns the error for a store or a function that refused, so that `subject` could not be read.
 * Throws on anything but a StoreError.
 */
export function storeError(subject: string, tenant: string, error: unknown): TokenError {
  if (!(error instanceof StoreError)) {
    throw error;
  }
  const { reason, message } = error;
  const what = `${subject} could not be read: ${message}.`;
  if (reason === 'denied') {
    const nextStep =
      'Give the role grantTokens for the shard. A role without secretsmanager:ListSecrets names ' +
      'its shard as "shard".';
    return new TokenError({
      code: 'not_authorized',
      tenant,
      what,
      nextStep,
      retryable: false,
    });
  }
  const retryable = mayPass(error);
  const nextStep = retryable
    ? 'Try again in a minute.'
    : 'Check the names in the options of the client.';
  return new TokenError({
    code: reason === 'throttled' ? 'busy' : 'unavailable',
    tenant,
    what,
    nextStep,
    retryable,
  });
}

/** Returns the error for a token that has to be refreshed by a client that only reads. */
export function noRefreshError(tenant: string): TokenError {
  return new TokenError({
    code: 'unavailable',
    tenant,
    what: `Tenant ${tenant} needs a refresh, and this client names no function that does it.`,
    nextStep:
      'Give the output RefreshFunctionName of the stack as "refreshFunction", or deploy the ' +
      'stack with -c keepFresh=true.',
    retryable: true,
  });
}

/** Does not repeat a text that is no name. It might be a secret in the wrong place. */
export function notAName(): TokenError {
  return new TokenError({
    code: 'unknown_tenant',
    tenant: '',
    what:
      'The given text cannot be the name of a tenant: a name has at most 64 letters, digits, ' +
      'dots, dashes and underscores.',
    nextStep: 'See the names: tokens status',
    retryable: false,
  });
}

const LATER = 'Try again in a minute.';

function describe(
  tenant: string,
  shard: string,
  answer: RefreshAnswer,
): Omit<TokenErrorFacts, 'tenant'> {
  switch (answer.status) {
    case 'unknown_tenant':
      return {
        code: 'unknown_tenant',
        what:
          `There is no tenant ${tenant} in shard ${shard}, and no other shard that this role may ` +
          'read has a token of it.',
        nextStep: 'See the names: tokens status. If it is in another shard, name that as "shard".',
        retryable: false,
      };
    case 'failed':
    case 'uncommitted':
      return {
        code: 'failing',
        what: answer.error?.message ?? `Tenant ${tenant} could not be refreshed.`,
        nextStep: answer.error?.next_step ?? 'See why: tokens status',
        retryable: answer.error?.retryable ?? false,
        ...(answer.error && { failure: answer.error.code }),
      };
    case 'skipped':
      return {
        code: 'failing',
        what: `Tenant ${tenant} was not refreshed${because(answer.reason)}.`,
        nextStep: 'See: tokens status',
        retryable: false,
      };
    case 'busy':
    case 'deferred':
      return {
        code: 'busy',
        what: `Tenant ${tenant} was not refreshed yet${because(answer.reason)}.`,
        nextStep: LATER,
        retryable: true,
      };
    case 'rotated':
    case 'recovered':
      return {
        code: 'busy',
        what: `Tenant ${tenant} was refreshed, but its token cannot be read yet.`,
        nextStep: LATER,
        retryable: true,
      };
  }
}

function because(reason: string | undefined): string {
  return reason ? `: ${reason}` : '';
}
