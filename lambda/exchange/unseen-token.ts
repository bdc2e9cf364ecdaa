import { jwtPayload, parseJson } from './parse-reply.ts';
import { isToken } from './reply-fields.ts';
import { isRandom, speaksOfToken, tokenAlone, tokensInText } from './text-tokens.ts';

/** Names of an access token, as `data.accessToken` and `tokens.access` have them. */
const ACCESS_NAME = /accesstokens?(value|string|s)?$|tokens?access$/;
/** Names that begin with, or are, a refresh token's, and what follows. */
const REFRESH_NAME = /^.*(?:refreshtokens?(?<more>[a-z]*)|tokens?refresh(?:value|string|s)?)$/s;
/** What follows the name where the value says something about the token. */
const ABOUT_TOKEN = new RegExp(
  '^(?:expir|exp$|ttl|life|valid|type|scope|issue|creat|updat|time|date|status|state|count|hash|' +
    'hint|rotat|revok|reuse|ur[il]|endpoint|ids?$|in$|at$|error|message|description|format|' +
    'length|method|policy|version|enabled|support|present|exist|duration|seconds|days|max|age|' +
    'grace|window|interval|limit|old|prev|last)',
);
/** Other words for a refresh token. */
const RENEWAL_KEY = /^(?:\w*renew(?:al|ed)?|offline|rotated|new|r)tokens?$/;
/** Members under which lists of names and values keep the two. */
const LABELS = ['name', 'key', 'field', 'id', 'param', 'parameter', 'type'];
const LABELED = ['value', 'val', 'content', 'text', 'data'];
/** A list of what a server can do (RFC 8414 section 2) holds names alone. */
const LISTS_NAMES = /types?$|supported$|scopes?$/;
/** A number that short counts seconds, or says yes or no. */
const MIN_NUMBER = 10_000;
/** A token has no fewer bytes. */
const MIN_BYTES = 8;
/** Longer names only tell how deep a value lies. */
const MAX_NAME = 80;

/**
 * Returns true if a reply still holds, under a name like `refresh_token`, `refreshToken` or
 * `access_token`, a value that nobody has seen. `body` is the parsed part, `rest` the text that is
 * no part of it. `isSeen` knows what was read of the reply, and what we sent or hold.
 */
export function holdsUnseenToken(
  { body, rest }: { body?: unknown; rest: string },
  isSeen: (value: string) => boolean,
): boolean {
  const candidates = [
    ...tokenAlone(typeof body === 'string' ? body : rest),
    ...tokensIn(body, isSeen),
    ...tokensInText(rest),
    ...tokensIn(encodedIn(rest), isSeen),
  ];
  return candidates.some((value) => !isSeen(value.trim()) && !isSeen(decoded(value)));
}

/** A value of a reply, with the letters of all names on the way to it. */
interface Field {
  value: unknown;
  name: string;
  /** The last of the names alone. */
  key: string;
}

/**
 * Walks without recursion, and hands no list over as arguments. A reply may be nested as deep, and
 * hold as many values, as its limit lets it.
 */
function tokensIn(body: unknown, isSeen: (value: string) => boolean): string[] {
  const found: string[][] = [];
  const fields: Field[] = [{ value: body, name: '', key: '' }];
  for (let field = fields.pop(); field; field = fields.pop()) {
    const { tokens, inner } = lookInto(field, isSeen);
    found.push(tokens);
    for (const one of inner) {
      fields.push(one);
    }
  }
  return found.flat();
}

/** Returns the tokens of one value, and the fields that lie within it. */
function lookInto(
  field: Field,
  isSeen: (value: string) => boolean,
): { tokens: string[]; inner: Field[] } {
  const { value, name } = field;
  switch (typeof value) {
    case 'number':
      return { tokens: isNumberToken(name, value) ? [String(value)] : [], inner: [] };
    case 'string': {
      const nested = isSeen(value) ? undefined : parseNested(value, name);
      if (nested === undefined) {
        return { tokens: tokensInField(field, value), inner: [] };
      }
      return { tokens: [], inner: [{ ...field, value: nested }] };
    }
    case 'object':
      return { tokens: [], inner: membersOf(value ?? {}, name) };
    default:
      return { tokens: [], inner: [] };
  }
}

function membersOf(value: object, name: string): Field[] {
  if (Array.isArray(value)) {
    const text = textOfBytes(value);
    return text === undefined ? itemsOf(value, name) : [{ value: text, name, key: '' }];
  }
  const members = Object.entries(value);
  const label = members.find(([key, text]) => LABELS.includes(key.toLowerCase()) && isText(text));
  return members.map(([key, member]) => {
    const isLabeled = label !== undefined && LABELED.includes(key.toLowerCase());
    const letters = lettersOf(isLabeled ? String(label[1]) : key);
    return {
      value: member,
      name: `${name}${letters}`.slice(-MAX_NAME),
      key: letters,
    };
  });
}

/** A list may hold names and values by turns. */
function itemsOf(items: readonly unknown[], name: string): Field[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const key = isText(before) && !LISTS_NAMES.test(name) ? lettersOf(before) : '';
    return { value: item, name: `${name}${key}`.slice(-MAX_NAME), key };
  });
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

function lettersOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

function isNumberToken(name: string, value: number): boolean {
  const isNamed = ACCESS_NAME.test(name) || /refreshtokens?$/.test(name);
  return isNamed && Math.abs(value) >= MIN_NUMBER;
}

function tokensInField({ name, key }: Field, text: string): string[] {
  const own = isToken(text) && isTokenField(name, key, text) ? [text] : [];
  return [...own, ...tokensInText(text)];
}

function isTokenField(name: string, key: string, text: string): boolean {
  if (ACCESS_NAME.test(name)) {
    return true;
  }
  const isShortName = SHORT_NAMES.has(key) || RENEWAL_KEY.test(key);
  const isNamed = isShortName || (isRefreshKey(key) && isRandom(text));
  if (isNamed && isLongWord(text)) {
    return true;
  }
  const more = REFRESH_NAME.exec(name)?.groups?.more;
  if (more === undefined) {
    return REFRESH_NAME.test(name);
  }
  if (/^(?:value|string|s)?$/.test(more)) {
    return true;
  }
  return !ABOUT_TOKEN.test(more) && isWord(text);
}

/** Such a name counts only above a long value. */
const SHORT_NAMES: ReadonlySet<string> = new Set(['refresh', 'rt']);

function isLongWord(text: string): boolean {
  return /^\S{16,}$/.test(text) && isWord(text) && !/^https?:/.test(text);
}

/** Numbers and dates are no word. */
function isWord(text: string): boolean {
  return /^\S{8,}$/.test(text) && !/^[\d.:TZ+-]*$/.test(text);
}

/** Such as `refreshTk` or `new_refresh`, but not `refresh_window`. */
function isRefreshKey(key: string): boolean {
  const more = /refresh(?:ed)?(?!tokens?)(?<more>[a-z]*)$/.exec(key)?.groups?.more;
  return more !== undefined && !ABOUT_TOKEN.test(more);
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
function encodedIn(text: string): unknown[] {
  const found = text.match(/e[wy][\w+/=-]{16,}(?:\.[\w-]+\.[\w-]*)?/g) ?? [];
  return found.map((encoded) => parseNested(encoded, ''));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
