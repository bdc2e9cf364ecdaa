import { readReply } from '../exchange/read-reply.ts';
import { valueAt } from '../exchange/reply-fields.ts';
import { type Judgement, judge } from '../exchange/token-response.ts';
import { fingerprint } from '../fingerprint.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { isObject } from '../is-object.ts';
import { listOf } from '../providers/fields.ts';
import type { ProviderDefinition } from '../providers/provider.ts';
import type { SeenExchange } from './observe.ts';

/** Fields of RFC 6749 section 5, RFC 9207 and OpenID Connect, whose names may be said. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'access_token',
  'token_type',
  'expires_in',
  'refresh_token',
  'refresh_token_expires_in',
  'refresh_expires_in',
  'scope',
  'id_token',
  'created_at',
  'error',
  'error_description',
  'error_uri',
]);
const RATE_LIMIT_HEADERS = [
  'retry-after',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];

/**
 * Looks at one exchange as far as it shows how its platform behaves. Keeps no text of the reply.
 * `judgement` is what it came to, where that is known already.
 */
export function toSeenExchange(
  exchange: ArchivedExchange,
  definition: ProviderDefinition,
  judgement: Judgement = judge(exchange, definition),
): SeenExchange {
  const body = readReply(exchange).body;
  const { response } = definition;
  return {
    provider: exchange.provider,
    grant_type: exchange.grant_type,
    status: exchange.status,
    outcome: judgement.kind === 'issued' ? 'issued' : judgement.code,
    oauth_error: judgement.kind === 'issued' ? null : (judgement.oauth_error ?? null),
    refresh_token: refreshTokenOf(exchange, judgement),
    access_life_s: lifeOf(valueAt(body, response.expires.path)),
    refresh_life_s: refreshLife(body, definition),
    latency_ms: Date.parse(exchange.received_at) - Date.parse(exchange.sent_at),
    fields: fieldsOf(body, definition),
    headers: RATE_LIMIT_HEADERS.filter((name) => Object.hasOwn(exchange.headers, name)),
  };
}

function refreshTokenOf(
  { grant_type, spent }: ArchivedExchange,
  { refresh_token: issued }: Judgement,
): SeenExchange['refresh_token'] {
  if (grant_type !== 'refresh_token') {
    return null;
  }
  if (issued === undefined) {
    return 'missing';
  }
  return fingerprint(issued) === spent ? 'repeats' : 'changes';
}

/** Lives that are given in seconds. Instants differ each time, and say nothing here. */
function refreshLife(body: unknown, { response }: ProviderDefinition): number | null {
  const told = (response.refresh_expires ?? []).filter(
    ({ kind = 'seconds' }) => kind === 'seconds',
  );
  const lives = told.map(({ path }) => (path === undefined ? null : lifeOf(valueAt(body, path))));
  return lives.find((life) => life !== null) ?? null;
}

function lifeOf(value: unknown): number | null {
  const seconds = typeof value === 'string' ? Number(value) : value;
  return typeof seconds === 'number' && seconds > 0 && seconds < 1e9 ? seconds : null;
}

/** Any other name might be a text of the platform: its fingerprint says as much. */
function fieldsOf(body: unknown, { response }: ProviderDefinition): string[] {
  if (!isObject(body)) {
    return [];
  }
  return Object.keys(body)
    .slice(0, MOST_FIELDS)
    .map((name) => (KNOWN_FIELDS.has(name) || isDefined(name, response) ? name : fingerprint(name)))
    .sort();
}

function isDefined(name: string, response: ProviderDefinition['response']): boolean {
  const paths = [
    response.access_token,
    response.refresh_token,
    response.scope,
    response.expires.path,
  ];
  return paths.flatMap(listOf).some((path) => path.split('.')[0] === name);
}

const MOST_FIELDS = 30;
