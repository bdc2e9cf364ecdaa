import { fingerprint } from '../../lambda/fingerprint.ts';
import { isObject } from '../../lambda/is-object.ts';
import { isSecretField } from '../../lambda/map/secret-field.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { knownFields } from '../map/entry-fields.ts';
import { ownFields, ownSecrets } from '../map/field-edit.ts';

/** A field of an entry as it may be shown. A secret is its fingerprint. */
export interface ShownField {
  field: string;
  value: string;
  /** The app that lends it, or null for the tenant's own. */
  from_app: string | null;
}

const SECRET_HEADER = /auth|cookie|key|secret|token/i;

/** Returns the fields of a tenant, its app's among them, with every secret as its fingerprint. */
export function shownEntry(tenant: string, map: VaultMap): ShownField[] {
  const { tenants, apps } = map;
  const fields = fieldKindsOf(map);
  const own = fieldsOf(tenants.get(tenant));
  const app = own.get('app');
  const lent = typeof app === 'string' ? fieldsOf(apps.get(app)) : new Map<string, unknown>();
  const lentOnly = [...lent].filter(([field]) => !own.has(field));
  return [
    ...[...own].flatMap((pair) => shownFields(fields, pair, null)),
    ...lentOnly.flatMap((pair) => shownFields(fields, pair, String(app))),
  ];
}

function fieldsOf(entry: unknown): Map<string, unknown> {
  return new Map(isObject(entry) ? Object.entries(entry) : []);
}

/** Which fields are known, and which of them are secrets. */
interface FieldKinds {
  isKnown(field: string): boolean;
  isSecret(field: string): boolean;
}

/** The map's own definitions bring fields and secrets too. A wrong one does not tell which. */
function fieldKindsOf(map: VaultMap): FieldKinds {
  const secrets = ownSecrets(map);
  const fields = new Set(ownFields(map));
  return {
    isKnown: (field) => knownFields.has(field) || fields.has(field),
    isSecret: (field) => isSecretField(field) || secrets.has(field),
  };
}

function shownFields(
  fields: FieldKinds,
  [field, value]: readonly [string, unknown],
  fromApp: string | null,
): ShownField[] {
  if (field === 'headers' && isObject(value)) {
    return Object.entries(value).map(([name, header]) => ({
      field: `headers.${name}`,
      value: SECRET_HEADER.test(name) ? secretText(header) : plainText(header),
      from_app: fromApp,
    }));
  }
  return [{ field, value: textOf(fields, field, value), from_app: fromApp }];
}

/** A field that nobody knows may hold anything, a secret too. */
function textOf({ isKnown, isSecret }: FieldKinds, field: string, value: unknown): string {
  if (field === 'client_secrets' && Array.isArray(value)) {
    return value.map(secretText).join(', ');
  }
  if (isSecret(field)) {
    return secretText(value);
  }
  return isKnown(field) ? plainText(value) : `(unknown field) ${secretText(value)}`;
}

function plainText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map(plainText).join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function secretText(value: unknown): string {
  if (value === null || value === '') {
    return '(empty)';
  }
  return `fingerprint ${fingerprint(typeof value === 'string' ? value : JSON.stringify(value))}`;
}
