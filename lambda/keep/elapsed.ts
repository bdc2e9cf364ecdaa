import type { Clock } from '../ports.ts';

/** An instant by both clocks of one machine. */
export interface Instant {
  wall: number;
  monotonic: number;
}

/** Returns the present instant. */
export function instantOf(clock: Clock): Instant {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/**
 * Returns the milliseconds since an instant by the clock that moved more. A monotonic clock does
 * not move while a machine sleeps, and a wall clock can be set back. The holder of a lease counts
 * so.
 */
export function mostElapsedMs(clock: Clock, since: Instant): number {
  return Math.max(clock.now() - since.wall, clock.monotonic() - since.monotonic);
}

/** Returns the milliseconds by the clock that moved less. Who waits for a lease counts so. */
export function leastElapsedMs(clock: Clock, since: Instant): number {
  return Math.min(clock.now() - since.wall, clock.monotonic() - since.monotonic);
}
