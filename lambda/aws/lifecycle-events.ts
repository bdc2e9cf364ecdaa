import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { LifecycleEvent } from '../lifecycle-event.ts';
import { type LifecycleEvents, StoreError } from '../ports.ts';
import { withDeadline } from './clients.ts';
import { toStoreError } from './store-error.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MOST_A_CALL = 10;
const MOST_BYTES = 250_000;

/** Sends events to the default event bus under the source `source`, 10 a call. */
export function createAwsLifecycleEvents(
  client: EventBridgeClient,
  source: string,
): LifecycleEvents {
  return {
    async send(events, mayGoOn) {
      const taken = new Set<string>();
      for (const batch of batchesOf(events)) {
        if (!mayGoOn()) {
          return { taken };
        }
        const sent = await put(client, batch, source);
        if (sent instanceof StoreError) {
          return { taken, failure: sent.message };
        }
        for (const id of sent) {
          taken.add(id);
        }
      }
      return { taken };
    },
  };
}

async function put(
  client: EventBridgeClient,
  batch: readonly LifecycleEvent[],
  source: string,
): Promise<string[] | StoreError> {
  try {
    const Entries = batch.map((event) => toEntry(event, source));
    const reply = await client.send(new PutEventsCommand({ Entries }), withDeadline());
    const entries = reply.Entries ?? [];
    return batch.flatMap(({ detail }, index) => (entries[index]?.EventId ? detail.id : []));
  } catch (error) {
    return toStoreError(error, {
      action: 'events:PutEvents',
      on: 'the default event bus',
      kmsAction: 'kms:GenerateDataKey',
    });
  }
}

function toEntry({ type, detail }: LifecycleEvent, source: string): PutEventsRequestEntry {
  return {
    Source: source,
    DetailType: type,
    Time: new Date(detail.at),
    Detail: JSON.stringify(detail),
  };
}

function batchesOf(events: readonly LifecycleEvent[]): LifecycleEvent[][] {
  const batches: LifecycleEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event)) + 200;
    const last = batches.at(-1);
    if (last && last.length < MOST_A_CALL && bytes + size <= MOST_BYTES) {
      last.push(event);
      bytes += size;
    } else {
      batches.push([event]);
      bytes = size;
    }
  }
  return batches;
}
