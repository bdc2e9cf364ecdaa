import { type CodeResult, type ConnectLink, resultOf } from './connect-link.ts';
import type { InboxEntry } from './inbox-entry.ts';

/** Describes what a code is sent with, as the tenant's entry says it now. */
export interface CodeTarget {
  provider: string;
  client_id: string;
  /** Host of the token endpoint. */
  token_host: string;
}

/** Describes what is to be done with a code that was never sent. */
export type CodeVerdict =
  /** `end`: the link ends too, since another try would come to the same. */
  { do: 'ask' } | { do: 'settle'; result: CodeResult; end: boolean } | { do: 'nothing' };

/**
 * Judges a code before it is sent. It is sent only for an open link, to the client and host that
 * the link was made for, and while it may still live. `target` is null where the tenant has no
 * entry that a code could be sent for.
 */
export function judgeCode(
  link: ConnectLink,
  { attempt, received_at }: InboxEntry,
  target: CodeTarget | null,
  now: number,
): CodeVerdict {
  if (resultOf(link, attempt) !== undefined || link.status.kind !== 'open') {
    return { do: 'nothing' };
  }
  const isOld = now - Date.parse(received_at) > link.consent.code_lifetime_s * 1000;
  if (isOld) {
    return {
      do: 'settle',
      result: 'too_late',
      end: false,
    };
  }
  if (target === null || !isSameTarget(link, target)) {
    return {
      do: 'settle',
      result: 'not_sent',
      end: true,
    };
  }
  return { do: 'ask' };
}

function isSameTarget(link: ConnectLink, target: CodeTarget): boolean {
  const { provider, client_id, token_host } = link;
  return (
    provider === target.provider &&
    client_id === target.client_id &&
    token_host === target.token_host
  );
}

/** Adds to a link what became of one attempt's code. A result that is there stays. */
export function settleLink(
  link: ConnectLink,
  attempt: string,
  { result, end }: { result: CodeResult; end: boolean },
  at: string,
): ConnectLink | null {
  if (resultOf(link, attempt) !== undefined) {
    return null;
  }
  const results = [...link.results, { attempt, at, result }];
  if (result === 'connected') {
    return {
      ...link,
      results,
      status: { kind: 'connected', at },
    };
  }
  if (!end || link.status.kind !== 'open') {
    return { ...link, results };
  }
  return {
    ...link,
    results,
    status: {
      kind: 'ended',
      at,
      reason: 'entry_changed',
    },
  };
}
