import { Ajv } from 'ajv';
import schema from '../../lambda/lifecycle-event.schema.json' with { type: 'json' };
import type { LifecycleEvent } from '../../lambda/lifecycle-event.ts';

const validate = new Ajv({ allErrors: true, strictTypes: false }).compile(schema);

/** What the published schema says against an event; empty where it is as described. */
export function schemaFaults({ type, detail }: LifecycleEvent): string[] {
  validate({ [type]: detail });
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
