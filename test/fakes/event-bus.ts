import type { LifecycleEvent } from '../../lambda/lifecycle-event.ts';
import { type LifecycleEvents, StoreError } from '../../lambda/ports.ts';
import type { Gate } from './memory-ports.ts';

/** A bus that keeps what it took, and can be away. */
export interface EventBus extends LifecycleEvents {
  taken: LifecycleEvent[];
  /** How often one call was made. */
  calls: number;
  isAway: boolean;
}

/** `onTaken` looks at the world as it is when an event is sent. */
export function createEventBus(
  gate: Gate = async (_effect, perform) => perform(),
  onTaken: (event: LifecycleEvent) => void = () => {},
): EventBus {
  const bus: EventBus = {
    taken: [],
    calls: 0,
    isAway: false,
    async send(events, mayGoOn) {
      bus.calls += 1;
      if (bus.isAway || !mayGoOn()) {
        return { taken: new Set(), failure: 'the bus is away' };
      }
      try {
        return await gate({ port: 'events', op: 'send', on: '' }, () => {
          for (const event of events) {
            onTaken(event);
          }
          bus.taken.push(...events);
          return { taken: new Set(events.map(({ detail }) => detail.id)) };
        });
      } catch (error) {
        if (error instanceof StoreError) {
          return { taken: new Set(), failure: error.message };
        }
        throw error;
      }
    },
  };
  return bus;
}
