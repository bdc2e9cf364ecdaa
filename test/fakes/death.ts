import type { Death, OtherTenant, PastExchange } from '../../lambda/ahead/death.ts';

const DAY_MS = 86_400_000;

/** The instant of a day of the year 2026, from 1. */
export function dayOf2026(day: number): string {
  return new Date(Date.UTC(2026, 0, 1) + (day - 1) * DAY_MS).toISOString();
}

/** An exchange on a day of 2026 that succeeded with a new refresh token. */
export function exchangeOn(day: number, more: Partial<PastExchange> = {}): PastExchange {
  return {
    key: `responses/default/${day}/acme-1.json`,
    sent_at: dayOf2026(day),
    received_at: dayOf2026(day),
    grant_type: 'refresh_token',
    outcome: 'issued',
    oauth_error: null,
    spent: `token-${day - 7}`,
    issued: `token-${day}`,
    client: null,
    app: 'agency',
    url: 'https://platform.example/token',
    server_date: dayOf2026(day),
    ...more,
  };
}

/** An exchange on a day of 2026 in which the platform refused the credential. */
export function refusalOn(day: number, more: Partial<PastExchange> = {}): PastExchange {
  return exchangeOn(day, {
    outcome: 'needs_authorization',
    oauth_error: 'invalid_grant',
    issued: null,
    ...more,
  });
}

/** A tenant of the same client that works. */
export function otherTenant(tenant: string, more: Partial<OtherTenant> = {}): OtherTenant {
  return { tenant, client: 'agency', enabled: true, consented_at: null, failing: null, ...more };
}

/** A tenant that was refused on day 108, after weekly runs on the days 87, 94 and 101. */
export function deathOf(more: Partial<Death> = {}): Death {
  return {
    tenant: 'acme',
    platform: 'Platform',
    app: 'agency',
    client: 'agency',
    code: 'needs_authorization',
    message: 'Platform no longer accepts the refresh token of tenant acme.',
    next_step: 'Ask the client to consent again: tokens connect acme',
    since: dayOf2026(108),
    consented_at: dayOf2026(80),
    hadCredential: true,
    past: [exchangeOn(87), exchangeOn(94), exchangeOn(101), refusalOn(108)],
    ends: [],
    testing_s: null,
    cap: null,
    signs: false,
    others: [],
    ...more,
  };
}

/** Exchanges at a platform that gives the same refresh token again and again. */
export function echoes(...days: number[]): PastExchange[] {
  return days.map((day) => exchangeOn(day, { spent: 'token', issued: 'token' }));
}
