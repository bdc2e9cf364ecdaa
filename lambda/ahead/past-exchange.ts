import { isWithoutAnswer } from '../exchange/archived-entry.ts';
import { issuedCredential, judge } from '../exchange/token-response.ts';
import { fingerprint } from '../fingerprint.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { PastExchange } from './death.ts';

/** Judges one exchange of the archive, so that a death can be explained by it. */
export function toPastExchange(key: string, exchange: ArchivedExchange): PastExchange {
  const { sent_at, received_at, grant_type, spent, app, client = null, url, headers } = exchange;
  const issued = issuedCredential(exchange);
  return {
    key,
    sent_at,
    received_at,
    grant_type,
    ...outcomeOf(exchange),
    spent,
    issued: issued === null ? null : fingerprint(issued),
    app,
    client,
    url,
    server_date: dateOf(headers.date),
  };
}

function outcomeOf(exchange: ArchivedExchange): Pick<PastExchange, 'outcome' | 'oauth_error'> {
  if (exchange.grant_type === 'adopted') {
    return { outcome: 'adopted', oauth_error: null };
  }
  if (isWithoutAnswer(exchange)) {
    return { outcome: 'filed', oauth_error: null };
  }
  const judgement = judge(exchange);
  if (judgement.kind === 'issued') {
    return { outcome: 'issued', oauth_error: null };
  }
  return { outcome: judgement.code, oauth_error: judgement.oauth_error ?? null };
}

/** RFC 9110 section 6.6.1. A text that is no date says nothing. */
function dateOf(header: string | undefined): string | null {
  const date = new Date(header ?? '');
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
