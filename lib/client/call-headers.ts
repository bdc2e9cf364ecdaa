import { randomUUID } from 'node:crypto';
import type { PublishedToken } from '../../lambda/keep/published.ts';

/**
 * Returns the headers of one call, which are `Authorization` and others that the platform wants.
 * `{uuid}`, `{now_s}` and `{now_ms}` in a header are filled again for each call. A header of the
 * tenant's own takes the place of `Authorization`, and an empty one is left out.
 */
export function callHeaders(token: PublishedToken, nowMs: number): Record<string, string> {
  const given = filled(token, nowMs);
  const own = given.some(([name]) => name.toLowerCase() === 'authorization');
  return sent(own ? given : [['Authorization', authorization(token)], ...given]);
}

/** Returns what the platform wants beside the usual `Authorization`, filled for one call. */
export function platformHeaders(token: PublishedToken, nowMs: number): Record<string, string> {
  return sent(filled(token, nowMs));
}

function filled({ headers }: PublishedToken, nowMs: number): [name: string, value: string][] {
  const recipes: Record<string, () => string> = {
    uuid: randomUUID,
    now_s: () => String(Math.floor(nowMs / 1000)),
    now_ms: () => String(nowMs),
  };
  const fill = (value: string) =>
    value.replace(/\{(uuid|now_s|now_ms)\}/g, (_, name) => recipes[name]?.() ?? '');
  return Object.entries(headers).map(([name, value]) => [name, fill(value)]);
}

function sent(headers: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(headers.filter(([, value]) => value !== ''));
}

/** Some servers only know the scheme as it is written in RFC 6750. */
function authorization({ token_type, access_token }: PublishedToken): string {
  const scheme = /^bearer$/i.test(token_type) ? 'Bearer' : token_type;
  return `${scheme} ${access_token}`;
}
