import type { Ending } from '../outcome.ts';

/**
 * Describes what of a tenant may end (the refresh token at its end, a refresh token that nobody
 * uses, an access token that nothing renews, the client's consent, or the secret of its app).
 */
export type EndKind = Ending['kind'];

/** Something of a tenant that ends at a known instant. */
export interface End {
  kind: EndKind;
  /** ISO-8601. */
  at: string;
  /** A successful exchange moves it on, so that a schedule can keep the tenant alive. */
  sliding: boolean;
  /** The platform, or a secret's owner, said so. Else it is counted by the platform's rules. */
  told: boolean;
}

/** How long what a platform issues lives, in seconds. What is not said has no known end. */
interface Lives {
  /**
   * Ends of a refresh token. A reply tells the first that has a `path`, and the others are counted:
   * from the newest use where each use starts the life again (`slides`), else from the consent.
   */
  refresh_expires?: readonly RefreshEnd[] | undefined;
  /** A refresh token dies when it is unused for so long. */
  idle_s?: number | undefined;
  client_secret_s?: number | undefined;
}

interface RefreshEnd {
  path?: unknown;
  after_s?: number | undefined;
  slides: boolean;
}

/**
 * Describes what is known of a tenant's clocks. Instants are ISO-8601, null where nothing is known.
 */
export interface ClockFacts {
  lives: Lives;
  /** Grants that spend nothing hold no refresh token, and need no consent. */
  spends: boolean;
  consented_at: string | null;
  /** Says when the newest exchange that issued a token was sent. */
  rotated_at: string | null;
  expires_at: string | null;
  /**
   * Says what the access token is, one that a grant brings anew, the credential that is renewed
   * with itself, or the last one.
   */
  access_token: 'renewed' | 'credential' | 'last';
  /** The end of the refresh token as the newest reply told it. */
  refresh_expires_at: string | null;
  secret_created_at: string | null;
  secret_expires_at: string | null;
}

/** Returns everything of a tenant that will end, the nearest first. */
export function endsOf(facts: ClockFacts): End[] {
  const own = facts.spends
    ? [...refreshEnds(facts), ...counted('unused', unusedAt(facts), true)]
    : [];
  return nearestOfKind([...own, ...accessEnd(facts), ...secretEnd(facts)]);
}

function accessEnd({ access_token, expires_at: at }: ClockFacts): End[] {
  if (at === null || access_token === 'renewed') return [];
  const sliding = access_token === 'credential';
  return [
    {
      kind: sliding ? 'refresh_token' : 'access_token',
      at,
      sliding,
      told: true,
    },
  ];
}

function refreshEnds(facts: ClockFacts): End[] {
  const rules = facts.lives.refresh_expires ?? [];
  const told = facts.refresh_expires_at === null ? -1 : rules.findIndex(({ path }) => path);
  return rules.flatMap((rule, index) =>
    index === told ? toldEnd(facts.refresh_expires_at, rule) : countedEnd(facts, rule),
  );
}

function toldEnd(at: string | null, { slides }: RefreshEnd): End[] {
  return at === null
    ? []
    : [
        {
          kind: 'refresh_token',
          at,
          sliding: slides,
          told: true,
        },
      ];
}

function countedEnd(facts: ClockFacts, { after_s, slides }: RefreshEnd): End[] {
  const start = slides ? lastUse(facts) : facts.consented_at;
  return counted(slides ? 'refresh_token' : 'consent', after(start, after_s), slides);
}

function unusedAt(facts: ClockFacts): string | null {
  return after(lastUse(facts), facts.lives.idle_s);
}

function secretEnd({ lives, secret_created_at, secret_expires_at: at }: ClockFacts): End[] {
  if (at === null) {
    return counted('client_secret', after(secret_created_at, lives.client_secret_s), false);
  }
  return [
    {
      kind: 'client_secret',
      at,
      sliding: false,
      told: true,
    },
  ];
}

/** A consent that was exchanged is a use as well. */
function lastUse({ consented_at, rotated_at }: ClockFacts): string | null {
  return rotated_at ?? consented_at;
}

function after(start: string | null, seconds: number | undefined): string | null {
  if (start === null || seconds === undefined) return null;
  return new Date(Date.parse(start) + seconds * 1000).toISOString();
}

function counted(kind: EndKind, at: string | null, sliding: boolean): End[] {
  return at === null
    ? []
    : [
        {
          kind,
          at,
          sliding,
          told: false,
        },
      ];
}

function nearestOfKind(ends: readonly End[]): End[] {
  const sorted = ends.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return sorted.filter(({ kind }, index) => sorted.findIndex((end) => end.kind === kind) === index);
}
