import { OAUTH_FIELDS } from '../../lambda/map/tenant-fields.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { definitionFields } from '../../lambda/providers/request-fields.ts';

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
  return new Set([...COMMON_FIELDS, ...[...providers.values()].flatMap(definitionFields)]);
}
