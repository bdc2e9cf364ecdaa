import { isObject } from '../is-object.ts';
import { isName } from '../names.ts';
import { correctionOf } from './correction.ts';
import type { VaultMap } from './vault-map.ts';

/** Says which field of an entry is wrong, and why, in our own words. Never holds its value. */
export class EntryFault extends Error {
  override readonly name = 'EntryFault';
  readonly path: string;
  readonly nextStep: string;
  constructor(path: string, problem: string, nextStep: string = correctionOf(path)) {
    super(problem);
    this.path = path;
    this.nextStep = nextStep;
  }
}

/** Holds a tenant's entry laid over its app's, and says where each field is. */
export interface MergedEntry extends Pick<VaultMap, 'isIssued'> {
  tenant: string;
  app: string | null;
  values: Readonly<Record<string, unknown>>;
  pathOf(field: string): string;
}

/** Lays a tenant's entry over its app's. The tenant's own fields win. Throws EntryFault. */
export function mergeWithApp(tenant: string, map: VaultMap): MergedEntry {
  if (!isName(tenant)) {
    throw new EntryFault(
      'tenants',
      'its name is not allowed',
      'Rename it: 1 to 64 letters, digits, ".", "_" or "-", the first a letter or digit.',
    );
  }
  const own = filledFields(map.tenants.get(tenant), `tenants.${tenant}`);
  const app = own.app ?? null;
  if (app === null) {
    return {
      tenant,
      app,
      values: own,
      pathOf: (field) => `tenants.${tenant}.${field}`,
    };
  }
  if (typeof app !== 'string' || !isName(app)) {
    throw new EntryFault(`tenants.${tenant}.app`, 'it must be the name of an app');
  }
  if (!map.apps.has(app)) {
    throw new EntryFault(`tenants.${tenant}.app`, 'the map has no app of that name');
  }
  const lent = lentFields(map, app);
  const pathOf = (field: string) =>
    field in lent && !(field in own) ? `apps.${app}.${field}` : `tenants.${tenant}.${field}`;
  return {
    tenant,
    app,
    values: { ...withoutSecretsOf(own, lent), ...own },
    pathOf,
  };
}

/** An app lends its fields to many tenants, and maps are never changed. */
const lentByApp = new WeakMap<object, Record<string, unknown>>();

/** Reads the fields that an app has for its tenants. Throws EntryFault. */
function lentFields({ apps }: VaultMap, app: string): Record<string, unknown> {
  const entry = apps.get(app);
  const known = isObject(entry) ? lentByApp.get(entry) : undefined;
  if (known) {
    return known;
  }
  const lent = filledFields(entry, `apps.${app}`);
  for (const field of ['refresh_token', 'authorization_code', 'device_code']) {
    if (field in lent) {
      throw new EntryFault(
        `apps.${app}.${field}`,
        'an app holds no credential',
        'Move it from the app into the tenant it belongs to.',
      );
    }
  }
  if (isObject(entry)) {
    lentByApp.set(entry, lent);
  }
  return lent;
}

/**
 * Returns what an app lends a tenant. A tenant's own client secret, or list of them, wins over
 * both.
 */
function withoutSecretsOf(
  own: Record<string, unknown>,
  lent: Record<string, unknown>,
): Record<string, unknown> {
  if (!('client_secret' in own) && !('client_secrets' in own)) {
    return lent;
  }
  const { client_secret: _, client_secrets: __, ...rest } = lent;
  return rest;
}

/** Returns the object's fields without the blank ones. Null and empty texts count as absent. */
function filledFields(value: unknown, path: string): Record<string, unknown> {
  if (!isObject(value)) {
    throw new EntryFault(path, 'it must be an object');
  }
  const filled: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value)) {
    if (field !== null && field !== '') {
      filled[name] = field;
    }
  }
  return filled;
}

/** Returns a text field, or undefined where there is none. Throws EntryFault for another type. */
export function readText(entry: MergedEntry, field: string): string | undefined {
  const value = entry.values[field];
  if (value !== undefined && typeof value !== 'string') {
    throw new EntryFault(entry.pathOf(field), 'it must be a text');
  }
  return value;
}

/**
 * Returns a field with one of a few values, or undefined where there is none. Throws EntryFault for
 * any other value.
 */
export function readOneOf<T extends string>(
  entry: MergedEntry,
  field: string,
  allowed: readonly T[],
): T | undefined {
  const value = entry.values[field];
  if (value === undefined) {
    return undefined;
  }
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw new EntryFault(entry.pathOf(field), `it must be one of ${allowed.join(', ')}`);
  }
  return found;
}

/**
 * Returns a whole number of at least `least`, or undefined where there is none. Throws EntryFault
 * for anything else.
 */
export function readWhole(entry: MergedEntry, field: string, least: number): number | undefined {
  const value = entry.values[field];
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new EntryFault(entry.pathOf(field), `it must be a whole number, at least ${least}`);
  }
  return value;
}

/** Returns a boolean, or undefined where there is none. Throws EntryFault for anything else. */
export function readBoolean(entry: MergedEntry, field: string): boolean | undefined {
  const value = entry.values[field];
  if (value !== undefined && typeof value !== 'boolean') {
    throw new EntryFault(entry.pathOf(field), 'it must be true or false');
  }
  return value;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Returns header names with values, as RFC 9110 section 5.5 allows them. Throws EntryFault for
 * anything else.
 */
export function readHeaders(entry: MergedEntry): Record<string, string> {
  const headers = entry.values.headers ?? {};
  const path = entry.pathOf('headers');
  if (!isObject(headers)) {
    throw new EntryFault(path, 'it must be an object of header names and texts');
  }
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => {
    if (!HEADER_NAME.test(name)) {
      throw new EntryFault(path, 'it has a name that no HTTP header can have');
    }
    if (typeof value !== 'string') {
      throw new EntryFault(`${path}.${name}`, 'it must be a text');
    }
    checkHeaderValue(value, `${path}.${name}`);
    return [name, value];
  });
  return Object.fromEntries(pairs);
}

/**
 * Throws EntryFault for a value that no header can carry, such as line breaks and other control
 * characters, or characters beyond Latin-1.
 */
export function checkHeaderValue(value: string, path: string): void {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new EntryFault(
      path,
      'it has a character that no HTTP header can carry, such as a line break',
    );
  }
}
