import { type Leaf, leavesOf } from './reply-leaves.ts';

/** Names of values that look like a token and are none. The request's own may be echoed. */
const OTHER_NAME = new RegExp(
  '(?:(?<!session|token|auth|credential)ids?|jti|uuid|guid|trace|span|ray|request|correlation|' +
    'transaction|reference|ref|nonce|csrf|xsrf|csrftoken|xsrftoken|hash|digest|checksum|etag|sig|' +
    'signature|fingerprint|sub|subject|users?|username|account|email|name|code|messages?|msg|' +
    'details?|descriptions?|reason|title|errors?|type|status|version|build|commit|revision|' +
    'server|host|hostname|instance|node|pod|region|path|ur[il]|href|link|location|time|timestamp|' +
    'date|state|verifier|challenge|assertion|clientsecret|authorization|useragent|cookie|kid|' +
    'cursor|nexttoken|pagetoken|devicetoken)$',
);
/** Names that are a token's, without saying which. */
const TOKEN_NAME = /(?:^|x|auth|bearer|user|api|oauth|data|result)(?:token|tok|jwt|bearer)$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** A page that shows a word or two is short. */
const MOST_PAGE = 16_384;
const HTML = /<(?:!doctype html|html|head|body|script|title|div|p|h\d|form|meta)\b/i;

/** Two events of a stream, or two objects, which may bring a token piece by piece. */
const PIECES = /^data:.*\w[\s\S]*^data:.*\w|\}\s*\{/m;

interface Reply {
  body?: unknown;
  rest: string;
}

type IsSeen = (value: string) => boolean;

/**
 * Returns true if a reply without a refresh token where one belongs holds a value that looks like
 * a token and that nobody has seen, whatever its name.
 */
export function holdsUnnamedToken({ body, rest }: Reply, isSeen: IsSeen): boolean {
  const leaves = leavesOf(body, isSeen).filter(isTextLeaf);
  const unseen = leaves.filter(({ value }) => !isSeen(value.trim()));
  const isAlone = unseen.length === leaves.length;
  if (isAlone && isBareList(body)) {
    return true;
  }
  return (
    unseen.some((leaf) => isUnnamedToken(leaf) && (isAlone || !/idtoken$/.test(leaf.name))) ||
    wordsOf(rest).some((word) => looksLikeToken(word) && !isSeen(word)) ||
    (PIECES.test(rest) && !HTML.test(rest))
  );
}

/** Returns true for a reply that repeats what was sent. */
export function isEcho({ body, rest }: Reply, isSeen: IsSeen): boolean {
  const values = leavesOf(body, isSeen)
    .filter(isTextLeaf)
    .map(({ value }) => value);
  return [...values, ...wordsOf(rest)].some(isSeen);
}

/** A list of long words and numbers alone is tokens with a life, whatever the words look like. */
function isBareList(body: unknown): boolean {
  if (!Array.isArray(body)) {
    return false;
  }
  const isWord = (item: unknown) => typeof item === 'string' && /^[\w.~+/|=-]{16,}$/.test(item);
  return body.some(isWord) && body.every((item) => isWord(item) || typeof item === 'number');
}

interface TextLeaf extends Leaf {
  value: string;
}

function isTextLeaf(leaf: Leaf): leaf is TextLeaf {
  return typeof leaf.value === 'string';
}

function isUnnamedToken({ value, name }: TextLeaf): boolean {
  const text = value.trim().replace(/^Bearer\s+/i, '');
  if (TOKEN_NAME.test(name) && !OTHER_NAME.test(name)) {
    return /^\S{16,}$/.test(text) && /[a-z]/i.test(text);
  }
  return !OTHER_NAME.test(name) && (looksLikeToken(text) || isLongDigest(text));
}

/** Returns the words of a text, or of what a page shows where that is a word or two. */
function wordsOf(text: string): string[] {
  if (!HTML.test(text)) {
    return text.split(/[\s"'`<>,;&?#(){}[\]]+/).map(withoutName);
  }
  if (text.length > MOST_PAGE) {
    return [];
  }
  const shown = text
    .replace(/<(script|style|title)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .trim()
    .split(/\s+/);
  return shown.length <= 2 ? shown : [];
}

/** A pair of a name and a value is its value where the name may be a token's. */
function withoutName(word: string): string {
  const [, name, value = ''] = /^([a-z_.-]{1,40})[=:](.+)$/i.exec(word) ?? [];
  if (name === undefined) {
    return word;
  }
  return OTHER_NAME.test(name.toLowerCase().replace(/[^a-z]/g, '')) ? '' : value;
}

/** A token is one long word that no language has. Hexadecimal digits may be a trace's. */
function looksLikeToken(word: string): boolean {
  if (!/^[\w.~+/|=-]{20,}$/.test(word) || UUID.test(word) || /^[\da-f]+$/i.test(word)) {
    return false;
  }
  const runs = word.match(/[a-z\d]{10,}/gi) ?? [];
  return runs.some((run) => /\d/.test(run) && /[a-z]/i.test(run));
}

/** Longer than the number of a trace. */
function isLongDigest(word: string): boolean {
  return /^[\da-f]{40,}$/i.test(word);
}
