import type { Cause, Failure } from '../outcome.ts';
import type { Fit } from './cause.ts';
import { appRejections } from './causes-of-app.ts';
import { codeRefusal, credentialGone, neverConnected, tokenDeaths } from './causes-of-token.ts';
import type { Death, PastExchange } from './death.ts';

/**
 * Returns why a tenant fails, the surest cause first. One is called certain only where its evidence
 * is enough and no other cause fits.
 */
export function causesOf(death: Death): Cause[] {
  const fits = fitsOf(death);
  if (fits === null || fits.length === 0) {
    return [asTold(death)];
  }
  const alone = fits.length === 1;
  return fits
    .toSorted((a, b) => Number(b.strong) - Number(a.strong))
    .map(({ strong, next_step = death.next_step, ...fit }) => ({
      cause: fit.cause,
      certainty: certaintyOf(strong, alone),
      evidence: fit.evidence,
      prevention: fit.prevention,
      next_step,
    }));
}

/** Null where the failure itself says the cause. */
function fitsOf(death: Death): Fit[] | null {
  switch (death.code) {
    case 'needs_authorization':
      return tokenDeaths(death);
    case 'app_rejected':
    case 'app_blocked':
      return appRejections(death);
    case 'request_rejected':
      return rejections(death);
    case 'account_changed':
      return [accountChanged(death)];
    default:
      return null;
  }
}

function rejections(death: Death): Fit[] | null {
  const refused = appRejections(death).filter(({ cause }) => cause === 'clock_wrong');
  const scope = scopeChanged(death);
  const fits = [...scope, ...refused];
  return fits.length === 0 ? null : fits;
}

function scopeChanged({ past }: Death): Fit[] {
  const refused = past.findLast(({ oauth_error }) => oauth_error === 'invalid_scope');
  if (!refused) {
    return [];
  }
  return [
    {
      cause: 'scope_changed',
      strong: true,
      evidence: [`The platform answered invalid_scope (${refused.key}).`],
      prevention: 'Ask the client to consent again before a scope is added to the entry.',
    },
  ];
}

function accountChanged({ message }: Death): Fit {
  return {
    cause: 'account_changed',
    strong: true,
    evidence: [message],
    prevention:
      'Give the tenant a title that names the account: ' +
      'the connect page shows it before the consent.',
  };
}

/**
 * Returns why an entry holds no credential: its code was refused, it held one before, or it never
 * did.
 */
export function causeOfNothingHeld({
  tenant,
  fault,
  past,
  hadCredential,
}: {
  tenant: string;
  fault: Failure;
  past: readonly PastExchange[];
  hadCredential: boolean;
}): Cause {
  const fit =
    codeRefusal({ tenant, past, code: fault.code }) ??
    (hadCredential ? credentialGone(tenant, fault.message) : neverConnected(fault.message));
  const { cause, evidence, prevention } = fit;
  return {
    cause,
    certainty: certaintyOf(fit.strong, true),
    evidence,
    prevention,
    next_step: fault.next_step,
  };
}

/** Returns the cause that a failure already names. */
export function asTold({
  code,
  message,
  next_step,
}: Pick<Failure, 'code' | 'message' | 'next_step'>): Cause {
  const prevention = 'Nothing beyond the next step is known.';
  return {
    cause: code,
    certainty: 'certain',
    evidence: [message],
    prevention,
    next_step,
  };
}

function certaintyOf(strong: boolean, alone: boolean): Cause['certainty'] {
  if (strong) {
    return alone ? 'certain' : 'likely';
  }
  return alone ? 'likely' : 'possible';
}
