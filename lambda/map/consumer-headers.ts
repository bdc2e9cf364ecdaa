import { fillTemplate } from '../providers/template.ts';
import type { Tenant } from './tenant.ts';

/** The client library fills these at each call. */
const PER_CALL = new Set(['uuid', 'now_s', 'now_ms']);

/**
 * Returns what consumers send beside Authorization, the definition's headers whose fields the
 * tenant has, then the entry's own, which win however their names are written.
 */
export function consumerHeaders(tenant: Tenant, accessToken: string): Record<string, string> {
  const lookUp = (name: string) => {
    if (PER_CALL.has(name)) {
      return `{${name}}`;
    }
    return name === 'access_token' ? accessToken : tenant.fields.get(name);
  };
  const own = new Set(Object.keys(tenant.headers).map((name) => name.toLowerCase()));
  const provided = Object.entries(tenant.provider.consumer_headers).flatMap(
    ([name, template]): [string, string][] => {
      const value = own.has(name.toLowerCase()) ? undefined : fillTemplate(template, lookUp);
      return value === undefined ? [] : [[name, value]];
    },
  );
  return Object.fromEntries([
    ...(own.has('authorization') ? [] : noAuthorization(tenant)),
    ...provided,
    ...Object.entries(tenant.headers),
  ]);
}

/** A header with an empty value is not sent. Consumers would send `Authorization: Bearer` else. */
function noAuthorization({ provider }: Tenant): [string, string][] {
  return provider.consumer_authorization === 'none' ? [['Authorization', '']] : [];
}
