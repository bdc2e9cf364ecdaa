import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LifecycleEvents } from '../ports.ts';
import { clientConfig } from './clients.ts';
import { createAwsLifecycleEvents } from './lifecycle-events.ts';

/** Every invocation of one process shares it. */
const eventBridge = new EventBridgeClient(clientConfig);

/** Opens the default event bus for the deployment `name`, whose name is the events' source. */
export function openEventBus(name: string): LifecycleEvents {
  return createAwsLifecycleEvents(eventBridge, name);
}
