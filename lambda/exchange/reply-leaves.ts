import { jwtPayload, parseJson } from './parse-reply.ts';
import { decoded } from './percent-decoded.ts';
import { speaksOfToken } from './text-tokens.ts';
import { withoutEntities } from './without-entities.ts';

/** A text or a number of a reply, with the letters of all names on the way to it. */
export interface Leaf {
  value: string | number;
  name: string;
  /** The letters of the last name alone. */
  key: string;
  /** The last name as it is written. */
  written: string;
}

interface Field extends Omit<Leaf, 'value'> {
  value: unknown;
}

/** Members under which lists of names and values keep the two. */
const LABELS = ['name', 'key', 'field', 'id', 'param', 'parameter', 'type'];
const LABELED = ['value', 'val', 'content', 'text', 'data'];
/** A list of what a server can do (RFC 8414 section 2) holds names alone. */
const LISTS_NAMES = /types?$|supported$|scopes?$/;
/** A token has no fewer bytes. */
const MIN_BYTES = 8;
/** Longer names only tell how deep a value lies. */
const MAX_NAME = 80;
/** The names of what makes up a key (RFC 7517) are short. */
const MOST_JWK_NAME = 8;
/** A pair of a name and a value in the query or the fragment of an address. */
const PAIR = /[?#&;]([\w.+%[\]-]+)=([^\s"'<>?&;#]{8,})/g;

/**
 * Returns the texts and numbers of a reply. A text that holds JSON gives what is in it, and one with
 * an address also the pairs of its query. What makes up a public key is left out. Walks without
 * recursion, and hands no list over as arguments. A reply may be nested as deep, and hold as many
 * values, as its limit lets it.
 */
export function leavesOf(body: unknown, isSeen: (value: string) => boolean): Leaf[] {
  const found: Leaf[] = [];
  const fields: Field[] = [{ value: body, ...named('', '') }];
  for (let field = fields.pop(); field; field = fields.pop()) {
    if (isText(field.value)) {
      field.value = withoutEntities(field.value);
    }
    const inner = fieldsWithin(field, isSeen);
    if (inner === null && isLeaf(field)) {
      found.push(field);
    }
    for (const one of inner ?? pairsWithin(field)) {
      fields.push(one);
    }
  }
  return found;
}

function isLeaf(field: Field): field is Leaf {
  return typeof field.value === 'string' || typeof field.value === 'number';
}

/** Returns the fields that lie within a value, or null where none can. */
function fieldsWithin(field: Field, isSeen: (value: string) => boolean): Field[] | null {
  const { value, name } = field;
  if (typeof value === 'object') {
    return membersOf(value ?? {}, name);
  }
  const nested = isText(value) && !isSeen(value) ? parseNested(value, name) : undefined;
  return nested === undefined ? null : [{ ...field, value: nested }];
}

function membersOf(value: object, name: string): Field[] {
  if (Array.isArray(value)) {
    const text = textOfBytes(value);
    return text === undefined ? itemsOf(value, name) : [{ value: text, ...named(name, '') }];
  }
  const members = Object.entries(value);
  const labels = members.filter(
    ([key, text]) => LABELS.includes(key.toLowerCase()) && isText(text),
  );
  const isPublicKey = 'kty' in value;
  return members
    .filter(([key]) => !isPublicKey || key.length > MOST_JWK_NAME)
    .map(([key, member]) => ({ value: member, ...named(name, labelOf(key, labels)) }));
}

/** A resource of JSON:API says beside its id what type it is of. */
function labelOf(key: string, labels: readonly [string, unknown][]): string {
  const label = /^id$/i.test(key)
    ? labels.find(([name]) => /^type$/i.test(name))
    : LABELED.includes(key.toLowerCase()) && labels[0];
  return label ? String(label[1]) : key;
}

function pairsWithin(field: Field): Field[] {
  const pairs = isText(field.value) ? pairsIn(field.value) : [];
  return pairs.map((pair) => ({ ...field, value: pair }));
}

/** Returns the pairs of addresses in a text, each as an object. */
export function pairsIn(text: string): Record<string, string>[] {
  const pairs = [...text.matchAll(PAIR)];
  return pairs.map(([, name = '', value = '']) => ({ [decoded(name)]: decoded(value) }));
}

/** A list may hold names and values by turns. */
function itemsOf(items: readonly unknown[], name: string): Field[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const written = isText(before) && !LISTS_NAMES.test(name) ? before : '';
    return { value: item, ...named(name, written) };
  });
}

function named(outer: string, written: string): Omit<Field, 'value'> {
  const key = lettersOf(written);
  return { name: `${outer}${key}`.slice(-MAX_NAME), key, written };
}

/** Returns the text that a list of its bytes makes, as `Buffer` becomes in JSON, or undefined. */
function textOfBytes(items: readonly unknown[]): string | undefined {
  const isPrintable = (item: unknown) => typeof item === 'number' && item > 0x20 && item < 0x7f;
  const isOne = items.length >= MIN_BYTES && items.every(isPrintable);
  return isOne ? Buffer.from(items as number[]).toString('latin1') : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Returns the letters of a name. */
export function lettersOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

/** Some servers put a reply into a text of their reply, as JSON or in Base64. */
function parseNested(text: string, name: string): unknown {
  if (/^\s*[{[]/.test(text)) {
    return parseJson(text)?.value;
  }
  const payload = jwtPayload(text);
  if (payload !== undefined && /idtoken$/.test(name)) {
    return undefined;
  }
  const encoded = payload ?? text;
  if (!/^e[wy][\w+/=-]{16,}$/.test(encoded)) {
    return undefined;
  }
  const json = Buffer.from(encoded, 'base64').toString('utf8');
  return speaksOfToken(json) ? parseJson(json)?.value : undefined;
}

/** Returns what stands in a text in Base64 or as a JSON Web Token, with something around it. */
export function encodedIn(text: string): unknown[] {
  const found = text.match(/e[wy][\w+/=-]{16,}(?:\.[\w-]+\.[\w-]*)?/g) ?? [];
  return found.map((encoded) => parseNested(encoded, ''));
}
