/** Returns the known name that a mistyped one most likely means, or null. */
function closest(typed: string, known: Iterable<string>): string | null {
  const limit = Math.min(typed.length - 1, Math.max(1, Math.floor(typed.length / 3)));
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    if (Math.abs(name.length - typed.length) > limit) {
      continue;
    }
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { name, distance };
    }
  }
  return best?.name ?? null;
}

/** Returns ` Did you mean acme?`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const name = closest(typed, known);
  return name === null ? '' : ` Did you mean ${name}?`;
}

/**
 * Counts how many letters to put, drop, change or swap with their neighbour (optimal string
 * alignment).
 */
function editDistance(a: string, b: string): number {
  let twoBack: number[] = [];
  let before = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      now[column] = Math.min(
        (before[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (before[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (twoBack[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [twoBack, before] = [before, now];
  }
  return before[b.length] ?? 0;
}
