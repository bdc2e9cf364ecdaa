import { OAUTH_FIELDS } from '../../lambda/map/tenant-fields.ts';
import type { ProviderDefinition, UrlChoice } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { placeholders } from '../../lambda/providers/template.ts';

/** Fields that must never be shown or stand among arguments. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'client_secret',
  'refresh_token',
  'authorization_code',
  'code_verifier',
  'developer_token',
]);

/** Fields of an entry that every definition understands. */
const COMMON_FIELDS = [
  'provider',
  'app',
  ...OAUTH_FIELDS,
  'token_url',
  'authorize_url',
  'client_auth',
  'body',
];

/** Whether a field holds something that only hidden prompts, stdin and files may bring. */
export function isSecretField(field: string): boolean {
  return SECRET_FIELDS.has(field);
}

/** Every text field that some provider's entry may have. */
export function knownFields(): Set<string> {
  return new Set([...COMMON_FIELDS, ...[...providers.values()].flatMap(fieldsOf)]);
}

function fieldsOf(definition: ProviderDefinition): string[] {
  const {
    token_url,
    authorize,
    grants,
    request_headers = {},
    consumer_headers,
    defaults = {},
    required_fields = [],
  } = definition;
  const urls = [token_url, authorize?.url ?? null].filter((choice) => choice !== null);
  const templates = [
    ...urls.flatMap(templatesOf),
    ...Object.values(grants).flatMap(({ params }) => Object.values(params)),
    ...Object.values({ ...request_headers, ...consumer_headers }),
  ];
  const chosenBy = urls.flatMap((choice) => (typeof choice === 'string' ? [] : [choice.by]));
  const needs = Object.values(grants).flatMap((grant) => grant.needs ?? []);
  const fields = [
    ...templates.flatMap(placeholders),
    ...chosenBy,
    ...Object.keys(defaults),
    ...required_fields,
    ...needs,
  ];
  return fields.filter((field) => !['credential', 'uuid', 'access_token'].includes(field));
}

function templatesOf(choice: UrlChoice): string[] {
  return typeof choice === 'string' ? [choice] : Object.values(choice.urls);
}
