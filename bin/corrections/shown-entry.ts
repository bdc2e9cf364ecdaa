import { fingerprint } from '../../lambda/fingerprint.ts';
import { isObject } from '../../lambda/is-object.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { isSecretField, knownFields } from '../map/entry-fields.ts';

/** A field of an entry as it may be shown. A secret is its fingerprint. */
export interface ShownField {
  field: string;
  value: string;
  /** The app that lends it, or null for the tenant's own. */
  from_app: string | null;
}

const SECRET_HEADER = /auth|cookie|key|secret|token/i;

/** Returns the fields of a tenant, its app's among them, with every secret as its fingerprint. */
export function shownEntry(tenant: string, { tenants, apps }: VaultMap): ShownField[] {
  const own = fieldsOf(tenants.get(tenant));
  const app = own.get('app');
  const lent = typeof app === 'string' ? fieldsOf(apps.get(app)) : new Map<string, unknown>();
  const lentOnly = [...lent].filter(([field]) => !own.has(field));
  return [
    ...[...own].flatMap(([field, value]) => shownFields(field, value, null)),
    ...lentOnly.flatMap(([field, value]) => shownFields(field, value, String(app))),
  ];
}

function fieldsOf(entry: unknown): Map<string, unknown> {
  return new Map(isObject(entry) ? Object.entries(entry) : []);
}

function shownFields(field: string, value: unknown, fromApp: string | null): ShownField[] {
  if (field === 'headers' && isObject(value))
    return Object.entries(value).map(([name, header]) => ({
      field: `headers.${name}`,
      value: SECRET_HEADER.test(name) ? secretText(header) : plainText(header),
      from_app: fromApp,
    }));
  return [{ field, value: textOf(field, value), from_app: fromApp }];
}

/** A field that nobody knows may hold anything, a secret too. */
function textOf(field: string, value: unknown): string {
  if (field === 'client_secrets' && Array.isArray(value)) return value.map(secretText).join(', ');
  if (isSecretField(field)) return secretText(value);
  return knownFields.has(field) ? plainText(value) : `(unknown field) ${secretText(value)}`;
}

function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function secretText(value: unknown): string {
  if (value === null || value === '') return '(empty)';
  return `fingerprint ${fingerprint(typeof value === 'string' ? value : JSON.stringify(value))}`;
}
