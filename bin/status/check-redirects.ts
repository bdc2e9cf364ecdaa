import { findProvider } from '../../lambda/map/definitions.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import type { Fleet } from '../../lambda/run/fleet.ts';
import { usualRedirectUri } from '../consent/connect-tenant.ts';
import { callbackUri } from '../consent/invite-tenant.ts';
import type { Home } from '../homes/home.ts';
import type { Check } from './check.ts';

/** Names for each platform in use the addresses that its app must have registered. */
export function checkRedirects({ connectPage }: Pick<Home, 'connectPage'>, fleet: Fleet): Check[] {
  const addresses = new Map<string, Set<string>>();
  for (const { provider, own } of consentsOf(fleet)) {
    const known = addresses.get(provider.title) ?? new Set();
    if (connectPage) {
      known.add(callbackUri(connectPage, provider.id));
    }
    if (own !== undefined) {
      known.add(own);
    }
    addresses.set(provider.title, known);
  }
  return [...addresses].map(([title, uris]) => ({
    check: 'redirect',
    result: 'ok',
    detail: `${title}: ${[...uris].join(' and ') || NONE}`,
    next_step: null,
  }));
}

const NONE = 'any address that you register: connecting asks for it';

interface Consent {
  provider: ProviderDefinition;
  /** The address of the entry or its app, or this machine's, on any port (RFC 8252 section 7.3). */
  own: string | undefined;
}

/** A tenant that nobody has consented for yet counts too. */
function consentsOf({ maps }: Fleet): Consent[] {
  return [...maps.values()].flatMap((map) =>
    map === null ? [] : [...map.tenants.keys()].flatMap((name) => consentOf(name, map)),
  );
}

function consentOf(name: string, map: VaultMap): Consent[] {
  const { provider: known } = resolveTenant(name, map);
  const provider = typeof known === 'string' ? findProvider(map, known) : known;
  if (!provider?.grants.authorization_code) {
    return [];
  }
  return [{ provider, own: usualRedirectUri(name, map, provider) }];
}
