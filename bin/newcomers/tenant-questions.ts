import { isSecretField } from '../../lambda/map/secret-field.ts';
import type { GrantName, ProviderDefinition, UrlChoice } from '../../lambda/providers/provider.ts';
import {
  clientSecretField,
  grantNeeds,
  isStatic,
  ownGrants,
  secretFields,
} from '../../lambda/providers/request-fields.ts';
import { isLoopbackHost } from '../../lambda/providers/url-policy.ts';
import { cleanField } from '../sources/clean-field.ts';
import type { Question } from '../terminal/ask-missing.ts';

/** How a new tenant gets its first token, by a grant, or a consent in the browser afterwards. */
export type Way = GrantName | 'connect';

/**
 * Returns the ways in which a provider can be used, for a person to choose from. The one that needs
 * most comes last.
 */
export function waysOf(definition: ProviderDefinition): { value: Way; label: string }[] {
  const { grants, authorize } = definition;
  const ways: { value: Way; label: string }[] = [];
  if (grants.refresh_token) {
    ways.push({ value: 'refresh_token', label: 'I have a refresh token' });
  }
  for (const grant of ownGrants(definition)) {
    ways.push({ value: grant, label: OWN_GRANT_LABELS[grant] });
  }
  if (authorize) {
    ways.push({ value: 'connect', label: 'I will connect it in the browser afterwards' });
  }
  if (grants.authorization_code) {
    ways.push({ value: 'authorization_code', label: 'I have an authorization code' });
  }
  return ways;
}

const OWN_GRANT_LABELS: Readonly<Record<GrantName, string>> = {
  refresh_token: 'with a refresh token',
  authorization_code: 'with an authorization code',
  client_credentials: 'As the client itself (client_credentials)',
  fulfillment_user_assertion: 'For one user of it (fulfillment_user_assertion)',
  token_exchange: 'with a token to exchange',
  device_code: 'with a code typed in on another device',
};

/**
 * Returns the way that the fields at hand already choose, or null where they leave it open. A
 * client secret chooses nothing. Every way may need one.
 */
export function chosenWay(
  definition: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): Way | null {
  if (isStatic(definition)) {
    return 'connect';
  }
  const own = ownGrants(definition);
  const named = own.find((grant) => grant === fields.get('grant'));
  if (named) {
    return named;
  }
  if (fields.has('authorization_code')) {
    return 'authorization_code';
  }
  if (fields.has('refresh_token')) {
    return 'refresh_token';
  }
  const telling = (grant: GrantName) =>
    [...(definition.grants[grant]?.needs ?? []), ...needsBeside(grant)].filter(
      (field) => field !== 'client_secret',
    );
  const fitting = own.find((grant) => telling(grant).some((field) => fields.has(field)));
  const [only, ...others] = waysOf(definition);
  return fitting ?? (only && others.length === 0 ? only.value : null);
}

function needsBeside(grant: GrantName): string[] {
  return grant === 'fulfillment_user_assertion' ? ['user_id'] : [];
}

/**
 * Returns the questions that an entry of this provider must answer, for this way. Fields that its
 * app lends are known already.
 */
export function questionsFor(
  definition: ProviderDefinition,
  way: Way,
  lent: ReadonlySet<string>,
): Question[] {
  const { token_url, required_fields = [], client_auth } = definition;
  const { variables = {}, defaults = {} } = definition;
  const inUrl = Object.keys(variables).filter((field) => defaults[field] === undefined);
  const needs = way === 'connect' ? connectNeeds(definition) : grantNeeds(definition, way);
  const credential = way === 'refresh_token' || way === 'authorization_code' ? [way] : [];
  const hasSecret = clientSecretField(definition) === 'client_secret';
  const needsSecret =
    required_fields.includes('client_secret') ||
    client_auth === 'basic' ||
    (hasSecret && way === 'client_credentials');
  const required = [
    'client_id',
    ...(needsSecret ? ['client_secret'] : []),
    ...(token_url === null ? ['token_url'] : []),
    ...required_fields,
    ...inUrl,
    ...needs,
    ...credential,
  ];
  const secrets = secretFields(definition);
  const questions = [...new Set(required)]
    .filter((field) => !lent.has(field))
    .map((field) => toQuestion(field, secrets.has(field)));
  // A public client has none: RFC 6749 section 2.1.
  if (hasSecret && !needsSecret && !lent.has('client_secret')) {
    questions.splice(1, 0, {
      ...toQuestion('client_secret'),
      label: 'Client secret (empty: none)',
      optional: true,
    });
  }
  if (token_url !== null && typeof token_url !== 'string' && !lent.has(token_url.by)) {
    questions.unshift(choiceQuestion(token_url));
  }
  return questions;
}

