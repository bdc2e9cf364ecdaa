/** Counts credentials that an excuse covers, and those of them that nobody accepts any more. */
export interface Excused {
  credentials: number;
  lost: number;
}

/** Adds to a sum of excuses. */
export function addExcused(sum: Map<string, Excused>, more: ReadonlyMap<string, Excused>): void {
  for (const [excuse, { credentials, lost }] of more) {
    const before = sum.get(excuse) ?? { credentials: 0, lost: 0 };
    sum.set(excuse, { credentials: before.credentials + credentials, lost: before.lost + lost });
  }
}
