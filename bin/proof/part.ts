import type { Excused } from '../../test/fakes/excuses.ts';

/** One line of evidence on the proof page. */
export interface Part {
  what: string;
  /** How much was tried. */
  tried: string;
  /** Says what was found. */
  found: string;
  verdict: 'sound' | 'unsound' | 'unfinished';
  /** Credentials that the judge excused, by reason, where the part has such. */
  excused?: ReadonlyMap<string, Excused>;
}

/** One way of trying to lose a token, for as long as it gets. */
export interface Stage {
  name: string;
  /** Its part of the time, among those of all stages. */
  share: number;
  /** Ends at `until`, or soon after it. Tells `note` how far it is. */
  prove(until: number, note: (text: string) => void): Promise<Part>;
}
