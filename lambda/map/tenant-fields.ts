import type { GrantName, ProviderDefinition, UrlChoice } from '../providers/provider.ts';
import { placeholders } from '../providers/template.ts';
import { checkHeaderValue, EntryFault, type MergedEntry, readText } from './merged-entry.ts';

/** Texts of an entry that mean something under every definition. */
export const OAUTH_FIELDS = [
  'client_id',
  'client_secret',
  'refresh_token',
  'authorization_code',
  'code_verifier',
  'redirect_uri',
  'scope',
  'user_id',
  'audience',
];

/** Placeholders that are no fields. */
const GENERATED = new Set(['credential', 'uuid', 'access_token']);

/**
 * Every text field of an entry, and the definition's defaults. Throws EntryFault where a field that
 * requests, headers or URLs are made of is no text, or holds what no header can carry.
 */
export function readFields(
  entry: MergedEntry,
  definition: ProviderDefinition,
): Map<string, string> {
  const {
    grants,
    request_headers = {},
    consumer_headers,
    scope_separator,
    defaults = {},
  } = definition;
  const params = Object.values(grants).flatMap((grant) => Object.values(grant.params));
  const headerFields = fieldsOf([
    ...Object.values(request_headers),
    ...Object.values(consumer_headers),
  ]);
  const urlFields = [definition.token_url, definition.authorize?.url ?? null].flatMap(urlFieldsOf);
  for (const field of [...OAUTH_FIELDS, ...fieldsOf(params), ...headerFields, ...urlFields])
    readText(entry, field);
  const own = Object.entries(entry.values).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  const fields = new Map([...Object.entries(defaults), ...own]);
  for (const field of headerFields) checkHeaderValue(fields.get(field) ?? '', entry.pathOf(field));
  const scope = fields.get('scope');
  if (scope !== undefined) fields.set('scope', joinScopes(scope, scope_separator));
  return fields;
}

/** Throws EntryFault for the first of the required fields that is missing. */
export function requireFields(
  entry: MergedEntry,
  fields: ReadonlyMap<string, string>,
  required: readonly string[],
): void {
  const missing = required.find((field) => !fields.has(field));
  if (missing !== undefined)
    throw new EntryFault(
      entry.pathOf(missing),
      'it is missing',
      `Add ${missing} to the tenant or its app.`,
    );
}

/** The fields without which a grant cannot be used. */
export function grantNeeds(
  { grants, request_headers = {} }: ProviderDefinition,
  grant: GrantName,
): string[] {
  const { params = {}, needs = [] } = grants[grant] ?? {};
  const required = Object.entries(params).flatMap(([name, template]) =>
    name.endsWith('?') ? [] : [template],
  );
  return [...fieldsOf([...required, ...Object.values(request_headers)]), ...needs];
}

function fieldsOf(templates: readonly string[]): string[] {
  return templates.flatMap(placeholders).filter((field) => !GENERATED.has(field));
}

function urlFieldsOf(choice: UrlChoice | null): string[] {
  if (choice === null) return [];
  return typeof choice === 'string'
    ? placeholders(choice)
    : [choice.by, ...Object.values(choice.urls).flatMap(placeholders)];
}

/**
 * An entry may write several scopes with spaces or, where the platform joins them by commas, with
 * commas.
 */
function joinScopes(scope: string, separator: ' ' | ','): string {
  const scopes = scope.split(separator === ',' ? /[\s,]+/ : /\s+/);
  return scopes.filter((one) => one !== '').join(separator);
}
