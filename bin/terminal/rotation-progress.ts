import type { RunOptions } from '../../lambda/run/run-options.ts';
import type { Terminal } from './terminal.ts';

type OnProgress = NonNullable<RunOptions['onProgress']>;

const SECOND_MS = 1000;

/**
 * Shows on one line how many tenants have answered so far, over all shards, and for how long it has
 * worked. A deployed function tells nothing until it is done.
 */
export async function withProgress<T>(
  terminal: Terminal,
  place: string,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const shards = new Map<string, { answers: number; asks: number }>();
  const startedAt = Date.now();
  const show = () => {
    const seconds = Math.floor((Date.now() - startedAt) / SECOND_MS);
    terminal.progress(`${progressText(place, [...shards.values()])} (${seconds} s)`);
  };
  const ticking = setInterval(show, SECOND_MS);
  show();
  try {
    return await work(({ shard, answers, asks }) => {
      shards.set(shard, { answers, asks });
      show();
    });
  } finally {
    clearInterval(ticking);
    terminal.progress('');
  }
}

function progressText(place: string, shards: readonly { answers: number; asks: number }[]): string {
  const asks = shards.reduce((total, one) => total + one.asks, 0);
  const answers = shards.reduce((total, one) => total + one.answers, 0);
  return asks === 0 ? `Rotating in ${place} …` : `Rotating: ${answers} of ${asks} answered`;
}
