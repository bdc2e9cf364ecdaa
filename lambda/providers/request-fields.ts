import { remembered } from '../remembered.ts';
import { listOf } from './fields.ts';
import type { GrantName } from './grant-definition.ts';
import type { ProviderDefinition } from './provider.ts';
import { parameterName, placeholders, templatesIn } from './template.ts';
import { urlFields } from './url-choice.ts';

/** Placeholders that are filled at each use, and no fields of an entry. */
const GENERATED: ReadonlySet<string> = new Set([
  'credential',
  'access_token',
  'uuid',
  'now_s',
  'now_ms',
  'token_url',
]);

/** Tells whether a placeholder is filled at each use. Each of them may be a secret or change. */
export function isGenerated(name: string): boolean {
  return GENERATED.has(name);
}

/** Secrets of the client that its callers send, and that are published for them. */
export const CONSUMER_SECRETS = ['developer_token', 'api_key'];

/** Secrets of OAuth itself. */
const OAUTH_SECRETS = [
  'client_secret',
  'client_secrets',
  'refresh_token',
  'authorization_code',
  'device_code',
  'code_verifier',
  ...CONSUMER_SECRETS,
];

function findSecretFields({
  signed = {},
  secret_fields = [],
}: ProviderDefinition): ReadonlySet<string> {
  const keys = Object.values(signed).map(({ key }) => key);
  return new Set([...OAUTH_SECRETS, ...secret_fields, ...keys]);
}

/**
 * Returns true for a platform that issues no tokens, because its callers sign each request. The
 * vault holds what they sign with, and nothing of it is renewed.
 */
export function isStatic({ grants }: Pick<ProviderDefinition, 'grants'>): boolean {
  return Object.keys(grants).length === 0;
}

/** Returns the grants that spend nothing. Those that the definition takes unasked come first. */
export function ownGrants({ grants, default_grant }: ProviderDefinition): GrantName[] {
  const spending = new Set([
    'authorization_code',
    'refresh_token',
    'token_exchange',
    'device_code',
  ]);
  const others = (Object.keys(grants) as GrantName[]).filter((grant) => !spending.has(grant));
  return [...new Set([...listOf(default_grant), ...others])];
}

/** Returns the fields that templates name. A signed value names those of its recipe. */
export function fieldsOf(
  { signed = {} }: Pick<ProviderDefinition, 'signed'>,
  templates: readonly string[],
): string[] {
  return fieldsIn(signed, templates, () => true);
}

function requiredFieldsOf(
  { signed = {} }: Pick<ProviderDefinition, 'signed'>,
  templates: readonly string[],
): string[] {
  return fieldsIn(signed, templates, (name) => !parameterName(name).optional);
}

function fieldsIn(
  signed: NonNullable<ProviderDefinition['signed']>,
  templates: readonly string[],
  isWanted: (claim: string) => boolean,
): string[] {
  const fields = templates.flatMap(placeholders).flatMap((name) => {
    const recipe = signed[name];
    if (!recipe) {
      return [name];
    }
    const { key, header = {}, claims } = recipe;
    const inner = [...Object.entries(header), ...Object.entries(claims)];
    const wanted = inner.filter(([claim]) => isWanted(claim));
    return [key, ...wanted.flatMap(([, template]) => placeholders(template))];
  });
  return fields.filter((field) => !GENERATED.has(field));
}

/** Remembers what is found out of a definition. None is ever changed, and tenants are many. */
function rememberOf<T>(
  find: (definition: ProviderDefinition) => T,
): (definition: ProviderDefinition) => T {
  const found = new WeakMap<ProviderDefinition, T>();
  return (definition) => remembered(found, definition, find);
}

/** Remembers what is found out of each grant of a definition. */
function rememberOfGrant<T>(
  find: (definition: ProviderDefinition, grant: GrantName) => T,
): (definition: ProviderDefinition, grant: GrantName) => T {
  const byGrant = rememberOf(() => new Map<GrantName, T>());
  return (definition, grant) =>
    remembered(byGrant(definition), grant, () => find(definition, grant));
}

/** Returns the fields without which a grant cannot be used. */
export const grantNeeds = rememberOfGrant(findGrantNeeds);

