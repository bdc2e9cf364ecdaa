import { fingerprint } from '../fingerprint.ts';
import type { ProviderDefinition } from '../providers/provider.ts';
import { definitionFields, headerFields, secretFields } from '../providers/request-fields.ts';
import { signingKeyProblem } from '../providers/sign-jwt.ts';
import { additionOf } from './correction.ts';
import { credentialFault } from './credential-text.ts';
import { checkHeaderValue, EntryFault, type MergedEntry, readText } from './merged-entry.ts';

/**
 * Fields that hold a credential alone, as OAuth defines one. Keys and passwords have other forms.
 */
const CREDENTIALS = [
  'client_id',
  'client_secret',
  'refresh_token',
  'authorization_code',
  'device_code',
  'code_verifier',
];

/** Names the texts of an entry that mean something under every definition. */
export const OAUTH_FIELDS = [...CREDENTIALS, 'redirect_uri', 'scope', 'user_id', 'audience'];

/** Fields for people. They are shown, and never sent. */
export const FREE_FIELDS: ReadonlySet<string> = new Set([
  'title',
  'owner',
  'contact',
  'tags',
  'note',
]);

/** RFC 6749 names no limit. Longer values would fill a secret of 64 KB alone. */
const MOST_CHARACTERS = 16_384;
/** What a platform has issued is sent as it is, where a secret has room for it. That is its limit. */
const MOST_OF_ISSUED = 65_536;

/** Holds the fields of an entry that are made for people. */
export interface FreeFields {
  title: string | null;
  owner: string | null;
  contact: string | null;
  note: string | null;
  tags: readonly string[];
}

/**
 * Returns every text field of an entry, and the definition's defaults. Throws EntryFault where a
 * field that requests, headers or URLs are made of is no text, is too long, or holds what no header
 * can carry, and for a signing key that cannot be read.
 */
export function readFields(
  entry: MergedEntry,
  definition: ProviderDefinition,
): Map<string, string> {
  checkTexts(entry, definition);
  const fields = new Map(Object.entries(definition.defaults ?? {}));
  for (const [field, value] of Object.entries(entry.values)) {
    if (typeof value === 'string' && !FREE_FIELDS.has(field)) {
      fields.set(field, value);
    }
  }
  for (const field of headerFields(definition)) {
    checkHeaderValue(fields.get(field) ?? '', entry.pathOf(field));
  }
  checkCredentials(entry);
  checkSigningKeys(entry, definition, fields);
  const scope = fields.get('scope');
  if (scope !== undefined) {
    fields.set('scope', joinScopes(scope, definition.scope_separator));
  }
  return fields;
}

/** Looks at the fields that requests are made of. Throws EntryFault. */
function checkTexts(entry: MergedEntry, definition: ProviderDefinition): void {
  const named = definitionFields(definition);
  const used = Object.keys(entry.values).filter(
    (field) => OAUTH_FIELDS.includes(field) || named.includes(field),
  );
  for (const field of used) {
    const value = readText(entry, field) ?? '';
    const most = field === 'refresh_token' ? MOST_OF_ISSUED : MOST_CHARACTERS;
    if (value.length > most) {
      throw new EntryFault(entry.pathOf(field), `it is longer than ${most} characters`);
    }
  }
}

/** Returns the fields for people. One of another type counts as absent. Nothing depends on it. */
export function readFreeFields({ values }: MergedEntry): FreeFields {
  const tags = Array.isArray(values.tags) ? values.tags : [];
  return {
    title: textOrNull(values.title),
    owner: textOrNull(values.owner),
    contact: textOrNull(values.contact),
    note: textOrNull(values.note),
    tags: tags.filter((tag): tag is string => typeof tag === 'string' && tag !== ''),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Throws EntryFault for the first of the required fields that is missing. */
export function requireFields(
  entry: MergedEntry,
  fields: ReadonlyMap<string, string>,
  required: readonly string[],
): void {
  const missing = required.find((field) => !fields.has(field));
  if (missing === undefined) {
    return;
  }
  const path = entry.pathOf(missing);
  throw new EntryFault(path, 'it is missing', additionOf(path, missing));
}

/**
 * Returns the client secrets in the order in which they are tried, from the list `client_secrets` or
 * the one `client_secret`. The tenant's own win over those of its app. Throws EntryFault.
 */
export function readClientSecrets(entry: MergedEntry): string[] {
  const { client_secret: single, client_secrets: list } = entry.values;
  if (list === undefined) {
    return typeof single === 'string' ? [single] : [];
  }
  const path = entry.pathOf('client_secrets');
  if (single !== undefined) {
    throw new EntryFault(path, 'client_secret is given too', `Remove one of the two: ${path}.`);
  }
  const isList = Array.isArray(list) && list.length > 0 && list.length <= MOST_SECRETS;
  if (!isList) {
    throw new EntryFault(path, `it must be a list of 1 to ${MOST_SECRETS} client secrets`);
  }
  const wrong = list.findIndex((one) => typeof one !== 'string' || one === '');
  if (wrong >= 0) {
    throw new EntryFault(`${path}[${wrong}]`, 'it must be a text');
  }
  if (new Set(list).size < list.length) {
    throw new EntryFault(path, 'it holds a secret twice');
  }
  return list as string[];
}

const MOST_SECRETS = 10;

/** Returns the fields among `named` that are no secrets, with their values, sorted. */
export function identifyingFields(
  definition: ProviderDefinition,
  named: readonly string[],
  fields: ReadonlyMap<string, string>,
): [field: string, value: string][] {
  const secrets = secretFields(definition);
  const shown = [...new Set(named)].filter((field) => !secrets.has(field) && fields.has(field));
  return shown.sort().map((field) => [field, fields.get(field) ?? '']);
}

function checkCredentials(entry: MergedEntry): void {
  for (const field of CREDENTIALS) {
    const value = readText(entry, field);
    checkCredential(value, {
      path: () => entry.pathOf(field),
      isTrusted: (token) =>
        field === 'refresh_token' && entry.isIssued?.(fingerprint(token)) === true,
    });
  }
  const { client_secrets: list } = entry.values;
  const secrets: unknown[] = Array.isArray(list) ? list : [];
  for (const [index, secret] of secrets.entries()) {
    checkCredential(secret, { path: () => `${entry.pathOf('client_secrets')}[${index}]` });
  }
}

/**
 * No byte of an entry is ours to change, so not even a blank at its end is taken off. What a
 * platform issued is trusted.
 */
function checkCredential(
  value: unknown,
  { path, isTrusted = () => false }: { path: () => string; isTrusted?: (value: string) => boolean },
): void {
  if (typeof value !== 'string' || value === '') {
    return;
  }
  const fault = credentialFault(value);
  if (fault !== null && !isTrusted(value)) {
    throw new EntryFault(path(), `it ${fault}`);
  }
}

function checkSigningKeys(
  entry: MergedEntry,
  { signed = {} }: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): void {
  for (const recipe of Object.values(signed)) {
    const key = fields.get(recipe.key);
    if (key === undefined) {
      continue;
    }
    const problem = signingKeyProblem(recipe, key);
    if (problem) {
      throw new EntryFault(entry.pathOf(recipe.key), problem);
    }
  }
}

/**
 * An entry may write several scopes with spaces or, where the platform joins them by commas, with
 * commas.
 */
function joinScopes(scope: string, separator: ' ' | ','): string {
  const scopes = scope.split(separator === ',' ? /[\s,]+/ : /\s+/);
  return scopes.filter((one) => one !== '').join(separator);
}
