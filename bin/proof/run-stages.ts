import type { Part, Stage } from './part.ts';

/** What a proof tells its reader while it goes on. */
export interface Progress {
  begin(name: string, until: number): void;
  note(name: string, text: string): void;
  end(name: string, text: string): void;
}

/**
 * Runs stages one after the other until an instant. Each gets its share of the time that is left,
 * so what one leaves goes to those after it, and what one takes too much of is missing there.
 */
export async function runStages(
  stages: readonly Stage[],
  endAt: number,
  progress: Progress,
  now: () => number = Date.now,
): Promise<Part[]> {
  const parts: Part[] = [];
  let sharesLeft = stages.reduce((sum, { share }) => sum + share, 0);
  for (const { name, share, prove } of stages) {
    const until = now() + ((endAt - now()) * share) / sharesLeft;
    sharesLeft -= share;
    progress.begin(name, until);
    const part = await prove(until, (text) => progress.note(name, text));
    progress.end(name, `${part.tried}; ${part.found}`);
    parts.push(part);
  }
  return parts;
}
