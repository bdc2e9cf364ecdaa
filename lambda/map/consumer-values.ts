import { fillTemplate } from '../providers/template.ts';
import type { Tenant } from './tenant.ts';

/**
 * Returns facts of a tenant that its callers need and that no reply holds. These are what a
 * consent's redirect brought, such as `realm_id`, and the query parameters of each call.
 */
export function consumerValues({ provider, fields }: Tenant): Record<string, string> {
  const kept = Object.values(provider.authorize?.keep ?? {}).map(({ field }) => [
    field,
    `{${field}}`,
  ]);
  const named = [...kept, ...Object.entries(provider.consumer_params ?? {})];
  return Object.fromEntries(
    named.flatMap(([name = '', template = '']): [string, string][] => {
      const value = fillTemplate(template, (field) => fields.get(field));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
