import { type Duration, Token } from 'aws-cdk-lib';
import { z } from 'zod';
import { cronRuns } from '../../lambda/ahead/cron-runs.ts';
import { isLogo } from '../functions/connect-code.ts';
import type { TokenRotatorProps } from '../token-rotator-props.ts';

/** A property with a value that it cannot have. */
export interface PropFault {
  readonly prop: string;
  readonly message: string;
}

const NAME = 'must be 2 to 26 small letters, digits and dashes, and start with a letter';
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const KEPT_BY_S3 = 'must not begin with xn--, sthree- or amzn-s3-demo-, which S3 keeps for itself';
const RATE = /^rate\([1-9]\d* (minute|hour|day)s?\)$/;

const schedule = z
  .string()
  .refine(
    isSchedule,
    'must be cron(…) with six fields, rate(…) or none, as EventBridge Scheduler knows them: ' +
      'one of day-of-month and day-of-week is "?"',
  )
  .refine(hasRun, 'must have a day on which it runs');

/** A value that is known only at the deploy, such as a parameter, passes. */
function known(rule: (text: string) => boolean, message: string) {
  return z.string(message).refine((text) => Token.isUnresolved(text) || rule(text), message);
}

function shortText(max: number) {
  const message = `must be a text of 1 to ${max} characters, on one line`;
  return known(
    (text) => /^[^\p{Cc}]+$/u.test(text) && text.trim() !== '' && text.length <= max,
    message,
  );
}

function wholeNumber(unit: string, min: number, max: number) {
  const message = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.number(message).int(message).min(min, message).max(max, message);
}

function duration(unit: 'days' | 'seconds', min: number, max: number) {
  const inUnit = (value: Duration) =>
    unit === 'days' ? value.toDays({ integral: false }) : value.toSeconds({ integral: false });
  return z
    .custom<Duration>(
      (value) => isDuration(value) && !value.isUnresolved(),
      `must be a whole number of ${unit} from ${min} to ${max}`,
    )
    .transform(inUnit)
    .pipe(wholeNumber(unit, min, max));
}

/** Not by its class. An app may have a copy of the CDK of its own. */
function isDuration(value: unknown): value is Duration {
  return typeof value === 'object' && value !== null && 'toDays' in value;
}

const truth = z.boolean('must be true or false');

/** The rule of each property, but for those that CDK checks itself. */
const rules = z
  .strictObject({
    /** A bucket's name has 63 characters, of which account and region take up to 36. */
    name: z
      .string(NAME)
      .regex(/^[a-z][a-z0-9-]{0,24}[a-z0-9]$/, NAME)
      .refine((name) => !/^(xn--|sthree-|amzn-s3-demo-)/.test(name), KEPT_BY_S3),
    schedule,
    timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, such as Europe/Berlin'),
    keepFresh: truth,
    retention: duration('days', 30, 3650),
    alertAddress: known((text) => z.email().safeParse(text).success, 'must be a mail address'),
    memorySize: wholeNumber('MiB', 256, 10_240),
    /** A run may have to watch a dead lease for 130 s and to wait 150 s for a living one. */
    timeout: duration('seconds', 600, 900),
    reservedConcurrentExecutions: wholeNumber('invocations', 1, 1000),
    refreshConcurrency: wholeNumber('invocations', 1, 1000),
    fanOut: truth,
    successWithin: duration('days', 1, 400),
    takeOverKeyArn: known(
      (text) => /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(text),
      'must be the ARN of the retained key',
    ),
    connectPage: truth,
    connectTitle: shortText(80),
    connectContact: shortText(200),
    connectLogo: z
      .string()
      .refine(isLogo, 'must be the path of a PNG or SVG file of at most 32 KB'),
    connectCode: z.any(),
    code: z.any(),
  })
  .partial();

const OF_CONNECT_PAGE = ['connectTitle', 'connectContact', 'connectLogo', 'connectCode'];

/** Returns what is wrong with the properties, every fault at once. */
export function propFaults(props: Readonly<Record<string, unknown>>): PropFault[] {
  const result = rules.safeParse(props);
  return [...(result.error?.issues ?? []).flatMap(describe), ...withoutPage(props)];
}

function withoutPage(props: Readonly<Record<string, unknown>>): PropFault[] {
  if (props.connectPage !== undefined && props.connectPage !== false) {
    return [];
  }
  return OF_CONNECT_PAGE.filter((prop) => prop in props).map((prop) => ({
    prop,
    message: 'needs the connect page: set connectPage to true',
  }));
}

/** Throws one error that names every wrong property of the construct. */
export function checkProps(props: TokenRotatorProps): void {
  const given = Object.fromEntries(
    Object.entries(props).filter(([, value]) => value !== undefined),
  );
  const faults = propFaults(given).map(({ prop, message }) => `  ${prop}: ${message}`);
  if (faults.length > 0) {
    throw new Error(`The properties of TokenRotator are wrong:\n${faults.join('\n')}`);
  }
}

function describe(issue: z.core.$ZodIssue): PropFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((prop) => ({ prop, message: 'there is no such property' }));
  }
  return [{ prop: String(issue.path[0]), message: issue.message }];
}

function isSchedule(text: string): boolean {
  return text === 'none' || RATE.test(text) || cronRuns(text, new Date()) !== null;
}

function hasRun(text: string): boolean {
  const runs = cronRuns(text, new Date());
  if (runs === null) {
    return true;
  }
  for (const _run of runs) {
    return true;
  }
  return false;
}

/** Node takes offsets and names in any case. EventBridge Scheduler takes neither. */
function isTimeZone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    const isOtherCase = timeZone !== name && timeZone.toLowerCase() === name.toLowerCase();
    return /^[A-Z]/.test(name) && !isOtherCase;
  } catch {
    return false;
  }
}
