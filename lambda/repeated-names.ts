/** The end of each name in a text of JSON (RFC 8259). The end of a value may look the same. */
const NAME_END = /"\s*:/g;

const MAX_DEPTH = 100;

/**
 * Returns whether an object in a text of JSON may have one name twice. `value` is what the text was
 * parsed to, with each name once. False is certain. True may also mean that a text within it looks
 * like a name, or that it is nested too deeply to tell.
 */
export function mayRepeatName(text: string, value: unknown): boolean {
  const ends = text.match(NAME_END) ?? [];
  return ends.length !== countNames(value, 0);
}

/** Counts the names of all objects in a value, or returns -1 where it is nested too deeply. */
function countNames(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) {
    return 0;
  }
  if (depth >= MAX_DEPTH) {
    return -1;
  }
  const members = Object.values(value);
  let count = Array.isArray(value) ? 0 : members.length;
  for (const member of members) {
    const inner = countNames(member, depth + 1);
    if (inner < 0) {
      return -1;
    }
    count += inner;
  }
  return count;
}
