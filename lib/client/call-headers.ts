import { randomUUID } from 'node:crypto';
import type { PublishedToken } from '../../lambda/keep/published.ts';

/**
 * Returns the headers of one call: `Authorization`, and what else the platform wants. `{uuid}`,
 * `{now_s}` and `{now_ms}` in a header are filled anew for each call. A header of the tenant's own
 * takes the place of `Authorization`, and an empty one is left out.
 */
export function callHeaders(token: PublishedToken, nowMs: number): Record<string, string> {
  const recipes: Record<string, () => string> = {
    uuid: randomUUID,
    now_s: () => String(Math.floor(nowMs / 1000)),
    now_ms: () => String(nowMs),
  };
  const fill = (value: string) =>
    value.replace(/\{(uuid|now_s|now_ms)\}/g, (_, name) => recipes[name]?.() ?? '');
  const given = Object.entries(token.headers).map(([name, value]) => [name, fill(value)] as const);
  const own = given.some(([name]) => name.toLowerCase() === 'authorization');
  const all = own ? given : [['Authorization', authorization(token)] as const, ...given];
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}

/** Some servers only know the scheme as it is written in RFC 6750. */
function authorization({ token_type, access_token }: PublishedToken): string {
  const scheme = /^bearer$/i.test(token_type) ? 'Bearer' : token_type;
  return `${scheme} ${access_token}`;
}
