/**
 * Returns what `attempt` gives for the greatest index below `length` for which it gives anything.
 * An index for which it gives nothing must have no greater one for which it gives something.
 */
export function findLast<T>(
  length: number,
  attempt: (index: number) => T | undefined,
): T | undefined {
  let found: T | undefined;
  let next = 0;
  let end = length;
  while (next < end) {
    const middle = Math.floor((next + end) / 2);
    const result = attempt(middle);
    if (result === undefined) {
      end = middle;
    } else {
      found = result;
      next = middle + 1;
    }
  }
  return found;
}
