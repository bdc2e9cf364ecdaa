import { decoded } from './percent-decoded.ts';
import { isToken } from './reply-fields.ts';
import { encodedIn, type Leaf, leavesOf, pairsIn } from './reply-leaves.ts';
import { isRandom, tokenAlone, tokensInText } from './text-tokens.ts';

type IsSeen = (value: string) => boolean;

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
/** Other words for a refresh token, and short forms of its name. They count above a long value. */
const RENEWAL_KEY = new RegExp(
  '^(?:refresh|rf?t|renewal|offline(?:access)?|' +
    'x?(?:\\w*renew(?:al|ed)?|offline|rotated|new|r|rf|ref|refr|longlived|persistent)to?ke?n?s?)$',
);
/** A number that short counts seconds, or says yes or no. */
const MIN_NUMBER = 10_000;

/**
 * Returns true if a reply still holds, under a name like `refresh_token`, `refreshToken` or
 * `access_token`, a value that nobody has seen. `body` is the parsed part, `rest` the text that is
 * no part of it. `isSeen` knows what was read of the reply, and what we sent or hold.
 */
export function holdsUnseenToken(
  { body, rest }: { body?: unknown; rest: string },
  isSeen: IsSeen,
): boolean {
  const within = leavesOf([...encodedIn(rest), ...pairsIn(rest)], isSeen);
  const candidates = [
    ...tokenAlone(typeof body === 'string' ? body : rest),
    ...leavesOf(body, isSeen).flatMap(tokensOf),
    ...tokensInText(rest),
    ...within.flatMap(tokensOf),
  ];
  return candidates.some((value) => isUnseen(value, isSeen));
}

/**
 * Returns true if a member of a reply has a token's name, and a value that nobody has seen and that
 * may be one by `mayBe`.
 */
export function hasUnseenMember(
  body: unknown,
  isSeen: IsSeen,
  mayBe: (value: string) => boolean,
): boolean {
  return hasUnseenLeaf(leavesOf(body, isSeen), (value) => isSeen(value) || !mayBe(value));
}

/** Returns true for such a member, if its name is not that of an access token. */
export function hasUnseenRefreshMember(body: unknown, isSeen: IsSeen): boolean {
  const leaves = leavesOf(body, isSeen).filter(({ name }) => !ACCESS_NAME.test(name));
  return hasUnseenLeaf(leaves, isSeen);
}

function hasUnseenLeaf(leaves: readonly Leaf[], isSeen: IsSeen): boolean {
  return leaves.flatMap(valuesByName).some((value) => isUnseen(value, isSeen));
}

function isUnseen(value: string, isSeen: IsSeen): boolean {
  return !isSeen(value.trim()) && !isSeen(decoded(value));
}

function tokensOf(leaf: Leaf): string[] {
  const { value } = leaf;
  const inText = typeof value === 'string' ? tokensInText(value) : [];
  return [...valuesByName(leaf), ...inText];
}

function valuesByName({ value, ...names }: Leaf): string[] {
  if (typeof value === 'number') {
    return isNumberToken(names.name, value) ? [String(value)] : [];
  }
  return isToken(value) && isTokenField(names, value) ? [value] : [];
}

function isNumberToken(name: string, value: number): boolean {
  const isNamed = ACCESS_NAME.test(name) || /refreshtokens?$/.test(name);
  return isNamed && Math.abs(value) >= MIN_NUMBER;
}

function isTokenField({ name, key, written }: Omit<Leaf, 'value'>, text: string): boolean {
  if (ACCESS_NAME.test(name)) {
    return true;
  }
  const isShortName = RENEWAL_KEY.test(key) || endsInRt(written);
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

/** Such as `__Host-rt`, `app_rt` and `userRt`, but not `cart`. */
function endsInRt(written: string): boolean {
  return /[^a-z]rt$|[a-z]R[Tt]$/.test(written);
}

function isLongWord(text: string): boolean {
  return /^\S{16,}$/.test(text) && isWord(text) && !text.includes('://');
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
