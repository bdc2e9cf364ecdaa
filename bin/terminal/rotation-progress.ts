import type { RunProgress } from '../../lambda/run/run-options.ts';
import type { Terminal } from './terminal.ts';

const SECOND_MS = 1000;

/** Shows a person who waits how a run goes on. */
interface Watched {
  /** By shard, how many of its tenants to ask have been answered. */
  shards: Map<string, { answers: number; asks: number }>;
  /** By tenant, who is asked again and why, the newest last. */
  retries: Map<string, { host: string; why: string }>;
}

/**
 * Shows on one line how many tenants have answered so far, over all shards, whose platform does not
 * answer, and for how long it has worked. Of one tenant it says `doing`. A deployed function tells
 * nothing until it is done.
 */
export async function withProgress<T>(
  terminal: Terminal,
  doing: string,
  work: (onProgress: (progress: RunProgress) => void) => Promise<T>,
): Promise<T> {
  const watched: Watched = { shards: new Map(), retries: new Map() };
  const startedAt = Date.now();
  const show = () => {
    const seconds = Math.floor((Date.now() - startedAt) / SECOND_MS);
    terminal.progress(progressText(doing, watched, seconds));
  };
  const ticking = setInterval(show, SECOND_MS);
  show();
  try {
    return await work((progress) => {
      take(watched, progress);
      show();
    });
  } finally {
    clearInterval(ticking);
    terminal.progress('');
  }
}

function take({ shards, retries }: Watched, progress: RunProgress): void {
  if (progress.kind === 'retry') {
    const { tenant, host, why } = progress;
    retries.delete(tenant);
    retries.set(tenant, { host, why });
    return;
  }
  const { shard, tenants, answers, asks } = progress;
  shards.set(shard, { answers, asks });
  for (const tenant of tenants) {
    retries.delete(tenant);
  }
}

function progressText(doing: string, { shards, retries }: Watched, seconds: number): string {
  const counts = [...shards.values()];
  const asks = counts.reduce((total, one) => total + one.asks, 0);
  const answers = counts.reduce((total, one) => total + one.answers, 0);
  const at = asks <= 1 ? `${doing} …` : `Rotating: ${answers} of ${asks} answered`;
  return `${at} (${seconds} s)${retryText(retries)}`;
}

function retryText(retries: Watched['retries']): string {
  const [tenant, newest] = [...retries].at(-1) ?? [];
  if (tenant === undefined || newest === undefined) {
    return '';
  }
  const others = retries.size > 1 ? ` and ${retries.size - 1} more` : '';
  return `. Trying again: ${tenant}${others} (${newest.host}: ${newest.why})`;
}
