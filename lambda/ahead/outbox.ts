import type { LifecycleEvent } from '../lifecycle-event.ts';

/** Events that are put into the state with the change they tell, and wait to be sent. */
export type Outbox = readonly LifecycleEvent[];

/** An event bus that refuses for weeks must not fill the state. */
const MOST_WAITING = 500;

/**
 * Puts events in. One that waits already stays as it is, and the oldest go where it is too full.
 */
export function putIn(outbox: Outbox, events: readonly LifecycleEvent[]): Outbox {
  const waiting = new Set(outbox.map(({ detail }) => detail.id));
  const fresh = events.filter(({ detail }) => !waiting.has(detail.id));
  return [...outbox, ...fresh].slice(-MOST_WAITING);
}

/** Takes out what was sent. */
export function takeOut(outbox: Outbox, sent: ReadonlySet<string>): Outbox {
  return outbox.filter(({ detail }) => !sent.has(detail.id));
}
