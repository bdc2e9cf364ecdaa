import { groupBy } from '../group-by.ts';
import type { ErrorCode } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';

/** One judged exchange, as far as it shows how its platform behaves. Holds no text of a reply. */
export interface SeenExchange {
  provider: string;
  grant_type: string;
  status: number | null;
  outcome: 'issued' | ErrorCode;
  /** A known error code of the reply. */
  oauth_error: string | null;
  /** Of the refresh token; null where the grant has none. */
  refresh_token: 'changes' | 'repeats' | 'missing' | null;
  /** Lives in seconds, where the reply tells them. */
  access_life_s: number | null;
  refresh_life_s: number | null;
  latency_ms: number;
  /** The top-level fields of the reply, as known names, and fingerprints of unknown ones. */
  fields: readonly string[];
  /** Names of the rate-limit headers that came, by allow-list. */
  headers: readonly string[];
}

/** Describes what most answers of a run show of one aspect. */
export interface Sight {
  value: string | number;
  /** How many answers show it, of how many that could. */
  answers: number;
  of: number;
}

/** Describes what one run shows of a platform's grant. */
export interface Observation {
  /** An aspect is null where the answers differ. */
  aspects: ReadonlyMap<string, Sight | null>;
  /** Answers in all, and those that issued a token. */
  answers: number;
  issued: number;
}

/** A value counts as what the platform does where so many of the answers show it. */
const MOST = 0.8;

/** Returns what a run's exchanges show, by `provider/grant`. */
export function observe(exchanges: readonly SeenExchange[]): Map<string, Observation> {
  const renewals = exchanges.filter(({ grant_type }) => !isCodeGrant(grant_type));
  const groups = groupBy(renewals, ({ provider, grant_type }) => `${provider}/${grant_type}`);
  return new Map([...groups].map(([key, group]) => [key, observeGrant(group)]));
}

/** What is shown of one aspect. Null where the answers differ, undefined where none shows it. */
type Shown = [aspect: string, sight: Sight | null | undefined];

function observeGrant(group: readonly SeenExchange[]): Observation {
  const issued = group.filter(({ outcome }) => outcome === 'issued');
  const answered = group.filter(({ status }) => status !== null);
  const refreshTokens = issued.flatMap(({ refresh_token }) => refresh_token ?? []);
  const accessLives = issued.flatMap(({ access_life_s }) => access_life_s ?? []);
  const refreshLives = issued.flatMap(({ refresh_life_s }) => refresh_life_s ?? []);
  const latencies = answered.map(({ latency_ms }) => latency_ms);
  const shown: Shown[] = [
    ['refresh_token', mostOf(refreshTokens)],
    ['access_life_s', middleOf(accessLives)],
    ['refresh_life_s', middleOf(refreshLives)],
    ['latency_ms', middleOf(latencies)],
    ...refusals(answered),
    ...presences('field', issued, ({ fields }) => fields),
    ...presences('header', answered, ({ headers }) => headers),
  ];
  const aspects = new Map<string, Sight | null>();
  for (const [aspect, sight] of shown) {
    if (sight !== undefined) {
      aspects.set(aspect, sight);
    }
  }
  return {
    aspects,
    answers: answered.length,
    issued: issued.length,
  };
}

/** Outages and throttling say nothing of a platform's rules. */
const RULES: ReadonlySet<string> = new Set([
  'needs_authorization',
  'app_rejected',
  'request_rejected',
]);

/** Returns in which form a refusal of each meaning comes. */
function refusals(answered: readonly SeenExchange[]): Shown[] {
  const refused = answered.filter(({ outcome }) => RULES.has(outcome));
  const byCode = groupBy(refused, ({ outcome }) => outcome);
  return [...byCode].map(([code, group]) => {
    const forms = group.map(({ status, oauth_error }) => `${status} ${oauth_error ?? 'unlisted'}`);
    return [`refusal:${code}`, mostOf(forms)];
  });
}

function presences(
  kind: string,
  group: readonly SeenExchange[],
  namesOf: (exchange: SeenExchange) => readonly string[],
): Shown[] {
  const names = new Set(group.flatMap(namesOf));
  return [...names].map((name) => {
    const values = group.map((one) => (namesOf(one).includes(name) ? 'there' : 'missing'));
    return [`${kind}:${name}`, mostOf(values)];
  });
}

/** Returns the value that most show, or null where none is. Undefined where nothing is shown. */
function mostOf(values: readonly string[]): Sight | null | undefined {
  if (values.length === 0) {
    return undefined;
  }
  const groups = [...groupBy(values, (value) => value).values()];
  const [largest = []] = groups.toSorted((a, b) => b.length - a.length);
  const [value] = largest;
  if (value === undefined || largest.length < MOST * values.length) {
    return null;
  }
  return {
    value,
    answers: largest.length,
    of: values.length,
  };
}

/** Returns the middle value to two digits. Single answers far from it do not count. */
function middleOf(values: readonly number[]): Sight | undefined {
  if (values.length === 0) {
    return undefined;
  }
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const near = sorted.filter((value) => Math.abs(value - middle) <= middle / 4).length;
  return {
    value: Number(middle.toPrecision(2)),
    answers: near,
    of: sorted.length,
  };
}
