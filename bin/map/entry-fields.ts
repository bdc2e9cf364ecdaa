import { OAUTH_FIELDS } from '../../lambda/map/tenant-fields.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { definitionFields } from '../../lambda/providers/request-fields.ts';

/** Fields of an entry that every definition understands, and those for people. */
const COMMON_FIELDS = [
  'provider',
  'app',
  ...OAUTH_FIELDS,
  'grant',
  'token_url',
  'authorize_url',
  'device_url',
  'revocation_url',
  'client_auth',
  'body',
  'issuer',
  'secret_created_at',
  'secret_expires_at',
  'title',
  'owner',
  'contact',
  'note',
  'tags',
  'enabled',
  'max_concurrency',
  'min_interval_ms',
];

/** Returns the field that a name spells in another way, such as `refreshToken`, or null. */
export function fieldSpelled(name: string): string | null {
  const field = FIELDS_BY_LETTERS.get(lettersOf(name));
  return field === undefined || field === name ? null : field;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Returns every field that some provider's entry may have and that one text can give. */
export const knownFields: ReadonlySet<string> = new Set([
  ...COMMON_FIELDS,
  ...[...providers.values()].flatMap(definitionFields),
]);

const FIELDS_BY_LETTERS: ReadonlyMap<string, string> = new Map(
  [...knownFields].map((field) => [lettersOf(field), field]),
);
