import type { Ending } from '../outcome.ts';

/**
 * Names what of a tenant may end. That is a refresh token by its age or because nobody uses it, an
 * access token that nothing renews, the client's consent, or the secret of the app.
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
   * `renewed`: a grant brings another one. `credential`: it is renewed with itself. `last`: nothing
   * brings another one.
   */
  access_token: 'renewed' | 'credential' | 'last';
  /** The end of the refresh token, by the newest reply that named one. */
  refresh_expires_at: string | null;
  secret_created_at: string | null;
  secret_expires_at: string | null;
}

/** Returns everything of a tenant that will end, the nearest first. */
export function endsOf(facts: ClockFacts): End[] {
  const always = [...accessEnd(facts), ...secretEnd(facts)];
  if (!facts.spends) {
    return nearestOfKind(always);
  }
  const unused = counted('unused', unusedAt(facts), true);
  return nearestOfKind([...refreshEnds(facts), ...unused, ...always]);
}

function accessEnd({ access_token, expires_at: at }: ClockFacts): End[] {
  if (at === null || access_token === 'renewed') {
    return [];
  }
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
  const at = facts.refresh_expires_at;
  const told = at === null ? undefined : rules.find(({ path }) => path);
  return rules.flatMap((rule) => {
    if (at === null || rule !== told) {
      return countedEnd(facts, rule);
    }
    return [
      {
        kind: 'refresh_token',
        at,
        sliding: rule.slides,
        told: true,
      },
    ];
  });
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
  if (start === null || seconds === undefined) {
    return null;
  }
  return new Date(Date.parse(start) + seconds * 1000).toISOString();
}

function counted(kind: EndKind, at: string | null, sliding: boolean): End[] {
  if (at === null) {
    return [];
  }
  return [
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
  const nearest = new Map<EndKind, End>();
  for (const end of sorted) {
    if (!nearest.has(end.kind)) {
      nearest.set(end.kind, end);
    }
  }
  return [...nearest.values()];
}
