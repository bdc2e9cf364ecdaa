import { type Ask, type Asked, type AskOptions, askAll, type Exchanges } from '../ask/ask-all.ts';
import type { Retry } from '../ask/asking.ts';
import type { Pacer } from '../ask/pacer.ts';
import type { ShardView } from '../ask/shard-view.ts';
import type { Offering } from '../keep/keep-offering.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { RunOptions } from './run-options.ts';

/** Describes what tenants are asked with, once the shard has been brought up to date. */
export interface RotationParts {
  run: ShardRun;
  pacer: Pacer;
  options: RunOptions;
  /** Returns what choices are made from, as it is now. */
  view: () => ShardView;
  exchanges: Exchanges;
}

/** How long tenants may take. */
export type Hurry = Pick<AskOptions, 'mayRetry' | 'latestAt'>;

const WITHOUT_HURRY: Hurry = { mayRetry: true, latestAt: Number.POSITIVE_INFINITY };

/** Asks for all chosen tenants (step 3). Hands their answers to `offering`, which archives them. */
export function askThem(
  { run, pacer, options, view, exchanges }: RotationParts,
  offering: Offering,
  asks: readonly Ask[],
  { mayRetry, latestAt }: Hurry = WITHOUT_HURRY,
): Promise<{ asked: Asked[]; faults: unknown[] }> {
  let answers = 0;
  const onAnswer = ({ names, answer }: Asked) => {
    answers += names.length;
    options.onProgress?.({
      kind: 'answer',
      shard: run.shard,
      tenants: names,
      issued: answer.kind === 'issued',
      answers,
      asks: asks.length,
    });
  };
  const onRetry = (retry: Retry) => options.onProgress?.({ kind: 'retry', ...retry });
  return askAll(run, asks, {
    pacer,
    offering,
    mayRetry,
    latestAt,
    onAnswer,
    onRetry,
    view,
    exchanges,
  });
}
