import { applyEdits, findNodeAtLocation, modify, type Node, parseTree, visit } from 'jsonc-parser';
import { fingerprint } from '../fingerprint.ts';
import type { Held } from '../history/restore.ts';
import { isObject } from '../is-object.ts';
import { isName } from '../names.ts';
import { remembered } from '../remembered.ts';
import { mayRepeatName } from '../repeated-names.ts';

/**
 * Holds the parsed tenant credential map (bin/README.md, "The tenant credential map"). Entries are
 * raw. tenant-entry.ts checks them one by one.
 */
export interface VaultMap {
  apps: ReadonlyMap<string, unknown>;
  tenants: ReadonlyMap<string, unknown>;
  /** Providers of the operator's own. */
  definitions: ReadonlyMap<string, unknown>;
  /** Knows, by fingerprint, the refresh tokens that platforms issued. Absent: none is known. */
  isIssued?: (print: string) => boolean;
}

/** Says that a text is no tenant credential map. It names the place and never a value. */
export class VaultMapError extends Error {
  override readonly name = 'VaultMapError';
  /** The line and column of the fault in parentheses, or an empty text. */
  readonly place: string;
  /** The secret's label, where it was read from a store. */
  secret: string | undefined;

  constructor(message: string, place = '') {
    super(message);
    this.place = place;
  }
}

/** Says which text is no map, why, and where in it. */
export function saidOf({ secret, message, place }: VaultMapError): string {
  const which = secret === undefined ? 'The text' : `The secret ${secret}`;
  return `${which} is not a valid tenant map: ${message}${place}.`;
}

/** Holds the values that an entry has to be spent, or null where it has none. Secrets. */
export interface HeldCredentials {
  code: string | null;
  refreshToken: string | null;
}

/** Describes a change to one tenant's credentials. */
export interface CredentialEdit {
  /** Takes the place of the one that is there. Null leaves that one. */
  refreshToken: string | null;
  /** Says that the code was spent. */
  removeCode: boolean;
}

const MAX_DEPTH = 100;
/** The names of the sections, also as people misspell them. */
const SECTION = /^(?:app|tenant|definition)s?$/i;

/**
 * Reads a vault secret's text. Null, a secret without a value, is an empty map. Throws VaultMapError
 * for anything that is not such a map, such as undefined (SecretBinary), a text that is not JSON,
 * duplicate keys, or another version.
 */
export function parseVaultMap(text: string | undefined | null): VaultMap {
  if (text === null) {
    return emptyMap();
  }
  if (text === undefined) {
    throw new VaultMapError(
      'it holds SecretBinary; the tenant credential map is text (SecretString)',
    );
  }
  const root = parseJson(text);
  if (mayRepeatName(text, root)) {
    refuseDuplicateKeys(text);
  }
  return toVaultMap(root);
}

/**
 * Reads what editCredentials made of a text that was read before. It has no key twice. Throws
 * VaultMapError.
 */
export function readEdited(text: string): VaultMap {
  return toVaultMap(parseJson(text));
}

function toVaultMap(root: unknown): VaultMap {
  if (!isObject(root)) {
    throw new VaultMapError('it is JSON, but not an object with "version", "apps" and "tenants"');
  }
  if (root.version !== 1) {
    throw new VaultMapError('its "version" is not 1');
  }
  // Without its section, every tenant would pass for one that was removed.
  const misspelt = misspeltSection(Object.keys(root));
  if (misspelt !== undefined) {
    throw new VaultMapError(`its "${misspelt}" is none of apps, tenants, definitions`);
  }
  return {
    apps: section(root, 'apps'),
    tenants: section(root, 'tenants'),
    definitions: section(root, 'definitions'),
  };
}

/** Returns the first key that means a section of the map and is not its name. */
export function misspeltSection(keys: readonly string[]): string | undefined {
  return keys.find((key) => SECTION.test(key) && !(key in emptyMap()));
}

/** Returns a map without entries. */
export function emptyMap(): VaultMap {
  return {
    apps: new Map(),
    tenants: new Map(),
    definitions: new Map(),
  };
}

/** Returns the credentials that an entry holds, whatever else is wrong with it. */
export function heldCredentials(entry: unknown): HeldCredentials {
  if (!isObject(entry)) {
    return { code: null, refreshToken: null };
  }
  const code = filledText(entry.authorization_code) ?? filledText(entry.device_code);
  return { code, refreshToken: filledText(entry.refresh_token) };
}

/** An empty text counts as none. */
function filledText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Holds the fingerprints of a map, and the refresh tokens by theirs. */
interface Fingerprinted {
  held: readonly Held[];
  refreshTokens: ReadonlyMap<string, string>;
}

/** A run asks the same map again and again. Maps are never changed. */
const fingerprinted = new WeakMap<VaultMap, Fingerprinted>();

/** Returns what the map's well-named tenants hold, as fingerprints. */
export function heldIn(map: VaultMap): readonly Held[] {
  return fingerprintsOf(map).held;
}

/** Returns every refresh token of a map by its fingerprint. */
export function refreshTokensByFingerprint(map: VaultMap): ReadonlyMap<string, string> {
  return fingerprintsOf(map).refreshTokens;
}

