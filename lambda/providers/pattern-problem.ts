/** A quantifier behind a group. An optional group is none. It is tried twice at most. */
const REPEAT = /^(?:[*+]|\{\d+(?:,\d*)?\})/;

/** No text that a pattern is held against is longer (url-choice.ts, kept-value.ts). */
const MOST_CHARACTERS = 256;

/** The ways in which one pattern may be tried. A million takes some milliseconds. */
const MOST_WAYS = 1_000_000;

/**
 * Returns the reason why a regular expression of an operator's own is refused, in our own words, or
 * undefined. Allowed are literals, classes, groups, alternatives and quantifiers of bounded cost:
 * no look-around, no back reference, and no repeated group that repeats or chooses inside.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > 200) {
    return 'it is longer than 200 characters';
  }
  if (!compiles(pattern)) {
    return 'it is no regular expression';
  }
  const bare = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\\[1-9k]/.test(pattern) || /\(\?(?!:)/.test(bare)) {
    return 'it has a back reference, a named group or a look-around';
  }
  const ways = countWays(bare.replaceAll('(?:', '('));
  if (ways === Number.POSITIVE_INFINITY) {
    return 'it repeats a group that repeats or chooses inside';
  }
  return ways > MOST_WAYS
    ? 'its quantifiers and alternatives allow too many ways: bound them, such as "{1,40}"'
    : undefined;
}

const SHOWN_PATTERN =
  /^[A-Za-z][A-Za-z0-9 _-]{1,30}(?:\\d){0,10}(?:\\d\{(?:[1-9]|10)(?:,(?:[1-9]|10))?\})?$/;

/**
 * Returns the reason why a pattern may not decide what leaves the archive, or undefined. It may
 * show a literal prefix and at most 10 digits, such as `AADSTS\d{4,7}`.
 */
export function shownPatternProblem(pattern: string): string | undefined {
  return SHOWN_PATTERN.test(pattern)
    ? undefined
    : 'it must be a literal prefix and at most 10 digits, such as "ERR\\\\d{1,6}"';
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(`^(?:${pattern})$`);
    return true;
  } catch {
    return false;
  }
}

/** The text between two brackets, or outside of all. */
interface Part {
  alternatives: number;
  ways: number;
}

/**
 * Returns the most ways in which a pattern may match one text, which is the product of the choices
 * of its quantifiers and alternatives. Infinity for a repeated group that chooses inside.
 */
function countWays(bare: string): number {
  const newPart = (): Part => ({ alternatives: 1, ways: 1 });
  const open = [newPart()];
  for (const { 0: sign, 1: least, 2: most, index } of bare.matchAll(SIGN)) {
    const closed = sign === ')' ? open.pop() : undefined;
    const around = open.at(-1) ?? newPart();
    if (sign === '(') {
      open.push(newPart());
    } else if (sign === '|') {
      around.alternatives += 1;
    } else {
      around.ways *= closed ? waysOf(closed, bare, index) : choicesOf(sign, least, most);
    }
  }
  return open.reduce((product, { alternatives, ways }) => product * alternatives * ways, 1);
}

function waysOf({ alternatives, ways }: Part, bare: string, closedAt: number): number {
  const inside = alternatives * ways;
  const isRepeated = REPEAT.test(bare.slice(closedAt + 1));
  return inside > 1 && isRepeated ? Number.POSITIVE_INFINITY : inside;
}

const SIGN = /[()|?*+]|\{(\d+)(,\d*)?\}/g;

/** Returns how many lengths a quantifier may take. `{3}` has one, `{3,}` as many as a text has. */
function choicesOf(sign: string, least: string | undefined, most: string | undefined): number {
  if (sign === '?') {
    return 2;
  }
  if (least !== undefined && most === undefined) {
    return 1;
  }
  const bound = Number(most?.slice(1)) || MOST_CHARACTERS;
  return Math.max(1, Math.min(bound, MOST_CHARACTERS) - Number(least ?? 0) + 1);
}
