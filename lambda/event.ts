import { isLinkId } from './connect/link-token.ts';
import { isObject } from './is-object.ts';
import { DEFAULT_SHARD, isName } from './names.ts';

/** Everything that an invocation may ask. */
export interface RunRequest {
  /** Names, or null for every enabled tenant. */
  tenants: readonly string[] | null;
  provider: string | null;
  app: string | null;
  tag: string | null;
  shard: string | null;
  expiring_within_seconds: number | null;
  dry_run: boolean;
}

/** Asks for every enabled tenant. */
export const everyTenant: RunRequest = {
  tenants: null,
  provider: null,
  app: null,
  tag: null,
  shard: null,
  expiring_within_seconds: null,
  dry_run: false,
};

/**
 * Describes what the on-demand function may be asked. `refused` is the fingerprint of the access
 * token that the provider refused.
 */
export interface RefreshRequest {
  tenant: string;
  shard: string;
  refused: string | null;
}

/** An event that asks for nothing we know. Nothing has been read or rotated. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

const RUN_KEYS = [
  'tenant',
  'tenants',
  'provider',
  'app',
  'tag',
  'shard',
  'expiring_within_seconds',
  'dry_run',
];
const REFRESH_KEYS = ['tenant', 'shard', 'refused'];
const NAME = 'a name of up to 64 letters, digits, dots, dashes and underscores';

/**
 * Takes an invocation's event and returns what it asks for (lambda/README.md, "Invoking it").
 * Nothing, `{}` and the scheduler's own event ask for every enabled tenant. Throws EventError for any
 * other key and any value of the wrong type. A typo must never rotate everything.
 */
export function parseEvent(event: unknown): RunRequest {
  const fields = isScheduledEvent(event) ? new Map<string, unknown>() : readFields(event, RUN_KEYS);
  if (fields.has('tenant') && fields.has('tenants')) {
    throw new EventError('The event has both "tenant" and "tenants": give one of them.');
  }
  const tenant = readField(fields, 'tenant', isNameText, NAME);
  const tenants = readField(fields, 'tenants', isNameList, `a list, not empty, each item ${NAME}`);
  return {
    tenants: tenant !== null ? [tenant] : tenants && [...new Set(tenants)],
    provider: readField(fields, 'provider', isNameText, NAME),
    app: readField(fields, 'app', isNameText, NAME),
    tag: readField(fields, 'tag', isTag, `a text of at most ${MAX_TAG} characters`),
    shard: readField(fields, 'shard', isNameText, NAME),
    expiring_within_seconds: readField(
      fields,
      'expiring_within_seconds',
      isPositive,
      'a number of seconds above 0',
    ),
    dry_run: readField(fields, 'dry_run', isBoolean, 'true or false') ?? false,
  };
}

/**
 * Takes the event of the on-demand function and returns the one tenant it asks for. `granted` is
 * the only shard that the caller may name, or null for any. Throws EventError, as parseEvent does,
 * and for another shard than the granted one.
 */
export function parseRefreshEvent(event: unknown, granted: string | null): RefreshRequest {
  const fields = readFields(event, REFRESH_KEYS);
  const tenant = readField(fields, 'tenant', isNameText, NAME);
  if (tenant === null) {
    throw new EventError('The event must name a "tenant".');
  }
  const shard = readField(fields, 'shard', isNameText, NAME) ?? granted ?? DEFAULT_SHARD;
  if (granted !== null && shard !== granted) {
    throw new EventError(
      `The event names shard ${shard}, and the alias that was invoked is for ${granted} alone.`,
    );
  }
  return {
    tenant,
    shard,
    refused: readField(
      fields,
      'refused',
      isFingerprint,
      "the first 16 hex digits of the refused access token's SHA-256",
    ),
  };
}

/** Describes a watch that a call of the on-demand function hands to another one. */
export interface HandedWatch {
  /** The name under which it was marked. Nobody but the function knows it. */
  watch: string;
  request: RefreshRequest;
}

/** Tells whether an event hands over a watch, which only the on-demand function itself does. */
export function asksToWatch(event: unknown): boolean {
  return isObject(event) && Object.hasOwn(event, 'watch');
}

