/**
 * Returns the middle one of some numbers, or the share `at` of them (0.99: only 1 % is greater).
 */
export function median(values: readonly number[], at = 0.5): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
}
