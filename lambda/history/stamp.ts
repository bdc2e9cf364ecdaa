/**
 * The place of an event in a shard's history. It is the run's turn, then the instant, then a number
 * that keeps events of one millisecond apart. Stamps of one shard sort as texts. Those of two
 * shards are never compared.
 */
export type Stamp = string;

/** Sorts before every stamp. The instant is not known, and counts as old. */
export const OLD: Stamp = '';

const TURN_DIGITS = 8;
const SEQUENCE_DIGITS = 6;

/** Makes a stamp like `00000042-2026-11-22T02:17:03.120Z-000001`. `atMs` is since the epoch. */
export function makeStamp(turn: number, atMs: number, sequence: number): Stamp {
  const number = String(sequence).padStart(SEQUENCE_DIGITS, '0');
  return `${turnDigits(turn)}-${new Date(atMs).toISOString()}-${number}`;
}

/** Makes the stamp of an entry of version 0.1, which has a turn and an instant alone. */
export function stampOf(turn: number, at: string): Stamp {
  return `${turnDigits(turn)}-${at}`;
}

/** Returns a turn as its digits in keys and stamps. */
export function turnDigits(turn: number): string {
  return String(turn).padStart(TURN_DIGITS, '0');
}

/** Returns the turn of a stamp, or 0 of OLD. */
export function turnOf(stamp: Stamp): number {
  return Number.parseInt(stamp, 10) || 0;
}

/** Returns what sorts right after a stamp, and before every later one. */
export function justAfter(stamp: Stamp): Stamp {
  return `${stamp}~`;
}

/** Returns what sorts right after a stamp, and before what `justAfter` returns. */
export function rightAfter(stamp: Stamp): Stamp {
  return `${stamp}!`;
}

/** Returns the later of two stamps of one shard. */
export function later(a: Stamp, b: Stamp): Stamp {
  return a > b ? a : b;
}

/** Returns the earlier of two stamps of one shard. */
export function earlier(a: Stamp, b: Stamp): Stamp {
  return a < b ? a : b;
}

/** Returns the earlier of two stamps of one shard, as far as they are known. */
export function earliest(a: Stamp | null, b: Stamp | null): Stamp | null {
  if (a === null || b === null) {
    return a ?? b;
  }
  return earlier(a, b);
}

/** Returns the one with the greater stamp, and the first of two with the same. */
export function newest<T extends { stamp: Stamp }>(a: T | null, b: T): T;
export function newest<T extends { stamp: Stamp }>(a: T | null, b: T | null): T | null;
export function newest<T extends { stamp: Stamp }>(a: T | null, b: T | null): T | null {
  if (a === null || b === null) {
    return a ?? b;
  }
  return b.stamp > a.stamp ? b : a;
}