/** Returns every field that a grant's request may name, in its URL too. */
export const grantFields = rememberOfGrant(findGrantFields);

/** Returns every field that some request, header or URL of the definition names. */
export const definitionFields = rememberOf(findDefinitionFields);

/** Returns the fields that must be texts which an HTTP header can carry. */
export const headerFields = rememberOf(findHeaderFields);

/**
 * Returns the field by which a client proves who it is, its secret or the key that it signs with, or
 * null where it has none.
 */
export const clientSecretField = rememberOf(findClientSecretField);

/** Returns every field by which a client proves who it is: secret, signing keys, and their names. */
export const proofFields = rememberOf(findProofFields);

/** Returns every field of the definition's entries that is a secret. */
export const secretFields = rememberOf(findSecretFields);

function findClientSecretField(definition: ProviderDefinition): string | null {
  const { client_auth, signed = {} } = definition;
  const isSent =
    client_auth !== 'none' || findDefinitionFields(definition).includes('client_secret');
  const [recipe] = Object.values(signed);
  return isSent ? 'client_secret' : (recipe?.key ?? null);
}

/** A claim other than its issuer may be each tenant's own. */
function findProofFields({ signed = {} }: ProviderDefinition): readonly string[] {
  const recipes = Object.values(signed);
  const keys = recipes.map(({ key }) => key);
  const templates = recipes.flatMap(({ header = {}, claims }) => [
    ...Object.values(header),
    claims.iss ?? '',
  ]);
  return [...new Set(['client_secret', ...keys, ...fieldsOf({ signed }, templates)])];
}

function findGrantNeeds(definition: ProviderDefinition, grant: GrantName): readonly string[] {
  const required = grantTemplates(definition, grant).filter(({ optional }) => !optional);
  const templates = required.map(({ template }) => template);
  return [...requiredFieldsOf(definition, templates), ...(definition.grants[grant]?.needs ?? [])];
}

function findGrantFields(definition: ProviderDefinition, grant: GrantName): readonly string[] {
  const templates = grantTemplates(definition, grant).map(({ template }) => template);
  const { token_url } = definition.grants[grant] ?? {};
  return [...fieldsOf(definition, templates), ...urlFields(token_url ?? definition.token_url)];
}

function findDefinitionFields(definition: ProviderDefinition): readonly string[] {
  const { consumer_headers, consumer_params = {}, authorize, revocation, account } = definition;
  const templates = [
    consumer_headers,
    consumer_params,
    authorize?.params ?? {},
    revocation?.params ?? {},
    account?.headers ?? {},
  ].flatMap((named) => Object.values(named));
  const urls = [authorize?.url, definition.device_url, revocation?.url, account?.url];
  const grants = Object.keys(definition.grants) as GrantName[];
  const kept = Object.values(authorize?.keep ?? {}).map(({ field }) => field);
  const fields = new Set([
    ...grants.flatMap((grant) => grantFields(definition, grant)),
    ...grants.flatMap((grant) => grantNeeds(definition, grant)),
    ...fieldsOf(definition, templates),
    ...urls.flatMap(urlFields),
    ...Object.keys(definition.defaults ?? {}),
    ...(definition.required_fields ?? []),
    ...kept,
  ]);
  return [...fields];
}

function findHeaderFields(definition: ProviderDefinition): readonly string[] {
  const { request_headers = {}, consumer_headers, account, revocation } = definition;
  const headers = [
    request_headers,
    consumer_headers,
    account?.headers ?? {},
    revocation?.request_headers ?? {},
  ];
  const templates = headers.flatMap((named) => Object.values(named));
  return fieldsOf(definition, templates);
}

function grantTemplates(
  { grants, request_headers = {} }: ProviderDefinition,
  grant: GrantName,
): { template: string; optional: boolean }[] {
  const { params = {}, local } = grants[grant] ?? {};
  const named = local
    ? Object.entries({ access_token: local.access_token })
    : [...Object.entries(params), ...Object.entries(request_headers)];
  return named.flatMap(([name, value]) =>
    templatesIn(value).map((template) => ({ template, optional: parameterName(name).optional })),
  );
}
