import {
  type AuthorizationRequest,
  authorizationRequest,
} from '../consent/authorization-request.ts';
import { type Candidate, findCandidate, redeem, toConnected } from '../consent/connect-tenant.ts';
import { consentResult } from '../consent/consent-result.ts';
import { isLoopbackUri } from '../consent/loopback-listener.ts';
import { judgeRedirect } from '../consent/redirect-answer.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { outcomeText } from './jobs.ts';

/** Consents under way in this browser, by their state. */
export type Consents = Map<string, { candidate: Candidate; request: AuthorizationRequest }>;

/** The path to which a platform redirects. */
export const UI_CALLBACK = '/callback';

/**
 * Begins a consent in this browser. Returns the address at the platform. Throws CommandError where
 * the platform redirects to registered addresses alone, and where no consent can help.
 */
export async function beginConsent(
  home: Home,
  consents: Consents,
  tenant: string,
  origin: string,
): Promise<string> {
  const candidate = await findCandidate(home.ports, tenant);
  const { redirectUri } = candidate;
  if (
    redirectUri === undefined ||
    !isLoopbackUri(redirectUri) ||
    new URL(redirectUri).port !== ''
  ) {
    throw new CommandError(
      `The platform of ${tenant} redirects to a registered address, not to this page.`,
      { nextStep: `Connect it in the terminal: tokens connect ${tenant}` },
    );
  }
  const callback = new URL(UI_CALLBACK, origin).href;
  const request = authorizationRequest(toConnected(candidate, callback), callback);
  consents.set(request.state, { candidate, request });
  return request.url;
}

/** A redirect that belongs to a consent of this browser. */
export interface TakenRedirect {
  tenant: string;
  /** Exchanges the code, and says what became of it. */
  finish(): Promise<string>;
}

/** Takes a redirect, or returns null where it belongs to no consent that was begun here. */
export function takeConsent(
  home: Home,
  consents: Consents,
  parameters: URLSearchParams,
): TakenRedirect | null {
  const begun = consents.get(parameters.get('state') ?? '');
  if (!begun) {
    return null;
  }
  const { candidate, request } = begun;
  const judged = judgeRedirect(parameters, request);
  if (judged.kind === 'foreign' || judged.kind === 'unproven') {
    return null;
  }
  consents.delete(request.state);
  const { codeVerifier, redirectUri } = request;
  return {
    tenant: candidate.name,
    async finish() {
      if (judged.kind === 'refused') {
        return judged.message;
      }
      const { code, keep = {} } = judged;
      const consent = {
        code,
        codeVerifier,
        redirectUri,
        keep,
      };
      const outcome = await redeem(home, candidate, consent);
      const result = consentResult(outcome);
      if (result === 'connected') {
        return `${candidate.name} is connected.`;
      }
      const connected = result === 'other_account' ? `${candidate.name} is connected. ` : '';
      return connected + outcomeText(outcome);
    },
  };
}
