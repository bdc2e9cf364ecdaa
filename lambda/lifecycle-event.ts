/** Describes what an event tells, as the `detail-type` on the event bus. */
export type LifecycleEventType =
  | 'Tenant Failing'
  | 'Tenant Recovered'
  | 'Tenant Connected'
  | 'Tenant Ending'
  | 'Run Finished'
  | 'Shard Failed';

/**
 * One event (lifecycle-event.schema.json beside this file describes it). `detail` holds no secret.
 * Its `id` is the same whenever the same thing is reported again.
 */
export interface LifecycleEvent {
  type: LifecycleEventType;
  detail: { version: 1; id: string; at: string } & Readonly<Record<string, unknown>>;
}
