import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';

const clientContext = z.lazy(() =>
  z.object({
    custom: z.object({ fan_out: z.string().check(z.regex(/^arn:[\w:./-]{1,500}$/)) }),
  }),
);

/**
 * Returns the execution of the state machine that an invocation belongs to, as the client context
 * says it, or null for any other invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export function fanOutExecution(context: Pick<Context, 'clientContext'>): string | null {
  const parsed = clientContext.safeParse(context.clientContext);
  return parsed.success ? parsed.data.custom.fan_out : null;
}
