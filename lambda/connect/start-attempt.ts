import { type Attempt, newAttempt } from './attempt.ts';
import { type ConnectLink, linkState } from './connect-link.ts';
import type { ConnectPorts } from './connect-ports.ts';
import { changeVisits, readLink, readVisits } from './connect-store.ts';
import { hashOf, type LinkToken, matchesHash } from './link-token.ts';
import { addStart, findStart } from './visits.ts';

/** Describes what came of the button's press. */
export type StartOutcome =
  | { kind: 'started'; link: ConnectLink; attempt: Attempt }
  | { kind: 'closed'; link: ConnectLink }
  | { kind: 'too_many_starts' }
  | { kind: 'unknown' };

/** Returns the link that a token opens, or null. Throws StoreError. */
export async function openLink(
  { records }: Pick<ConnectPorts, 'records'>,
  token: LinkToken,
): Promise<ConnectLink | null> {
  const stored = await readLink(records, token.id);
  if (!stored) {
    return null;
  }
  const link = stored.value;
  return matchesHash(token.secret, link.secret_hash) ? link : null;
}

/** Returns the link of an attempt to the browser that holds the attempt's secret, or null. */
export async function openAttempt(
  { records }: Pick<ConnectPorts, 'records'>,
  { link: id, attempt, random }: Omit<Attempt, 'codeVerifier'>,
) {
  const { value: visits } = await readVisits(records, id);
  const start = findStart(visits, attempt);
  if (!start || !matchesHash(random, start.state_hash)) {
    return null;
  }
  const stored = await readLink(records, id);
  return stored && { link: stored.value, start };
}

/** Makes an attempt of a link and remembers its hash. Throws StoreError. */
export async function startAttempt(
  ports: Pick<ConnectPorts, 'records' | 'clock'>,
  link: ConnectLink | null,
): Promise<StartOutcome> {
  if (!link) {
    return { kind: 'unknown' };
  }
  const now = ports.clock.now();
  if (linkState(link, now) !== 'open') {
    return { kind: 'closed', link };
  }
  const attempt = newAttempt(link.id);
  const start = {
    attempt: attempt.attempt,
    state_hash: hashOf(attempt.random),
    started_at: new Date(now).toISOString(),
  };
  const isAdded = await changeVisits(ports.records, link.id, (visits) => addStart(visits, start));
  return isAdded
    ? {
        kind: 'started',
        link,
        attempt,
      }
    : { kind: 'too_many_starts' };
}