function fingerprintsOf(map: VaultMap): Fingerprinted {
  return remembered(fingerprinted, map, takeFingerprints);
}

function takeFingerprints(map: VaultMap): Fingerprinted {
  const held: Held[] = [];
  const refreshTokens = new Map<string, string>();
  for (const [tenant, entry] of map.tenants) {
    const { code, refreshToken } = heldCredentials(entry);
    const print = refreshToken && fingerprint(refreshToken);
    if (refreshToken && print) {
      refreshTokens.set(print, refreshToken);
    }
    if (isName(tenant)) {
      held.push({ tenant, code: code && fingerprint(code), refreshToken: print });
    }
  }
  return { held, refreshTokens };
}

/**
 * Edits the text in place. Only the named tenants' `refresh_token`, their code and its
 * `code_verifier` change. Every other byte is the operator's, and stays. Tenants that the text does
 * not hold are passed over.
 */
export function editCredentials(text: string, edits: ReadonlyMap<string, CredentialEdit>): string {
  const root = parseTree(text);
  if (!root) {
    return text;
  }
  const parts: string[] = [];
  let end = 0;
  for (const [tenant, node] of entryNodes(root)) {
    const edit = edits.get(tenant);
    if (!edit) {
      continue;
    }
    parts.push(text.slice(end, node.offset));
    end = node.offset + node.length;
    parts.push(editEntry(text, node, edit));
  }
  return parts.join('') + text.slice(end);
}

/** Returns the objects of a map's tenants with their names, in the order of the text. */
function entryNodes(root: Node): [tenant: string, node: Node][] {
  const properties = findNodeAtLocation(root, ['tenants'])?.children ?? [];
  return properties.flatMap(({ children: [key, node] = [] }) =>
    typeof key?.value === 'string' && node?.type === 'object' ? [[key.value, node]] : [],
  );
}

/** The fields of a code, by either consent (RFC 6749 section 4.1, RFC 8628). */
const CODE_FIELDS = ['authorization_code', 'device_code', 'code_verifier'];

function editEntry(text: string, node: Node, { refreshToken, removeCode }: CredentialEdit): string {
  const renewed =
    refreshToken === null ? textOf(text, node) : withRefreshToken(text, node, refreshToken);
  if (!removeCode) {
    return renewed;
  }
  return CODE_FIELDS.reduce((edited, field) => setField(edited, field, undefined), renewed);
}

function textOf(text: string, { offset, length }: Node): string {
  return text.slice(offset, offset + length);
}

/** Most entries hold one, in whose place the new one is put. */
function withRefreshToken(text: string, node: Node, value: string): string {
  const old = findNodeAtLocation(node, ['refresh_token']);
  if (!old) {
    return setField(textOf(text, node), 'refresh_token', value);
  }
  const before = text.slice(node.offset, old.offset);
  const after = text.slice(old.offset + old.length, node.offset + node.length);
  return `${before}${JSON.stringify(value)}${after}`;
}

/** Sets a field of an object's text, or removes it where the value is undefined. */
function setField(text: string, field: string, value: string | undefined): string {
  return applyEdits(text, modify(text, [field], value, {}));
}

function parseJson(text: string): unknown {
  try {
    // The text keeps its byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The engine's message quotes the text, which holds secrets.
    throw new VaultMapError('it is not JSON', placeOfFault(text));
  }
}

function placeOfFault(text: string): string {
  let place = '';
  const onError = (...[, , , line, column]: [number, number, number, number, number]) => {
    place ||= ` (line ${line + 1}, column ${column + 1})`;
  };
  try {
    visit(text, { onError }, { disallowComments: true });
  } catch {
    // It is nested so deep that the walk through it has no end.
  }
  return place;
}

/** Throws VaultMapError with the place of what is wrong. It takes longer than to count. */
function refuseDuplicateKeys(text: string): void {
  const open: { keys: Set<string>; last: string }[] = [];
  const enter = () => {
    if (open.push({ keys: new Set(), last: '[]' }) > MAX_DEPTH) {
      throw new VaultMapError(`it is nested more than ${MAX_DEPTH} levels deep`);
    }
  };
  const leave = () => {
    open.pop();
  };
  visit(text, {
    onObjectBegin: enter,
    onObjectEnd: leave,
    onArrayBegin: enter,
    onArrayEnd: leave,
    onObjectProperty(key) {
      const object = open.at(-1);
      if (!object) {
        return;
      }
      object.last = key;
      if (object.keys.has(key)) {
        const path = open.map(({ last }) => nameOrDots(last)).join('.');
        throw new VaultMapError(`the key ${path} stands twice`);
      }
      object.keys.add(key);
    },
  });
}

/** A key that is no name of ours may be a secret that was pasted wrongly. */
function nameOrDots(key: string): string {
  return key === '[]' || isName(key) ? key : '…';
}

function section(root: Record<string, unknown>, name: keyof VaultMap): Map<string, unknown> {
  const value = root[name];
  if (value === undefined) {
    return new Map();
  }
  if (!isObject(value)) {
    throw new VaultMapError(`its "${name}" is not an object`);
  }
  return new Map(Object.entries(value));
}
