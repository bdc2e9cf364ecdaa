import { Duration } from 'aws-cdk-lib';
import { z } from 'zod';
import type { TokenRotatorProps } from './token-rotator.ts';

const truth = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  'must be true or false',
);

function wholeNumber(unit: string, min: number, max: number) {
  const message = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], message)
    .pipe(z.number().int(message).min(min, message).max(max, message));
}

/** Every setting that `-c key=value`, or the context of cdk.json, may give. */
const settings = z
  .strictObject({
    /**
     * S3 allows 63 characters to a bucket's name, of which the account and the region take up to
     * 36.
     */
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,24}[a-z0-9]$/,
        'must be 2 to 26 small letters, digits and dashes, and start with a letter',
      ),
    schedule: z
      .string()
      .regex(
        /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/,
        'must be cron(…) with six fields, or rate(…), as EventBridge Scheduler knows them',
      ),
    timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, such as Europe/Berlin'),
    keepFresh: truth,
    retentionDays: wholeNumber('days', 30, 3650),
    alertAddress: z.email('must be a mail address'),
    memory: wholeNumber('MiB', 256, 10_240),
    timeout: wholeNumber('seconds', 240, 900),
    reservedConcurrency: wholeNumber('invocations', 1, 1000),
    fanOut: truth,
    successWithinDays: wholeNumber('days', 1, 400),
    takeOver: z
      .string()
      .regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of the retained key'),
  })
  .partial();

/**
 * Takes the app's whole context and returns what it sets. Throws one error that names every unknown
 * key and every wrong value; keys that are not words (`aws:…`, `@aws-cdk/…`, look-ups) are the
 * CDK's own and pass.
 */
export function parseSettings(context: Readonly<Record<string, unknown>>): TokenRotatorProps {
  const ours = Object.fromEntries(Object.entries(context).filter(([key]) => /^\w+$/.test(key)));
  const result = settings.safeParse(ours);
  if (!result.success)
    throw new Error(
      `The settings are wrong:\n${result.error.issues
        .flatMap(describe)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  return toProps(result.data);
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) =>
        `-c ${key}=…: there is no such setting; there are ${Object.keys(settings.shape).join(', ')}`,
    );
  }
  return [`-c ${issue.path.join('.')}=…: ${issue.message}`];
}

function toProps(given: z.infer<typeof settings>): TokenRotatorProps {
  const {
    retentionDays,
    memory,
    timeout,
    reservedConcurrency,
    successWithinDays,
    takeOver,
    ...sameName
  } = given;
  return Object.fromEntries(
    Object.entries({
      ...sameName,
      retention: retentionDays && Duration.days(retentionDays),
      memorySize: memory,
      timeout: timeout && Duration.seconds(timeout),
      reservedConcurrentExecutions: reservedConcurrency,
      successWithin: successWithinDays && Duration.days(successWithinDays),
      takeOverKeyArn: takeOver,
    }).filter(([, value]) => value !== undefined),
  );
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
