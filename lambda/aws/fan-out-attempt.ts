import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import type { FanOutAttempt } from '../outcome.ts';

const clientContext = z.object({
  custom: z.object({
    fan_out: z.object({
      execution: z.string().check(z.regex(/^arn:[\w:./-]{1,500}$/)),
      attempt: z.number().check(z.int(), z.nonnegative()),
    }),
  }),
});

/**
 * Returns which attempt of which fan-out an invocation is, as the state machine says it in the
 * client context, or null for any other invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export function fanOutAttempt(context: Pick<Context, 'clientContext'>): FanOutAttempt | null {
  const parsed = clientContext.safeParse(context.clientContext);
  return parsed.success ? parsed.data.custom.fan_out : null;
}
