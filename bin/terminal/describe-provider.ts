import { listOf } from '../../lambda/providers/fields.ts';
import type { GrantName, ProviderDefinition } from '../../lambda/providers/provider.ts';
import { grantNeeds, isStatic } from '../../lambda/providers/request-fields.ts';
import { urlTemplates } from '../../lambda/providers/url-choice.ts';
import { wrapText } from './wrap-text.ts';

const DAY_S = 86_400;

/**
 * Returns a definition as a person reads it, with what it needs, how long its tokens live, what to
 * register. Long facts go on in further lines of this width.
 */
export function describeProvider(definition: ProviderDefinition, width: number): string {
  const facts: [string, string][] = [
    ['Token URL', urlTemplates(definition.token_url).join(' or ') || 'named by the tenant'],
    ['Needs', needsText(definition)],
    ['First token by', grantsText(definition)],
    ['Access token lives', accessText(definition)],
    ['Refresh token lives', refreshText(definition)],
    ['Rotation', rotationText(definition)],
    ['Limits', limitsText(definition)],
    ['Redirect', redirectText(definition)],
    [
      'Revocation',
      definition.revocation ? 'tokens remove TENANT --revoke' : 'on the platform only',
    ],
    ['Register at', definition.register_url ?? ''],
    ['Not confirmed', (definition.unconfirmed ?? []).join(', ')],
  ];
  const told = facts.filter(([, value]) => value !== '');
  const first = Math.max(...told.map(([name]) => name.length)) + 2;
  const further = `\n${' '.repeat(first)}`;
  const lines = told.map(
    ([name, value]) =>
      name.padEnd(first) + wrapText(value, width - first).replaceAll('\n', further),
  );
  return [`${definition.title} (${definition.id})`, '', ...lines].join('\n');
}

/** Returns the fields that a tenant or its app must have, whatever the grant. */
export function needsText(definition: ProviderDefinition): string {
  const { required_fields = [], grants, token_url, variables = {}, defaults = {} } = definition;
  const [first] = Object.keys(grants) as GrantName[];
  const every = first
    ? grantNeeds(definition, first).filter((field) => isInAll(definition, field))
    : [];
  const inUrl = Object.keys(variables).filter((field) => defaults[field] === undefined);
  const own = token_url === null ? ['token_url'] : [];
  const secret = definition.client_auth.startsWith('basic') ? ['client_secret'] : [];
  return [
    ...new Set(['client_id', ...secret, ...required_fields, ...inUrl, ...every, ...own]),
  ].join(', ');
}

function isInAll(definition: ProviderDefinition, field: string): boolean {
  return (Object.keys(definition.grants) as GrantName[]).every((grant) =>
    grantNeeds(definition, grant).includes(field),
  );
}

export function grantsText(definition: ProviderDefinition): string {
  const { grants, default_grant, authorize } = definition;
  if (isStatic(definition)) {
    return 'none: callers sign each request';
  }
  const ways = [
    ...(grants.authorization_code ? [authorize ? 'consent' : 'code'] : []),
    ...(grants.device_code ? ['device'] : []),
    ...listOf(default_grant),
  ];
  const asked = (Object.keys(grants) as GrantName[]).filter(
    (grant) => !CREDENTIALED.has(grant) && !ways.includes(grant),
  );
  return [...ways, ...asked.map((grant) => `grant: ${grant}`)].join(', ');
}

const CREDENTIALED: ReadonlySet<string> = new Set([
  'authorization_code',
  'refresh_token',
  'token_exchange',
  'device_code',
]);

/** Returns a number of seconds in the largest unit that fits. */
function lifeText(seconds: number | null): string {
  if (seconds === null) {
    return 'without an end';
  }
  if (seconds >= 2 * DAY_S) {
    return `${Math.round(seconds / DAY_S)} days`;
  }
  if (seconds >= 2 * 3600) {
    return `${Math.round(seconds / 3600)} hours`;
  }
  return `${Math.round(seconds / 60)} minutes`;
}

/** Returns the life of an access token whose reply tells none. */
export function accessText(definition: ProviderDefinition): string {
  return isStatic(definition) ? '' : lifeText(definition.response.default_expires_in_s);
}

export function refreshText({ response, grants, renewal, lives = {} }: ProviderDefinition): string {
  if (isStatic({ grants })) {
    return '';
  }
  if (renewal === 'none') {
    return 'there is none: connect again before the end';
  }
  if (!grants.refresh_token) {
    return 'there is none';
  }
  const ends = (response.refresh_expires ?? []).flatMap(({ after_s, slides }) =>
    after_s === undefined
      ? ['as the reply tells']
      : [`${lifeText(after_s)} from ${slides ? 'each renewal' : 'the consent'}`],
  );
  const idle = lives.idle_s === undefined ? [] : [`${lifeText(lives.idle_s)} without use`];
  const testing =
    lives.testing_s === undefined
      ? []
      : [`${lifeText(lives.testing_s)} while the app is in test mode`];
  return [...ends, ...idle, ...testing].join('; ') || 'no known end';
}

export function rotationText({ rotates, resend_within_s, grants }: ProviderDefinition): string {
  if (!grants.refresh_token) {
    return '';
  }
  const often = {
    never: 'never',
    sometimes: 'sometimes',
    always: 'at each renewal',
  };
  return `${rotates ? often[rotates] : 'not known'}${graceText(resend_within_s)}`;
}

function graceText(resendWithinS: number | undefined): string {
  if (resendWithinS === undefined) {
    return '';
  }
  if (resendWithinS === 0) {
    return '; the old one dies at once';
  }
  return `; the old one works for ${lifeText(resendWithinS)} more`;
}

export function limitsText({ lives = {}, per_credential = {} }: ProviderDefinition): string {
  const { cap, client_secret_s } = lives;
  const { min_interval_s, min_age_s } = per_credential;
  return [
    ...(cap ? [`${cap.most} ${cap.tokens}s of one ${cap.of.replaceAll('_', ' ')}`] : []),
    ...(client_secret_s ? [`client secret ${lifeText(client_secret_s)}`] : []),
    ...(min_interval_s ? [`asked once in ${lifeText(min_interval_s)}`] : []),
    ...(min_age_s ? [`renewed from ${lifeText(min_age_s)} of age`] : []),
  ].join('; ');
}

export function redirectText({ authorize }: ProviderDefinition): string {
  if (!authorize) {
    return '';
  }
  return authorize.redirect === 'loopback'
    ? 'http://127.0.0.1 (any port), or one that is registered'
    : 'one that is registered with the platform';
}
