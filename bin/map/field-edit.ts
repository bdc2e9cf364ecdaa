import { ownDefinitions } from '../../lambda/map/definitions.ts';
import { isSecretField } from '../../lambda/map/secret-field.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { definitionFields, secretFields } from '../../lambda/providers/request-fields.ts';
import { shown } from '../../lambda/shown.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from './closest.ts';
import { knownFields } from './entry-fields.ts';

/** One change of an entry. Without a value the field goes. */
export interface FieldEdit {
  /** From the entry on: `["scope"]`, or `["headers", "X-Scope"]`. */
  path: string[];
  value: unknown;
  /** It was asked for unseen, or read from a file. Other users could not read it. */
  unseen?: true;
}

const NUMBERS = ['max_concurrency', 'min_interval_ms'];
/** Fields that have a verb of their own, and which. */
const OTHER_VERBS = new Map<string, (tenant: string) => string>([
  ['refresh_token', (tenant) => `tokens set-refresh-token ${tenant}`],
  ['authorization_code', (tenant) => `tokens connect ${tenant}`],
  ['code_verifier', (tenant) => `tokens connect ${tenant}`],
  ['client_secrets', () => 'tokens app add-secret APP'],
  ['enabled', (tenant) => `tokens pause ${tenant}, or tokens resume ${tenant}`],
]);

/** Reads `field=value` for a tenant. Throws UsageError, which never repeats a value. */
export function parseEdit(pair: string, tenant = 'NAME'): FieldEdit {
  const at = pair.indexOf('=');
  if (at < 1) {
    throw new UsageError('A field is given with its value: tokens set acme scope="read write"');
  }
  const field = pair.slice(0, at);
  const path = pathOf(field, tenant);
  if (isSecretField(fieldName(field))) {
    throw secretArgument(fieldName(field));
  }
  return { path, value: parseValue(fieldName(field), pair.slice(at + 1)) };
}

/** Returns the edit that takes a field away. Throws UsageError. */
export function unsetOf(field: string, tenant: string): FieldEdit {
  return { path: pathOf(field, tenant), value: undefined };
}

/** Returns the edit that puts a secret. Throws UsageError for a field that holds none. */
export function secretEdit(tenant: string, field: string, secret: string): FieldEdit {
  const isPlain = knownFields.has(fieldName(field)) && !isSecretField(field);
  if (isPlain) {
    throw new UsageError(`Give the value too: ${shown(field)}=VALUE`);
  }
  return { path: pathOf(field, tenant), value: secret, unseen: true };
}

/**
 * Throws UsageError for a field that no provider of the map has, and for one that a definition of
 * the map calls a secret and that was given as an argument.
 */
export function refuseUnknownField({ path, unseen }: FieldEdit, map: VaultMap): void {
  const [field = ''] = path;
  if (!unseen && ownSecrets(map).has(field)) {
    throw secretArgument(field);
  }
  const own = [...fieldsOfOwn(map), ...ownSecrets(map)];
  const known = new Set(['headers', 'account', 'client_secrets', ...knownFields, ...own]);
  if (!known.has(field)) {
    throw new UsageError(`There is no field ${shown(field)}.${didYouMean(field, known)}`);
  }
}

function secretArgument(field: string): UsageError {
  return new UsageError(
    `${shown(field)} is a secret, and other users can read arguments. Name the field alone: ` +
      'it is asked for unseen, or read with --stdin or --file.',
  );
}

/** Returns the secrets of the map's own definitions, as far as those are right. */
export function ownSecrets(map: VaultMap): ReadonlySet<string> {
  return new Set(rightDefinitions(map).flatMap((definition) => [...secretFields(definition)]));
}

function rightDefinitions(map: VaultMap): ProviderDefinition[] {
  const own = [...ownDefinitions(map).values()];
  return own.flatMap((read) => ('problem' in read ? [] : [read.definition]));
}

/** A definition of the operator's own may bring fields, whether it is right or wrong. */
function fieldsOfOwn(map: VaultMap): string[] {
  const text = JSON.stringify([...map.definitions.values()]);
  const placeholders = [...text.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].map(([, name = '']) => name);
  return [...placeholders, ...ownFields(map)];
}

/** Returns the fields of the map's own definitions, as far as those are right. */
export function ownFields(map: VaultMap): string[] {
  return rightDefinitions(map).flatMap(definitionFields);
}

function pathOf(field: string, tenant: string): string[] {
  const name = fieldName(field);
  const verb = OTHER_VERBS.get(name);
  if (verb !== undefined) {
    throw new UsageError(`${name} has a command of its own: ${verb(shown(tenant))}`);
  }
  const header = /^headers\.(.+)$/.exec(field)?.[1];
  return header === undefined ? [field] : ['headers', header];
}

function fieldName(field: string): string {
  return field.split('.', 1)[0] ?? field;
}

function parseValue(field: string, text: string): unknown {
  if (field === 'tags') {
    return text
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean);
  }
  if (!NUMBERS.includes(field)) {
    return text;
  }
  if (!/^\d+$/.test(text)) {
    throw new UsageError(`${field} takes a whole number.`);
  }
  return Number(text);
}
