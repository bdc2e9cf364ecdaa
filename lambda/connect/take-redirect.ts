import { StoreError } from '../ports.ts';
import type { Attempt } from './attempt.ts';
import { type ConnectLink, linkState } from './connect-link.ts';
import type { ConnectPorts } from './connect-ports.ts';
import { changeVisits, fileCode } from './connect-store.ts';
import { judgeRedirect, type RedirectVerdict } from './redirect-verdict.ts';
import { openAttempt } from './start-attempt.ts';
import { changeStart, findStart, isFresh, type Start } from './visits.ts';

/** A redirect from a platform, and the secrets of the browser that brought it. */
export interface Redirect {
  /** The platform whose address it came to. */
  provider: string;
  parameters: URLSearchParams;
  attempt: Attempt;
}

/** Describes what came of a redirect. `taken`: see the result page. */
export type RedirectOutcome =
  | { kind: 'taken' }
  | { kind: 'closed'; link: ConnectLink }
  | { kind: 'foreign' };

/**
 * Takes the answer of a consent page. An attempt takes one answer. Its code is filed before the
 * visit is noted. The filing is itself a write that only the first can make, and a page that dies
 * between the two finds the code filed when the browser asks again. Throws StoreError.
 */
export async function takeRedirect(
  ports: ConnectPorts,
  { provider, parameters, attempt }: Redirect,
): Promise<RedirectOutcome> {
  const opened = await openAttempt(ports, attempt);
  if (!opened || opened.link.provider !== provider) {
    return { kind: 'foreign' };
  }
  const { link, start } = opened;
  if (start.answer) {
    return { kind: 'taken' };
  }
  if (!isFresh(start, ports.clock.now())) {
    return { kind: 'foreign' };
  }
  if (linkState(link, ports.clock.now()) !== 'open') {
    return { kind: 'closed', link };
  }
  const verdict = judgeRedirect(parameters, link.consent);
  if (verdict.kind === 'code') {
    await keepCode(ports, link, attempt, verdict);
  } else {
    await noteAnswer(ports, attempt, verdict.kind);
  }
  return { kind: 'taken' };
}

async function keepCode(
  ports: ConnectPorts,
  link: ConnectLink,
  { attempt, codeVerifier }: Attempt,
  { code, issuer, keep }: Extract<RedirectVerdict, { kind: 'code' }>,
): Promise<void> {
  await fileCode(ports.archive, link.shard, {
    version: 1,
    link: link.id,
    attempt,
    received_at: new Date(ports.clock.now()).toISOString(),
    code,
    code_verifier: link.consent.pkce === 'S256' ? codeVerifier : null,
    issuer,
    keep,
  });
  await noteAnswer(ports, { link: link.id, attempt }, 'code');
  await askRedeem(ports, link.id);
}

/** The first answer of an attempt stays. */
async function noteAnswer(
  { records, clock }: ConnectPorts,
  { link, attempt }: Pick<Attempt, 'link' | 'attempt'>,
  kind: NonNullable<Start['answer']>['kind'],
): Promise<void> {
  const at = new Date(clock.now()).toISOString();
  await changeVisits(records, link, (visits) =>
    findStart(visits, attempt)?.answer
      ? null
      : changeStart(visits, attempt, {
          answer: { kind, at },
          redeem_asked_at: kind === 'code' ? at : null,
        }),
  );
}

/**
 * Asks for a redirect's code to be redeemed. The result page asks again, so a function that cannot
 * be asked now loses nothing.
 */
export async function askRedeem(ports: ConnectPorts, link: string): Promise<void> {
  try {
    await ports.askRedeem(link);
  } catch (error) {
    const cause = error instanceof StoreError ? error.message : 'a fault';
    ports.log({
      level: 'error',
      message: 'The redeem function could not be asked',
      cause,
    });
  }
}
