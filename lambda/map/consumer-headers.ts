import { fillTemplate } from '../providers/template.ts';
import type { Tenant } from './tenant-entry.ts';

/**
 * What consumers send beside Authorization: the definition's headers whose fields the tenant has,
 * then the entry's own, which win however their names are written.
 */
export function consumerHeaders(tenant: Tenant, accessToken: string): Record<string, string> {
  const lookUp = (name: string) =>
    name === 'access_token' ? accessToken : tenant.fields.get(name);
  const own = new Set(Object.keys(tenant.headers).map((name) => name.toLowerCase()));
  const provided = Object.entries(tenant.provider.consumer_headers).flatMap(
    ([name, template]): [string, string][] => {
      const value = own.has(name.toLowerCase()) ? undefined : fillTemplate(template, lookUp);
      return value === undefined ? [] : [[name, value]];
    },
  );
  return Object.fromEntries([...provided, ...Object.entries(tenant.headers)]);
}
