import { addExcused, type Excused } from '../fakes/excuses.ts';
import type { Played } from './play.ts';

/** What became of several schedules. */
export interface Sum {
  schedules: number;
  exchanges: number;
  judged: number;
  lost: number;
  replays: number;
  editsLost: number;
  rebuilt: number;
  violations: number;
  /** Credentials that were not judged, by reason. */
  excused: Map<string, Excused>;
}

export function newSum(): Sum {
  return {
    schedules: 0,
    exchanges: 0,
    judged: 0,
    lost: 0,
    replays: 0,
    editsLost: 0,
    rebuilt: 0,
    violations: 0,
    excused: new Map(),
  };
}

export function addUp(sum: Sum, played: Played): void {
  sum.schedules += 1;
  sum.exchanges += played.exchanges;
  sum.judged += played.judged;
  sum.lost += played.lost.length;
  sum.replays += played.replays.length;
  sum.editsLost += played.editsLost.length;
  sum.rebuilt += played.rebuilt.length;
  sum.violations += played.violations.length;
  addExcused(sum.excused, played.excused);
}

/** Says all that a schedule did that the product promises not to do. */
export function faultsOf(played: Played): string[] {
  return [
    ...played.lost.map((one) => `lost: ${one}`),
    ...played.replays.map((one) => `replay of ${one}`),
    ...played.editsLost.map((one) => `edit lost: ${one}`),
    ...played.rebuilt.map((one) => `rebuilt differently: ${one}`),
    ...played.violations,
  ];
}
