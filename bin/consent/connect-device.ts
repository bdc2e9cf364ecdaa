import type { Outcome } from '../../lambda/outcome.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { type Candidate, putCode, rotateOne } from './connect-tenant.ts';
import type { DeviceAuthorization } from './device-authorization.ts';

const SLOWER_MS = 5_000;

/**
 * Puts a device code into the tenant's entry, and lets runs ask for its tokens until somebody has
 * given consent. Each answer is archived before it is judged. A code that nobody used is taken out
 * of the entry again. Throws CommandError, StoreError, VaultMapError, and what a run throws.
 */
export async function redeemDeviceCode(
  home: Home,
  candidate: Candidate,
  { deviceCode, expiresAt, intervalMs }: DeviceAuthorization,
): Promise<Outcome> {
  const { clock } = home.ports;
  await putCode(home, candidate, { device_code: deviceCode });
  let waitMs = intervalMs;
  while (clock.now() + waitMs < expiresAt) {
    await clock.sleep(waitMs);
    const outcome = await rotateOne(home, candidate);
    if (!isPending(outcome)) {
      return outcome;
    }
    // RFC 8628 section 3.5.
    if (outcome.reason?.includes('slow_down')) {
      waitMs += SLOWER_MS;
    }
  }
  await putCode(home, candidate, { device_code: undefined });
  throw new CommandError('Nobody gave consent in time. Nothing was changed.', {
    nextStep: `Ask again: tokens connect ${candidate.name} --device`,
  });
}

/** Another run may hold the shard for a moment, too. */
function isPending({ status }: Outcome): boolean {
  return status === 'deferred' || status === 'busy';
}
