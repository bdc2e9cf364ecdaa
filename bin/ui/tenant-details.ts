import type { ConnectLink } from '../../lambda/connect/connect-link.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { isSecretField } from '../../lambda/map/secret-field.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readLinks } from '../consent/connect-links.ts';
import { findTenant } from '../map/find-tenant.ts';
import { type ExchangeLine, readHistory } from '../status/read-history.ts';

/** One field of an entry, a secret as its fingerprint. */
export interface ShownField {
  field: string;
  value: string;
  /** The app that lends it. */
  from: string | null;
}

/** Describes what a tenant's page shows beside its state. Holds no secret. */
export interface TenantDetails {
  shard: string;
  fields: ShownField[];
  exchanges: ExchangeLine[];
  links: ConnectLink[];
}

const EXCHANGES_SHOWN = 20;

/**
 * Reads a tenant's entry, exchanges and links. Throws CommandError where there is no such tenant.
 */
export async function readDetails(ports: RunPorts, tenant: string): Promise<TenantDetails> {
  const { shard, map } = await findTenant(ports, tenant);
  const [exchanges, links] = await Promise.all([
    readHistory(ports, tenant, { limit: EXCHANGES_SHOWN }).then(
      ({ lines }) => lines.reverse(),
      () => [],
    ),
    readLinks(ports),
  ]);
  const fields = fieldsOf(tenant, map);
  return {
    shard,
    fields,
    exchanges,
    links: links.filter((link) => link.tenant === tenant),
  };
}

function fieldsOf(tenant: string, { tenants, apps }: VaultMap): ShownField[] {
  const own = new Map(Object.entries(tenants.get(tenant) ?? {}));
  const app = own.get('app');
  const lent = typeof app === 'string' ? Object.entries(apps.get(app) ?? {}) : [];
  return [
    ...[...own].map(([field, value]) => show(field, value, null)),
    ...lent
      .filter(([field]) => !own.has(field))
      .map(([field, value]) => show(field, value, String(app))),
  ];
}

function show(field: string, value: unknown, from: string | null): ShownField {
  const text = Array.isArray(value) ? value.join(', ') : textOf(value);
  // A field that nobody knows may hold anything.
  return { field, value: isShown(field, value) ? text : `fingerprint ${fingerprint(text)}`, from };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const SHOWN: ReadonlySet<string> = new Set([
  'app',
  'provider',
  'client_id',
  'redirect_uri',
  'token_url',
  'authorize_url',
  'scope',
  'audience',
  'region',
  'environment',
  'enabled',
  'grant',
  'title',
  'owner',
  'contact',
  'tags',
  'note',
  'client_auth',
  'body',
  'max_concurrency',
  'min_interval_ms',
  'user_id',
]);

function isShown(field: string, value: unknown): boolean {
  return typeof value === 'boolean' || (SHOWN.has(field) && !isSecretField(field));
}
