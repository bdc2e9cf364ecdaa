import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { definitionFields } from '../../lambda/providers/request-fields.ts';
import { shown } from '../../lambda/shown.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from './closest.ts';
import { isSecretField, knownFields } from './entry-fields.ts';

/** One change of an entry. Without a value the field goes. */
export interface FieldEdit {
  /** From the entry on: `["scope"]`, or `["headers", "X-Scope"]`. */
  path: string[];
  value: unknown;
}

const NUMBERS = ['max_concurrency', 'min_interval_ms'];
/** Fields that have a verb of their own, and which. */
const OTHER_VERBS: ReadonlyMap<string, string> = new Map([
  ['refresh_token', 'tokens set-refresh-token NAME'],
  ['authorization_code', 'tokens connect NAME'],
  ['code_verifier', 'tokens connect NAME'],
  ['client_secrets', 'tokens app add-secret APP'],
  ['enabled', 'tokens pause NAME, or tokens resume NAME'],
]);

/** Reads `field=value`. Throws UsageError, which never repeats a value. */
export function parseEdit(pair: string): FieldEdit {
  const at = pair.indexOf('=');
  if (at < 1)
    throw new UsageError('A field is given with its value: tokens set acme scope="read write"');
  const field = pair.slice(0, at);
  if (isSecretField(fieldName(field)))
    throw new UsageError(
      `${fieldName(field)} is a secret, and other users can read arguments. Name the field alone: it is asked for unseen, or read with --stdin or --file.`,
    );
  return { path: pathOf(field), value: parseValue(fieldName(field), pair.slice(at + 1)) };
}

/** Returns the edit that takes a field away. Throws UsageError. */
export function unsetOf(field: string): FieldEdit {
  return { path: pathOf(field), value: undefined };
}

/** Returns the edit that puts a secret. Throws UsageError for a field that holds none. */
export function secretEdit(field: string, secret: string): FieldEdit {
  if (!isSecretField(field)) throw new UsageError(`Give the value too: ${shown(field)}=VALUE`);
  return { path: pathOf(field), value: secret };
}

/** Throws UsageError for a field that no provider of the map has. */
export function refuseUnknownField({ path }: FieldEdit, map: VaultMap): void {
  const [field = ''] = path;
  const own = [...map.definitions.values()].flatMap(fieldsOfDefinition);
  const known = new Set(['headers', 'account', 'client_secrets', ...knownFields, ...own]);
  if (!known.has(field))
    throw new UsageError(`There is no field ${shown(field)}.${didYouMean(field, known)}`);
}

/** A definition of the operator's own may bring fields, whether it is right or wrong. */
function fieldsOfDefinition(definition: unknown): string[] {
  const text = JSON.stringify(definition) ?? '';
  const placeholders = [...text.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].map(([, name = '']) => name);
  return [...placeholders, ...[...providers.values()].flatMap(definitionFields)];
}

function pathOf(field: string): string[] {
  const name = fieldName(field);
  const verb = OTHER_VERBS.get(name);
  if (verb !== undefined) throw new UsageError(`${name} has a verb of its own: ${verb}`);
  const header = /^headers\.(.+)$/.exec(field)?.[1];
  return header === undefined ? [field] : ['headers', header];
}

function fieldName(field: string): string {
  return field.split('.', 1)[0] ?? field;
}

function parseValue(field: string, text: string): unknown {
  if (field === 'tags')
    return text
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean);
  if (!NUMBERS.includes(field)) return text;
  if (!/^\d+$/.test(text)) throw new UsageError(`${field} takes a whole number.`);
  return Number(text);
}
