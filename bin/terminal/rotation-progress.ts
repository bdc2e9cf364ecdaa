import type { RunOptions } from '../../lambda/run/run-options.ts';
import type { Terminal } from './terminal.ts';

/** Shows on one line how many tenants have answered so far, over all shards. */
export function showProgress(terminal: Terminal): NonNullable<RunOptions['onProgress']> {
  const shards = new Map<string, { answers: number; asks: number }>();
  const sum = (key: 'answers' | 'asks') =>
    [...shards.values()].reduce((total, one) => total + one[key], 0);
  return ({ shard, answers, asks }) => {
    shards.set(shard, { answers, asks });
    terminal.progress(`Rotating: ${sum('answers')} of ${sum('asks')} answered`);
  };
}
