/** No platform's parameter is longer. */
const MOST_CHARACTERS = 256;

/**
 * Returns what is kept of a redirect's parameter, the group of its pattern, or else the whole
 * value. Undefined where the pattern does not match the whole value.
 */
export function keptValue(pattern: string, value: string): string | undefined {
  if (value.length > MOST_CHARACTERS) {
    return undefined;
  }
  const match = new RegExp(`^(?:${pattern})$`).exec(value);
  return match ? (match[1] ?? match[0]) : undefined;
}