/** Takes such an event. Throws EventError, as parseRefreshEvent does. */
export function parseWatchEvent(event: unknown, granted: string | null): HandedWatch {
  const fields = readFields(event, ['watch', 'refresh']);
  const watch = readField(fields, 'watch', isUuid, 'the name of a watch');
  if (watch === null) {
    throw new EventError('The event must name a watch.');
  }
  return { watch, request: parseRefreshEvent(fields.get('refresh'), granted) };
}

/** Returns the event that hands a watch over. */
export function toWatchEvent({ watch, request }: HandedWatch): object {
  const { refused, ...rest } = request;
  return { watch, refresh: { ...rest, ...(refused !== null && { refused }) } };
}

/** Tells whether an event asks for the code of a connect link to be redeemed. */
export function asksToRedeem(event: unknown): boolean {
  return isObject(event) && Object.hasOwn(event, 'connect');
}

/** Takes the event of the redeem function and returns the link's id. Throws EventError. */
export function parseRedeemEvent(event: unknown): string {
  const link = readField(
    readFields(event, ['connect']),
    'connect',
    isLinkIdText,
    'the id of a link',
  );
  if (link === null) {
    throw new EventError('The event must name a link: {"connect": "<link id>"}.');
  }
  return link;
}

/** Tells whether an event asks for a drill. */
export function asksForDrill(event: unknown): boolean {
  return isObject(event) && Object.hasOwn(event, 'drill');
}

/** Takes the event of a drill and returns its shard, or null for all. Throws EventError. */
export function parseDrillEvent(event: unknown): string | null {
  const fields = readFields(event, ['drill', 'shard']);
  readField(fields, 'drill', (value) => value === true, 'true');
  return readField(fields, 'shard', isNameText, NAME);
}

function readFields(event: unknown, known: readonly string[]): Map<string, unknown> {
  if (event === undefined || event === null) {
    return new Map();
  }
  if (!isObject(event)) {
    throw new EventError('The event must be a JSON object.');
  }
  const unknown = Object.keys(event).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new EventError(
      `The event has unknown keys: ${unknown.map(showKey).join(', ')}. Known are: ` +
        `${known.join(', ')}.`,
    );
  }
  return new Map(Object.entries(event));
}

function readField<T>(
  fields: ReadonlyMap<string, unknown>,
  key: string,
  is: (value: unknown) => value is T,
  expected: string,
): T | null {
  if (!fields.has(key)) {
    return null;
  }
  const value = fields.get(key);
  if (!is(value)) {
    throw new EventError(`"${key}" in the event must be ${expected}.`);
  }
  return value;
}

/**
 * A key is the caller's text. One that looks like no key might be a secret pasted in the wrong
 * place.
 */
function showKey(key: string): string {
  return /^[\w.-]{1,40}$/.test(key) ? `"${key}"` : `one of ${key.length} characters`;
}

const SCHEDULED_KEYS = [
  'version',
  'id',
  'detail-type',
  'source',
  'account',
  'time',
  'region',
  'resources',
  'detail',
];

/**
 * Returns whether EventBridge made the event: Scheduler's event for a schedule without input,
 * or a rule's "Scheduled Event".
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function isScheduledEvent(event: unknown): boolean {
  if (!isObject(event)) {
    return false;
  }
  const fields = new Map<string, unknown>(Object.entries(event));
  const detail = fields.get('detail');
  return (
    fields.size === SCHEDULED_KEYS.length &&
    SCHEDULED_KEYS.every((key) => fields.has(key)) &&
    fields.get('detail-type') === 'Scheduled Event' &&
    (fields.get('source') === 'aws.scheduler' || fields.get('source') === 'aws.events') &&
    // Scheduler sends the text "{}", rules an empty object.
    (detail === '{}' || (isObject(detail) && Object.keys(detail).length === 0))
  );
}

function isNameText(value: unknown): value is string {
  return typeof value === 'string' && isName(value);
}

function isLinkIdText(value: unknown): value is string {
  return typeof value === 'string' && isLinkId(value);
}

function isNameList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isNameText);
}

const MAX_TAG = 64;

function isTag(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TAG;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);
}

function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
}
