import type { ObservedAspect, ObservedChange, ObservedGrant } from '../history/ahead-state.ts';
import type { Drift } from '../outcome.ts';
import type { Observation, Sight } from './observe.ts';

/** So many answers of one run are enough. Else so many runs in a row must show a change. */
const ENOUGH_ANSWERS = 20;
const ENOUGH_RUNS = 3;
/** Of a value that runs showed now and then, more runs in a row must show that it stays. */
const RUNS_OF_SEEN = 6;
/** From these shares of earlier runs on, a value was seen before, or is nothing new. */
const SEEN = 0.02;
const KNOWN = 0.3;
const MOST_VALUES = 12;
/** Aspects that say whether a field or a header comes. */
const PRESENCE = /^(field|header):/;

/** Nothing is known of a grant that no run has shown. */
const NOTHING: ObservedGrant = {
  runs: 0,
  answers: 0,
  aspects: {},
};

/**
 * Takes in what a run shows of one grant. Returns what is then remembered, and which changes are
 * reported. The first runs only teach.
 */
export function compare(
  before: ObservedGrant | undefined,
  run: Observation,
  { of, at }: { of: string; at: string },
): { observed: ObservedGrant; drifts: Drift[] } {
  const known = before ?? NOTHING;
  const seen = withAbsences(known, run);
  const taught = known.runs >= ENOUGH_RUNS || known.answers >= ENOUGH_ANSWERS;
  const drifts: Drift[] = [];
  const aspects = { ...known.aspects };
  for (const [aspect, sight] of seen) {
    const earlier = known.aspects[aspect] ?? firstSeen(aspect, known.runs);
    const next = takeIn(earlier, sight, { aspect, at, taught });
    aspects[aspect] = next.seen;
    if (next.told) {
      drifts.push(toDrift(of, aspect, earlier, next.told));
    }
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
  const presences = Object.keys(known.aspects).filter((aspect) => PRESENCE.test(aspect));
  for (const aspect of presences.filter((one) => !seen.has(one))) {
    const total = aspect.startsWith('field:') ? run.issued : run.answers;
    if (total === 0) {
      continue;
    }
    seen.set(aspect, {
      value: 'missing',
      answers: total,
      of: total,
    });
  }
  return seen;
}

/** A field that no run showed was missing in all of them. */
function firstSeen(aspect: string, runs: number): ObservedAspect {
  const wasMissing = runs > 0 && PRESENCE.test(aspect);
  return { runs: wasMissing ? [['missing', runs]] : [] };
}

function takeIn(
  earlier: ObservedAspect,
  sight: Sight | null,
  { aspect, at, taught }: { aspect: string; at: string; taught: boolean },
): { seen: ObservedAspect; told?: ObservedChange } {
  if (sight === null) {
    return { seen: earlier };
  }
  const share = taught ? shareOf(earlier, sight.value, aspect) : 1;
  if (share >= KNOWN) {
    return { seen: learn(earlier, sight, aspect) };
  }
  const waiting = goOn(earlier.waiting, sight, { aspect, at });
  const manyAnswers = sight.of >= ENOUGH_ANSWERS && aspect !== 'latency_ms';
  const manyRuns = waiting.runs >= (share < SEEN ? ENOUGH_RUNS : RUNS_OF_SEEN);
  if (!manyAnswers && !manyRuns) {
    return { seen: { ...learn(earlier, null, aspect, waiting), waiting } };
  }
  const changed = { was: usualValue(earlier), since: waiting.since };
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

/** Returns the share of earlier runs that showed such a value, or 1 for an aspect never seen. */
function shareOf({ runs }: ObservedAspect, value: string | number, aspect: string): number {
  const total = sumOf(runs);
  if (total === 0) {
    return 1;
  }
  const same = runs.filter(([seen]) => alike(seen, value, aspect));
  return sumOf(same) / total;
}

function sumOf(runs: ObservedAspect['runs']): number {
  return runs.reduce((sum, [, count]) => sum + count, 0);
}

/** Returns the value that most runs showed, or null. */
function usualValue({ runs }: ObservedAspect): string | number | null {
  const [first] = runs;
  return first ? first[0] : null;
}

/** Adds what a run showed, and what waited in vain before it. `keep` goes on waiting. */
function learn(
  earlier: ObservedAspect,
  sight: Sight | null,
  aspect: string,
  keep?: ObservedChange,
): ObservedAspect {
  const { waiting, changed } = earlier;
  const goesOn = waiting && keep && alike(keep.value, waiting.value, aspect);
  const shown: Counted[] = [];
  if (waiting && !goesOn) {
    shown.push([waiting.value, waiting.runs]);
  }
  if (sight) {
    shown.push([sight.value, 1]);
  }
  return { runs: shown.reduce(countIn, earlier.runs), ...(changed && { changed }) };
}

/** A value, and how many runs showed it. */
type Counted = [value: string | number, runs: number];

function countIn(runs: ObservedAspect['runs'], [value, count]: Counted): ObservedAspect['runs'] {
  const seen = runs.find(([known]) => known === value)?.[1] ?? 0;
  const others = runs.filter(([known]) => known !== value);
  const all: ObservedAspect['runs'] = [...others, [value, seen + count]];
  return all.toSorted(([, a], [, b]) => b - a).slice(0, MOST_VALUES);
}

/** Numbers are alike within a factor. Answers take longer for many reasons, lives seldom vary. */
function alike(a: string | number, b: string | number, aspect: string): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') {
    return a === b;
  }
  const factor = aspect === 'latency_ms' ? 4 : 1.4;
  return Math.max(a, b) <= factor * Math.min(a, b);
}

function toDrift(of: string, aspect: string, earlier: ObservedAspect, told: ObservedChange): Drift {
  const [provider = '', grant_type = ''] = of.split('/');
  return {
    provider,
    grant_type,
    aspect,
    was: usualValue(earlier),
    is: told.value,
    since: told.since,
    answers: told.answers,
    of: told.of,
  };
}
