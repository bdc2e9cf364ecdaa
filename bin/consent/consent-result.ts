import type { Outcome } from '../../lambda/outcome.ts';
import { isCodeGrant } from '../../lambda/providers/grant-definition.ts';

/**
 * Describes what a consent came to. `other_account`: it is connected, as its link's page says, but
 * by another account than expected. Nothing is published until the operator decides.
 */
export type ConsentResult = 'connected' | 'other_account' | 'not_connected';

/** Returns what a consent came to. A run may have fallen back on the old refresh token. */
export function consentResult({ status, grant_type, error }: Outcome): ConsentResult {
  if (grant_type === undefined || !isCodeGrant(grant_type)) {
    return 'not_connected';
  }
  if (status === 'rotated') {
    return 'connected';
  }
  return error?.code === 'account_changed' ? 'other_account' : 'not_connected';
}
