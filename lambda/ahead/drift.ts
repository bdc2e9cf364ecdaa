import type { ObservedAspect, ObservedChange, ObservedGrant } from '../history/ahead-state.ts';
import type { Drift } from '../outcome.ts';
import type { Observation, Sight } from './observe.ts';

/** So many answers of one run are enough. Else so many runs in a row must show a change. */
const ENOUGH_ANSWERS = 20;
const ENOUGH_RUNS = 3;
/** Of a value that runs showed now and then, more runs in a row must show that it stays. */
const RUNS_OF_SEEN = 6;
/** The share of earlier runs from which on a value was seen, and is nothing new. */
const SEEN = 0.02;
const KNOWN = 0.3;
const MOST_VALUES = 12;
/** Aspects that say whether a field or a header comes. */
const PRESENCE = /^(field|header):/;

/**
 * Takes in what a run shows of one grant, and returns what is then remembered and which changes are
 * told. The first runs only teach.
 */
export function compare(
  before: ObservedGrant | undefined,
  run: Observation,
  { of, at }: { of: string; at: string },
): { observed: ObservedGrant; drifts: Drift[] } {
  const known = before ?? { runs: 0, answers: 0, aspects: {} };
  const seen = withAbsences(known, run);
  const taught = known.runs >= ENOUGH_RUNS || known.answers >= ENOUGH_ANSWERS;
  const drifts: Drift[] = [];
  const aspects = { ...known.aspects };
  for (const [aspect, sight] of seen) {
    const earlier = known.aspects[aspect] ?? firstSeen(aspect, known.runs);
    const next = takeIn(earlier, sight, { aspect, at, taught });
    aspects[aspect] = next.seen;
    if (next.told) drifts.push(toDrift(of, aspect, earlier, next.told));
  }
  const answers = known.answers + run.answers;
  const runs = known.runs + (run.issued > 0 ? 1 : 0);
  return { observed: { runs, answers, aspects }, drifts };
}

/**
 * Returns the aspects of a run. What other runs showed and this one does not counts as missing in
 * all of its answers.
 */
function withAbsences(known: ObservedGrant, run: Observation): Map<string, Sight | null> {
  const seen = new Map(run.aspects);
  for (const aspect of Object.keys(known.aspects)) {
    const total = aspect.startsWith('field:') ? run.issued : run.answers;
    const isPresence = PRESENCE.test(aspect);
    if (isPresence && total > 0 && !seen.has(aspect)) {
      seen.set(aspect, {
        value: 'missing',
        answers: total,
        of: total,
      });
    }
  }
  return seen;
}

/** A field that no run showed was missing in all of them. */
function firstSeen(aspect: string, runs: number): ObservedAspect {
  return { runs: runs > 0 && PRESENCE.test(aspect) ? [['missing', runs]] : [] };
}

function takeIn(
  earlier: ObservedAspect,
  sight: Sight | null,
  { aspect, at, taught }: { aspect: string; at: string; taught: boolean },
): { seen: ObservedAspect; told?: ObservedChange } {
  if (sight === null) return { seen: earlier };
  const share = taught ? shareOf(earlier, sight.value, aspect) : 1;
  if (share >= KNOWN) return { seen: learn(earlier, sight, aspect) };
  const waiting = goOn(earlier.waiting, sight, { aspect, at });
  const manyAnswers = sight.of >= ENOUGH_ANSWERS && aspect !== 'latency_ms';
  const manyRuns = waiting.runs >= (share < SEEN ? ENOUGH_RUNS : RUNS_OF_SEEN);
  if (!manyAnswers && !manyRuns) {
    return { seen: { ...learn(earlier, null, aspect, waiting), waiting } };
  }
  const changed = { was: earlier.runs[0]?.[0] ?? null, since: waiting.since };
  return { seen: { runs: [[waiting.value, waiting.runs]], changed }, told: waiting };
}

function goOn(
  waiting: ObservedChange | undefined,
  { value, answers, of }: Sight,
  { aspect, at }: { aspect: string; at: string },
): ObservedChange {
  if (!waiting || !alike(waiting.value, value, aspect)) {
    return {
      value,
      since: at,
      runs: 1,
      answers,
      of,
    };
  }
  const { since, runs } = waiting;
  return {
    value,
    since,
    runs: runs + 1,
    answers: answers + waiting.answers,
    of: of + waiting.of,
  };
}

/** The share of earlier runs that showed such a value; of an aspect never seen before, all. */
function shareOf({ runs }: ObservedAspect, value: string | number, aspect: string): number {
  const total = runs.reduce((sum, [, count]) => sum + count, 0);
  const same = runs.filter(([seen]) => alike(seen, value, aspect));
  return total === 0 ? 1 : same.reduce((sum, [, count]) => sum + count, 0) / total;
}

/** Adds what a run showed, and what waited in vain before it. `keep` goes on waiting. */
function learn(
  earlier: ObservedAspect,
  sight: Sight | null,
  aspect: string,
  keep?: ObservedChange,
): ObservedAspect {
  const { waiting } = earlier;
  const inVain = waiting && !(keep && alike(keep.value, waiting.value, aspect));
  const shown: [string | number, number][] = [
    ...(inVain ? [[waiting.value, waiting.runs] as [string | number, number]] : []),
    ...(sight ? [[sight.value, 1] as [string | number, number]] : []),
  ];
  const { changed } = earlier;
  return { runs: shown.reduce(countIn, earlier.runs), ...(changed && { changed }) };
}

function countIn(
  runs: ObservedAspect['runs'],
  [value, count]: [string | number, number],
): ObservedAspect['runs'] {
  const seen = runs.find(([known]) => known === value)?.[1] ?? 0;
  const others = runs.filter(([known]) => known !== value);
  const all: ObservedAspect['runs'] = [...others, [value, seen + count]];
  return all.toSorted(([, a], [, b]) => b - a).slice(0, MOST_VALUES);
}

/** Numbers are alike within a factor. Answers take longer for many reasons, lives seldom vary. */
function alike(a: string | number, b: string | number, aspect: string): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  const factor = aspect === 'latency_ms' ? 4 : 1.4;
  return Math.max(a, b) <= factor * Math.min(a, b);
}

function toDrift(
  of: string,
  aspect: string,
  { runs }: ObservedAspect,
  told: ObservedChange,
): Drift {
  const { value: is, since, answers, of: total } = told;
  const [provider = '', grant_type = ''] = of.split('/');
  const was = runs[0]?.[0] ?? null;
  return {
    provider,
    grant_type,
    aspect,
    was,
    is,
    since,
    answers,
    of: total,
  };
}
