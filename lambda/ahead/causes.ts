import type { Cause, Failure } from '../outcome.ts';
import { dayText } from '../report/instant-text.ts';
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
  const fits = [...scopeRefused(death), ...refused];
  return fits.length === 0 ? null : fits;
}

/** Whether a scope changed is known only of a tenant that once got a token. */
function scopeRefused({ past, code }: Death): Fit[] {
  const refused = past.findLast(({ outcome }) => outcome === code);
  if (refused?.oauth_error !== 'invalid_scope') {
    return [];
  }
  const answered = `The platform answered invalid_scope (${refused.key}).`;
  const lastGood = past.findLast(({ outcome }) => outcome === 'issued');
  if (!lastGood) {
    return [
      {
        cause: 'scope_refused',
        strong: true,
        evidence: [answered, 'It has issued no token to this tenant yet.'],
        prevention: 'Ask the platform which scopes the app may use before a tenant is added.',
      },
    ];
  }
  return [
    {
      cause: 'scope_changed',
      strong: true,
      evidence: [answered, `It issued a token on ${dayText(lastGood.sent_at)} (${lastGood.key}).`],
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
