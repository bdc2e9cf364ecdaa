import { isBlank } from './reply-fields.ts';

/** Ends of names that hold a token, as `data.accessToken` and `tokens.refresh` have them. */
const TOKEN_NAME = /(refresh|access)tokens?(value|string|s)?$|tokens?(refresh|access)$/;
/** Values that stand under such a name and are none. */
const WORDS = 'null|nil|none|undefined|true|false|bearer|string|(refresh|access).?token';
const NO_TOKEN = new RegExp(`^(${WORDS}|\\W+|\\W*redacted\\W*)$`, 'i');
/** A number that long is an identifier, and no count of seconds. */
const MIN_NUMBER = 10_000_000;
const MAX_DEPTH = 20;

const QUOTE = String.raw`(?:\\*["'\x60\]]|&quot;|&#3[49];|%22)*`;
const ASSIGNED = String.raw`\s*(?:\bvalue\s*)?(?:=>|[:=>]|%3A|%3D)\s*`;
const VALUE = String.raw`((?:\\\/|[^\s"'\x60<>&,;{}()[\]\\])+)`;
/** A token's name and value in any notation, such as JSON, Python, XML, an HTML form, a query. */
const NAMED_VALUE = new RegExp(
  `(?:refresh|access)[ _.-]?token${QUOTE}${ASSIGNED}${QUOTE}${VALUE}`,
  'gi',
);

/**
 * Returns true if a reply still holds, under a name like `refresh_token`, `refreshToken` or
 * `access_token`, a value that nobody has seen. `body` is the parsed part, `rest` the text that is
 * no part of it. `isSeen` knows what was read of the reply, and what we sent or hold.
 */
export function holdsUnseenToken(
  { body, rest }: { body?: unknown; rest: string },
  isSeen: (value: string) => boolean,
): boolean {
  const candidates = [...tokensIn(body, '', 0), ...tokensInText(rest)];
  return candidates.some((value) => !isSeen(value) && !isSeen(decoded(value)));
}

function tokensIn(value: unknown, name: string, depth: number): string[] {
  if (typeof value === 'string') return tokensInField(value, name, depth);
  if (typeof value === 'number')
    return TOKEN_NAME.test(name) && value >= MIN_NUMBER ? [String(value)] : [];
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    tokensIn(member, `${name}${key.toLowerCase().replace(/[^a-z]/g, '')}`, depth + 1),
  );
}

function tokensInField(text: string, name: string, depth: number): string[] {
  const nested = parseObject(text);
  if (nested !== undefined) return tokensIn(nested, name, depth + 1);
  const own = TOKEN_NAME.test(name) && isToken(text) ? [text] : [];
  return [...own, ...tokensInText(text)];
}

/** Some servers put a reply into a text of their reply. */
function parseObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function tokensInText(text: string): string[] {
  const values = [...text.matchAll(NAMED_VALUE)].map(([, value = '']) =>
    value.replaceAll('\\/', '/').replace(/(%22|&quot).*$/, ''),
  );
  return values.filter((value) => isToken(value) && /\d|.{8}/.test(value));
}

function isToken(text: string): boolean {
  return !isBlank(text) && !NO_TOKEN.test(text.trim());
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
