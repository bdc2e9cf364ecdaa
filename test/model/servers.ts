import type { HttpAnswer, HttpRequest } from '../../lambda/ports.ts';
import { pick, type Random } from './random.ts';

/**
 * How a server treats the refresh token that it was sent. `reuse`: it dies, and sent again it ends
 * the grant. `once`: it dies. `firstuse`: it lives until what it was answered with is used.
 * `grace`: it lives some time longer, and may be answered again. `echo`: it is answered with
 * itself. `silent`: it lives, and the answer names none. `alternate`: the grant has two tokens, and
 * each is answered with the other. `oversized`: as `once`, with values that fill much of a secret.
 */
type Kind = (typeof KINDS)[number] | 'oversized';

const KINDS = ['reuse', 'once', 'firstuse', 'grace', 'echo', 'silent', 'alternate'] as const;

/** One consent, and all that was issued for it. */
export interface Grant {
  id: string;
  kind: Kind;
  graceMs: number;
  /** Whether a server with grace ends the grant when a token is sent after its time. */
  isStrict: boolean;
  live: Set<string>;
  /** When a token ends that was spent, in milliseconds since the epoch. */
  endsAt: Map<string, number>;
  issued: string[];
  /** The code that was not redeemed yet. */
  code: string | null;
  /** Why the promise does not reach it, or null. */
  excusedBy: string | null;
}

export interface Servers {
  grants: Map<string, Grant>;
  exchanges: number;
  /** Spent tokens that were sent, of grants without an excuse. */
  replays: string[];
  /** Whether the next request is refused whatever it brings, and spends nothing. */
  refuses(): boolean;
  /** A consent whose refresh token the operator gets at once. Returns its value. */
  consent(random: Random): string;
  /** A consent that brings a code. Returns it. */
  consentByCode(random: Random): string;
  /** What the server does with one request. Returns what it issued too. */
  handle(request: HttpRequest): { answer: HttpAnswer; issued: string | null };
  /** A consumer uses an access token. */
  use(accessToken: string): void;
  isAlive(token: string): boolean;
  grantOf(token: string): Grant | undefined;
  excuse(token: string, why: string): void;
}

const OVERSIZED_BYTES = 15_000;

/** Returns the names of the refresh tokens in a text. A token's value may be longer. */
export function tokensIn(text: string): Set<string> {
  return new Set(text.match(/rt-g\d+-\d+/g));
}

/** Returns the one refresh token's name in a value, or null. */
export function nameOf(value: unknown): string | null {
  return typeof value === 'string' ? (/^rt-g\d+-\d+/.exec(value)?.[0] ?? null) : null;
}

/** Opens servers of every kind, behind one token URL. */
export function createServers(now: () => number): Servers {
  const grants = new Map<string, Grant>();
  let count = 0;

  function open(random: Random, code: boolean): Grant {
    const id = `g${++count}`;
    const kind = random() < 0.04 ? 'oversized' : (pick(random, KINDS) ?? 'once');
    const grant: Grant = {
      id,
      kind,
      graceMs: random() < 0.5 ? 60_000 : 600_000,
      isStrict: random() < 0.5,
      live: new Set(),
      endsAt: new Map(),
      issued: [],
      code: code ? `code-${id}` : null,
      excusedBy: null,
    };
    grants.set(id, grant);
    return grant;
  }

  function issue(grant: Grant): string {
    const token = `rt-${grant.id}-${grant.issued.length + 1}`;
    grant.issued.push(token);
    grant.live.add(token);
    return token;
  }

  const grantOf = (token: string) => grants.get(/^(?:rt|at|code)-(g\d+)/.exec(token)?.[1] ?? '');
  const isAlive = (token: string) => {
    const grant = grantOf(token);
    return (grant?.live.has(token) && (grant.endsAt.get(token) ?? Infinity) > now()) ?? false;
  };

  function refuse(grant: Grant | undefined, token: string): null {
    if (!grant) {
      return null;
    }
    if (grant.excusedBy === null) {
      servers.replays.push(token);
    }
    if (grant.kind === 'reuse' || (grant.kind === 'grace' && grant.isStrict)) {
      grant.live.clear();
    }
    return null;
  }

  function refresh(token: string): string | null {
    const grant = grantOf(token);
    if (!grant || !isAlive(token)) {
      return refuse(grant, token);
    }
    switch (grant.kind) {
      case 'echo':
      case 'silent':
        return token;
      case 'alternate':
        return alternate(grant, token);
      case 'firstuse':
        useToken(grant, token);
        return issue(grant);
      case 'grace':
        return answerInGrace(grant, token);
      case 'reuse':
      case 'once':
      case 'oversized':
        grant.live.delete(token);
        return issue(grant);
    }
  }

  function alternate(grant: Grant, token: string): string {
    grant.live.delete(token);
    const other = grant.issued.find((one) => one !== token);
    if (other === undefined) {
      return issue(grant);
    }
    grant.live.add(other);
    return other;
  }

  function answerInGrace(grant: Grant, token: string): string {
    if (!grant.endsAt.has(token)) {
      grant.endsAt.set(token, now() + grant.graceMs);
    }
    // The newest answer ends the one before.
    else if (grant.isStrict) {
      for (const one of grant.live) {
        if (one !== token) {
          grant.live.delete(one);
        }
      }
    }
    return issue(grant);
  }

  function useToken(grant: Grant, token: string): void {
    for (const older of grant.issued.slice(0, grant.issued.indexOf(token))) {
      grant.live.delete(older);
    }
  }

  function redeem(code: string): string | null {
    const grant = grantOf(code);
    if (grant?.code !== code) {
      if (grant && grant.excusedBy === null) {
        servers.replays.push(code);
      }
      return null;
    }
    grant.code = null;
    return issue(grant);
  }

  const servers: Servers = {
    grants,
    exchanges: 0,
    replays: [],
    refuses: () => false,
    consent(random) {
      const grant = open(random, false);
      return issue(grant);
    },
    consentByCode: (random) => open(random, true).code ?? '',
    handle({ body = '' }) {
      servers.exchanges += 1;
      const sent = new URLSearchParams(body);
      const token = nameOf(sent.get('refresh_token'));
      const code = sent.get('code') ?? '';
      if (servers.refuses()) {
        servers.excuse(code, 'a good code was refused');
        return { issued: null, answer: REFUSED };
      }
      const issued = token === null ? redeem(code) : refresh(token);
      const grant = issued === null ? undefined : grantOf(issued);
      return {
        issued,
        answer: grant && issued !== null ? answerWith(grant, issued, token) : REFUSED,
      };
    },
    use(accessToken) {
      const grant = grantOf(accessToken);
      if (grant?.kind === 'firstuse') {
        useToken(grant, accessToken.replace(/^at/, 'rt'));
      }
    },
    isAlive,
    grantOf,
    excuse(token, why) {
      const grant = grantOf(token);
      if (grant) {
        grant.excusedBy ??= why;
      }
    },
  };
  return servers;
}

function tokenValue({ kind }: Grant, token: string): string {
  return kind === 'oversized' ? `${token}-${'x'.repeat(OVERSIZED_BYTES)}` : token;
}

function answerWith(grant: Grant, token: string, sent: string | null): HttpAnswer {
  const isNamed = grant.kind !== 'silent' || token !== sent;
  return json(200, {
    access_token: token.replace(/^rt/, 'at'),
    token_type: 'Bearer',
    expires_in: 3600,
    ...(isNamed && { refresh_token: tokenValue(grant, token) }),
  });
}

const REFUSED = json(400, { error: 'invalid_grant' });

function json(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
}
