import * as z from 'zod/mini';
import { FOLDERS } from '../archive-folders.ts';
import { MAX_STARTS } from './connect-link.ts';

/**
 * Describes what the page remembers of one link's visitors, `visits/<id>.json`. The page alone
 * writes it.
 */
export type Visits = z.infer<typeof visitsSchema>;

/** One press of the button, and what came back. Holds hashes, never a value. */
export type Start = Visits['starts'][number];

const visitsSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    starts: z.array(
      z.object({
        attempt: z.string(),
        /** SHA-256 of the random part of state, which the attempt's cookie holds. */
        state_hash: z.string(),
        started_at: z.string(),
        answer: z.nullable(
          z.object({
            kind: z.enum(['code', 'declined', 'platform_error', 'wrong_answer']),
            at: z.string(),
          }),
        ),
        /** Says when the redeem function was asked last. */
        redeem_asked_at: z.nullable(z.string()),
      }),
    ),
  }),
);

export const noVisits: Visits = { version: 1, starts: [] };

/** A consent page that was left open for longer needs a new start. */
export const ATTEMPT_MS = 20 * 60_000;

/** Returns the archive key of a link's visits. */
export function visitsKey(id: string): string {
  return `${FOLDERS.visits}${id}.json`;
}

/** Reads stored visits. Throws where they are none. */
export function parseVisits(value: unknown): Visits {
  return visitsSchema.parse(value);
}

/** Adds a start, or returns null where the link has had all its starts. */
export function addStart(
  visits: Visits,
  start: Pick<Start, 'attempt' | 'state_hash' | 'started_at'>,
): Visits | null {
  if (visits.starts.length >= MAX_STARTS) {
    return null;
  }
  return {
    ...visits,
    starts: [
      ...visits.starts,
      {
        ...start,
        answer: null,
        redeem_asked_at: null,
      },
    ],
  };
}

/** Returns the start of an attempt, or undefined. */
export function findStart({ starts }: Visits, attempt: string): Start | undefined {
  return starts.find((start) => start.attempt === attempt);
}

/** Tells if a start may still be answered. The platform's page was not left open for too long. */
export function isFresh({ started_at }: Start, now: number): boolean {
  return now - Date.parse(started_at) <= ATTEMPT_MS;
}

/** Lays `change` over the start of an attempt. */
export function changeStart(
  visits: Visits,
  attempt: string,
  change: Partial<Pick<Start, 'answer' | 'redeem_asked_at'>>,
): Visits {
  const starts = visits.starts.map((start) =>
    start.attempt === attempt ? { ...start, ...change } : start,
  );
  return { ...visits, starts };
}
