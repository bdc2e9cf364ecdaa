import type { UrlChoice } from '../providers/fields.ts';
import { chooseUrl } from '../providers/url-choice.ts';
import { isLoopbackHost } from '../providers/url-policy.ts';
import type { Tenant } from './tenant.ts';

/** A URL, or our own words for the reason why there is none. */
export type FoundUrl = { url: string } | { problem: string };

/**
 * Returns a tenant's URL beside its token endpoint. The entry's own field comes before the
 * definition's. Tokens go to it, so it must be https, without user info and fragment.
 */
export function otherEndpoint(
  { fields, provider }: Pick<Tenant, 'fields' | 'provider'>,
  field: 'device_url' | 'revocation_url' | 'account_url',
  choice: UrlChoice | undefined,
): FoundUrl {
  const own = fields.get(field);
  if (own === undefined && choice === undefined) {
    return { problem: `${provider.title} has no such endpoint, and the entry names no ${field}` };
  }
  const chosen = own === undefined ? chooseUrl(choice ?? '', provider, fields) : { url: own };
  if (!('url' in chosen)) {
    return { problem: `field ${chosen.field}: ${chosen.problem}` };
  }
  const url = URL.canParse(chosen.url) ? new URL(chosen.url) : undefined;
  const isLoopback = url?.protocol === 'http:' && isLoopbackHost(url.hostname);
  const isPlain = url?.username === '' && url.password === '' && url.hash === '';
  const isSecure = url?.protocol === 'https:' || isLoopback;
  return url && isPlain && isSecure
    ? { url: url.href }
    : { problem: `field ${field}: it must be an https URL without user name and fragment` };
}
