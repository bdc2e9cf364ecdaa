import * as z from 'zod/mini';

const text = z.string();
const value = z.lazy(() => z.union([text, z.number()]));

/** Says what people and programs last heard of a tenant. */
export const toldSchema = z.lazy(() =>
  z.object({
    /** The consent that the last event reported. */
    consented_at: z.optional(text),
    /** The error code that the last event reported. */
    failing: z.optional(text),
    /** By kind of end, the instant that was reported, and the smallest threshold that was used. */
    ends: z.optional(z.record(text, z.object({ at: text, days: z.number() }))),
  }),
);
export type ToldOfTenant = z.infer<typeof toldSchema>;

const changeSchema = z.lazy(() =>
  z.object({
    value,
    since: text,
    runs: z.number(),
    answers: z.number(),
    of: z.number(),
  }),
);

const aspectSchema = z.lazy(() =>
  z.object({
    /** How many runs showed each value. */
    runs: z.array(z.tuple([value, z.number()])),
    /** A change that is not certain yet. */
    waiting: z.optional(changeSchema),
    /** The change that was reported last. */
    changed: z.optional(z.object({ was: z.nullable(value), since: text })),
  }),
);

const grantSchema = z.lazy(() =>
  z.object({
    /** Runs in which it issued a token. */
    runs: z.number(),
    answers: z.number(),
    aspects: z.record(text, aspectSchema),
  }),
);

/** How platforms behave, by `provider/grant`, as counts, and values that our definitions name. */
export const observedSchema = z.lazy(() => z.record(text, grantSchema));
export type Observed = z.infer<typeof observedSchema>;
export type ObservedGrant = z.infer<typeof grantSchema>;
export type ObservedAspect = z.infer<typeof aspectSchema>;
export type ObservedChange = z.infer<typeof changeSchema>;

/** Events that wait to be sent (lifecycle-event.ts). */
export const outboxSchema = z.lazy(() =>
  z.array(
    z.object({
      type: text,
      detail: z.looseObject({
        version: z.literal(1),
        id: text,
        at: text,
      }),
    }),
  ),
);
