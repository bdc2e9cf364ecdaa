import { type Leaf, leavesOf, lettersOf } from './reply-leaves.ts';
import { plainText } from './text-tokens.ts';

/** Names of values that look like a token and are none. The request's own may be echoed. */
const OTHER_NAME = new RegExp(
  '(?:(?<!session|token|auth|credential)ids?|jti|trace|request|' +
    'ref|nonce|[cx]srf|(?:[cx]srf|next|page|device)token|hash|digest|checksum|etag|sig|signature|' +
    'fingerprint|sub|subject|users?|account|email|client|org|organi[sz]ation|aud|audience|' +
    'tenant|realm|resource|region|scopes?|server|name|code|info|errors?|type|commit|build|' +
    'version|reference|host|ur[il]|state|verifier|challenge|assertion|clientsecret|authorization|cookie|cursor)$',
);
/** Names that are a token's, without saying which. */
const TOKEN_NAME = /(?:^|x|auth|bearer|user|api|oauth|data|result)(?:token|tok|jwt|bearer)$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** A page that shows a word or two is short. */
const MOST_PAGE = 16_384;
const HTML = /<(?:!doctype html|html|head|body|title|div|p|h\d|form|meta)\b/i;

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
  // Beside an access token, an ID token only says who consented.
  const others = isAlone ? unseen : unseen.filter(({ name }) => !/idtoken$/.test(name));
  const shown = shownOf(rest);
  return others.some(isUnnamedToken) || holdsWord(shown, isSeen) || PIECES.test(shown);
}

/** The word before another one is its name. */
function holdsWord(text: string, isSeen: IsSeen): boolean {
  return wordsOf(text).some((value, index, words) => {
    const name = lettersOf(words[index - 1] ?? '');
    return isUnnamedToken({ value, name }) && !isSeen(value);
  });
}

/** Returns true for a reply that repeats what was sent. */
export function isEcho({ body, rest }: Reply, isSeen: IsSeen): boolean {
  const values = leavesOf(body, isSeen)
    .filter(isTextLeaf)
    .map(({ value }) => value);
  return [...values, ...wordsOf(shownOf(rest))].some(isSeen);
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

function isUnnamedToken({ value, name }: Pick<TextLeaf, 'value' | 'name'>): boolean {
  if (OTHER_NAME.test(name)) {
    return false;
  }
  const text = value.trim().replace(/^Bearer\s+/i, '');
  return TOKEN_NAME.test(name)
    ? /^\S{16,}$/.test(text) && /[a-z]/i.test(text)
    : looksLikeToken(text);
}

/** Returns a text as it is meant, of a page only what it shows. */
function shownOf(text: string): string {
  if (!HTML.test(text)) {
    return plainText(text);
  }
  const page = text.slice(0, MOST_PAGE).replace(/<(script|style|title)\b.*?<\/\1>/gis, ' ');
  return plainText(page.replace(/<[^<>]*>/g, ' '));
}

/** Returns names and values one after the other. Signs of equality at the end are a token's. */
function wordsOf(text: string): string[] {
  return text.split(/(?:[\s"'`<>,:;&?#(){}[\]]|\\(?=[\\"'])|=(?=[^\s=]))+/);
}

/** From a small letter to a capital or a digit, and so on. No word of a language has so many. */
const TURN = /[a-z](?=[A-Z\d])|[A-Z](?=[a-z\d])|\d(?=[A-Za-z])/g;
const MIN_TURNS = 8;

/** A token is one long word that no language has. Few hexadecimal digits may be a trace's. */
function looksLikeToken(word: string): boolean {
  if (!/^[\w.~+/|=-]{20,}$/.test(word) || UUID.test(word) || /^[\da-f]{1,39}$/i.test(word)) {
    return false;
  }
  const runs = word.match(/[a-z\d]{10,}/gi) ?? [];
  const turns = word.match(TURN) ?? [];
  return (
    runs.some((run) => /\d/.test(run) && /[a-z]/i.test(run)) ||
    (turns.length >= MIN_TURNS && /\d/.test(word))
  );
}
