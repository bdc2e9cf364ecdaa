import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LifecycleEvents } from '../ports.ts';
import { clientConfig } from './clients.ts';
import { createAwsLifecycleEvents } from './lifecycle-events.ts';

/** Every invocation of one process shares it. It is made at its first use, since that takes time. */
let eventBridge: EventBridgeClient | undefined;

/** Opens the default event bus for the deployment `name`, whose name is the events' source. */
export function openEventBus(name: string): LifecycleEvents {
  eventBridge ??= new EventBridgeClient(clientConfig);
  return createAwsLifecycleEvents(eventBridge, name);
}