/** Returns the fields that a consent and the exchange of its code need beside what they bring. */
function connectNeeds(definition: ProviderDefinition): string[] {
  const { authorize, grants } = definition;
  const needed = grants.authorization_code ? grantNeeds(definition, 'authorization_code') : [];
  return [
    ...(authorize?.url === null ? ['authorize_url'] : []),
    ...needed.filter((field) => !BROUGHT_BY_CONSENT.has(field)),
  ];
}

const BROUGHT_BY_CONSENT: ReadonlySet<string> = new Set(['redirect_uri', 'code_verifier']);

/** A tenant in the wrong region or environment is refused by a server that does not know it. */
function choiceQuestion({ by, default: usual, urls }: Exclude<UrlChoice, string>): Question {
  const choices = Object.keys(urls);
  const question = toQuestion(by);
  return {
    ...question,
    label: `${question.label}: ${choices.join(', ')} (empty: ${usual})`,
    optional: true,
    choices,
    check: (value) =>
      choices.includes(value) ? undefined : `It must be one of ${choices.join(', ')}.`,
  };
}

function toQuestion(field: string, secret = isSecretField(field)): Question {
  const label = `${field.charAt(0).toUpperCase()}${field.slice(1).replaceAll('_', ' ')}`
    .replace(/\bid\b/, 'ID')
    .replace(/\b[Uu]r([il])\b/, (_, end: string) => `UR${end.toUpperCase()}`);
  return {
    field,
    label,
    secret,
    option: optionOf(field, secret),
    check: (value) => faultOf(field, value),
  };
}

/** Returns how a field is given on the command line. A secret comes by a file, or `-` for stdin. */
export function optionOf(field: string, secret = isSecretField(field)): string {
  if (OWN_OPTIONS.has(field)) {
    return `--${field.replaceAll('_', '-')}${secret ? '-file FILE' : ' TEXT'}`;
  }
  return secret ? `--set-file ${field}=FILE` : `--set ${field}=TEXT`;
}

/** Fields with an option of their own; the others go by --set. */
export const TEXT_OPTIONS: readonly string[] = [
  'client_id',
  'redirect_uri',
  'token_url',
  'authorize_url',
  'scope',
  'user_id',
  'region',
  'environment',
];

/** Secret fields with an option of their own, which names a file. */
export const SECRET_OPTIONS: readonly string[] = [
  'client_secret',
  'refresh_token',
  'authorization_code',
];

const OWN_OPTIONS: ReadonlySet<string> = new Set([...TEXT_OPTIONS, ...SECRET_OPTIONS]);

/** Says what is wrong with an answer before the next question is asked. */
function faultOf(field: string, value: string): string | undefined {
  const cleaned = cleanField(field, value);
  if ('fault' in cleaned) {
    return `It ${cleaned.fault}.`;
  }
  const isUrl = URL.canParse(cleaned.value);
  if (/_ur[il]$/.test(field) && !isUrl) {
    return 'It must be a URL, such as https://agency.example/x';
  }
  const isServer = field === 'token_url' || field === 'authorize_url';
  return isServer && !isSecure(cleaned.value)
    ? 'It must be an https URL: others could read the tokens on the way to anything else.'
    : undefined;
}

function isSecure(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopbackHost(hostname);
}
