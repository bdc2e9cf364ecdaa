import { isObject } from '../is-object.ts';
import type { VaultMap } from './vault-map.ts';

/** Says which tenants are meant. Null means any. Several combine by AND. */
export interface TenantFilter {
  provider: string | null;
  app: string | null;
  tag: string | null;
}

/** Describes what a filter looks at, right or wrong otherwise. */
export interface TenantTraits {
  provider: string | null;
  app: string | null;
  tags: readonly string[];
}

/** Reads a tenant's traits from its entry and its app's. Never throws. */
export function traitsOf(name: string, { apps, tenants }: VaultMap): TenantTraits {
  const own = fieldsOf(tenants.get(name));
  const app = textOf(own.get('app'));
  const lent = fieldsOf(app === null ? undefined : apps.get(app));
  const tags = own.get('tags') ?? lent.get('tags');
  return {
    provider: textOf(own.get('provider')) ?? textOf(lent.get('provider')),
    app,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
  };
}

/** Returns whether a filter means a tenant of these traits. */
export function isMeant(filter: TenantFilter, traits: TenantTraits): boolean {
  const { provider, app, tag } = filter;
  if (provider !== null && provider !== traits.provider) {
    return false;
  }
  if (app !== null && app !== traits.app) {
    return false;
  }
  return tag === null || traits.tags.includes(tag);
}

function fieldsOf(entry: unknown): Map<string, unknown> {
  return new Map(isObject(entry) ? Object.entries(entry) : []);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
