import type { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';

export interface TokenRotatorProps {
  /**
   * The name of the deployment. The secrets are `<name>/tenants` and `<name>/access-tokens`, and
   * events carry it as their source. Default `token-rotator`.
   */
  readonly name?: string;
  /**
   * The schedule of the run for all tenants: a `cron(…)` or `rate(…)` of EventBridge Scheduler, or
   * `none`. Default `cron(17 5 ? * SUN *)`, Sunday 05:17: no time zone skips that hour in spring.
   */
  readonly schedule?: string;
  /** The IANA name of the time zone of the schedules. Default `UTC`. */
  readonly timeZone?: string;
  /** Refreshes access tokens that are about to end, every 30 minutes. Default false. */
  readonly keepFresh?: boolean;
  /** How long raw responses, reports and the log of edits are kept. Default 400 days. */
  readonly retention?: Duration;
  /**
   * The mail address for alarms and digests, which must confirm AWS's mail once. Default none: use
   * `alertsTopic`.
   */
  readonly alertAddress?: string;
  /** Memory of the function that rotates, in MiB. Default 512. */
  readonly memorySize?: number;
  /** The time of one run, 10 to 15 minutes. Default 15 minutes, the most that Lambda allows. */
  readonly timeout?: Duration;
  /**
   * Concurrency kept for the function that rotates. Default none: small accounts cannot reserve
   * any.
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * How many refreshes on demand may run at once. Default 10 as soon as `grantTokens` is called;
   * none before, since then only operators may invoke the function.
   */
  readonly refreshConcurrency?: number;
  /** Runs every shard in an invocation of its own, by a state machine. Default false. */
  readonly fanOut?: boolean;
  /**
   * How old the last good run for all tenants may be before the alarm goes off, which is more than
   * the schedule's longest pause. Default 8 days.
   */
  readonly successWithin?: Duration;
  /**
   * ARN of the key that a destroyed deployment of this name left behind, with its bucket and its
   * secrets. These are used again, and no longer managed. Default none: they are created.
   */
  readonly takeOverKeyArn?: string;
  /**
   * Serves the page that connect links lead to, by which a client consents from anywhere. Default
   * false.
   */
  readonly connectPage?: boolean;
  /** The name by which clients know who asks for their consent. Default the deployment's name. */
  readonly connectTitle?: string;
  /** Whom a client asks, a mail or web address, or a short text. Default nobody. */
  readonly connectContact?: string;
  /** Path of a PNG or SVG file of at most 32 KB that the page shows. Default none. */
  readonly connectLogo?: string;
  /**
   * The code of the connect page. Default the bundle in `dist/connect`, as `buildConnect` of
   * bin/build.ts makes it, with the logo.
   */
  readonly connectCode?: Code;
  /**
   * The code of the functions. Default the bundle in `dist/lambda`, as `buildLambda` of
   * bin/build.ts makes it.
   */
  readonly code?: Code;
}
