/** A group that repeats and holds something that repeats: its matching may take for ever. */
const REPEAT = /^(?:[*+]|\{\d+(?:,\d*)?\})/;

/**
 * The reason why a regular expression of an operator's own is refused, in our own words, or
 * undefined. Allowed are literals, classes, groups, alternatives and quantifiers of bounded cost:
 * no look-around, no back reference, and no repeated group that repeats or chooses inside.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > 200) return 'it is longer than 200 characters';
  if (!compiles(pattern)) return 'it is no regular expression';
  const bare = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\\[1-9k]/.test(pattern) || /\(\?(?!:)/.test(bare))
    return 'it has a back reference, a named group or a look-around';
  if (hasNestedRepeat(bare)) return 'it repeats a group that repeats or chooses inside';
  const repeats = bare.match(/[*+]|\{\d+(?:,\d*)?\}/g) ?? [];
  return repeats.length > 6 ? 'it has more than 6 quantifiers' : undefined;
}

/**
 * The reason why a pattern may not decide what leaves the archive, or undefined: it may show a
 * literal prefix and at most 10 digits, such as `AADSTS\d{4,7}`.
 */
export function shownPatternProblem(pattern: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9 _-]{1,30}(?:\\d){0,10}(?:\\d\{(?:[1-9]|10)(?:,(?:[1-9]|10))?\})?$/.test(
    pattern,
  )
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

/** Walks through the groups; each remembers whether it repeats or chooses something inside. */
function hasNestedRepeat(bare: string): boolean {
  const open = [{ isCostly: false }];
  for (const { 0: sign, index } of bare.matchAll(/[()|?*+{]/g)) {
    if (sign === '(') {
      open.push({ isCostly: false });
      continue;
    }
    const group = sign === ')' ? open.pop() : undefined;
    const isRepeated = group !== undefined && REPEAT.test(bare.slice(index + 1));
    if (isRepeated && group.isCostly) return true;
    const around = open.at(-1);
    if (around) around.isCostly ||= group === undefined || group.isCostly || isRepeated;
  }
  return false;
}
