import { parseExchangeKey, turnOfKey } from '../../lambda/history/archived-exchange.ts';
import { parseShardState } from '../../lambda/history/stored-state.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { HttpAnswer, HttpRequest } from '../../lambda/ports.ts';
import type { Process } from './random-ports.ts';
import type { Simulation } from './simulation.ts';

type TenantMap = ReturnType<Simulation['map']>;

/** A refresh token that the map holds at the end. */
export interface HeldCredential {
  tenant: string;
  token: string;
  /** Whether the server accepts it. */
  isSafe: boolean;
  /** Why its loss may be excused, or null. */
  excuse: string | null;
}

/**
 * Watches a random world, and notes what its runs do wrong and what they may be excused for losing.
 */
export function createRandomJudge(sim: Simulation) {
  const { server, world, clock } = sim;
  const violations: string[] = [];
  /**
   * Why the tokens of a consent may be lost, by account and number of the consent. The next consent
   * needs no excuse of the one before.
   */
  const excuses = new Map<string, string>();
  /** Tenants that nothing leads to the newest consent of their account, with its number. */
  const unled = new Set<string>();
  /** Tenants of whom the last run said that a person has to choose between two credentials. */
  let undecided: ReadonlySet<string> = new Set();
  /** What the server issued for what. */
  const successors = new Map<string, string[]>();
  /** When a token came to where every later run lists it. */
  const landedAt = new Map<string, number>();
  /** The last turn that a state, of now or of before, takes as known. */
  let replayedTurn = 0;
  let foreignPart = '';

  const consentOf = (account: string) => `${account} ${server.accounts.get(account)?.consents}`;

  function accountOf(token: unknown): string | undefined {
    return [...server.accounts].find(
      ([, account]) => typeof token === 'string' && account.family.has(token),
    )?.[0];
  }

  function isOfLastConsent(account: string, token: string): boolean {
    const { family, consents } = server.accounts.get(account) ?? {};
    return family?.get(token) === consents;
  }

  function excuse(account: string, why: string): void {
    excuses.set(consentOf(account), why);
  }

  /**
   * Lets the server handle a request. A spent token may only be sent where what succeeded it could
   * not be known when this run looked into the archive.
   */
  function handle(process: Process, request: HttpRequest): HttpAnswer {
    const sent = new URLSearchParams(request.body).get('refresh_token') ?? '';
    const account = accountOf(sent);
    if (account === undefined) {
      return server.handle(request);
    }
    noteReplay(process, account, sent);
    const family = server.accounts.get(account)?.family ?? new Map();
    const issuedBefore = family.size;
    const answer = server.handle(request);
    const issued = [...family.keys()].slice(issuedBefore);
    if (issued.length > 0) {
      successors.set(sent, [...(successors.get(sent) ?? []), ...issued]);
    }
    return answer;
  }

  function noteReplay({ listedAt }: Process, account: string, sent: string): void {
    const issued = successors.get(sent);
    if (issued === undefined) {
      return;
    }
    const isKnown = issued.some((token) => (landedAt.get(token) ?? Infinity) <= (listedAt ?? 0));
    if (isKnown) {
      violations.push(`${sent} was sent again although its successor was in the archive`);
    }
    const endsFamily = server.accounts.get(account)?.rotation === 'detect';
    if (endsFamily && isOfLastConsent(account, sent)) {
      excuse(account, 'a request was not answered, or its answer not archived in time');
    }
  }

  /**
   * Notes the tokens of an entry that every later run lists. A run lists what is filed after
   * `replayed_turn`. What comes into a turn after a later one was claimed is found by the deep look.
   */
  function noteArchived(key: string): void {
    const turn = parseExchangeKey(key)?.turn ?? 0;
    const newest = Math.max(...[...world.objects.keys()].map(turnOfKey));
    if (turn <= replayedTurn || turn < newest) {
      return;
    }
    const text = world.objects.get(key) ?? '';
    for (const { family } of server.accounts.values()) {
      for (const token of family.keys()) {
        if (!landedAt.has(token) && text.includes(`${token}\\"`)) {
          landedAt.set(token, clock.now());
        }
      }
    }
  }

  function noteState(text: string): void {
    replayedTurn = Math.max(replayedTurn, parseShardState(text).replayed_turn);
  }

  /**
   * What a run has archived can be restored. What none has seen, at least not in this tenant's
   * entry, the operator throws away himself.
   */
  function isArchived(token: string, tenant: string): boolean {
    const entries = [...world.objects].filter(([, text]) => text.includes(`${token}\\"`));
    return entries.some(
      ([key, text]) => !text.includes('"adopted"') || parseExchangeKey(key)?.tenant === tenant,
    );
  }

  /** Tokens that one map has and the other has not at this tenant, and that no run has seen. */
  function unseenIn(map: TenantMap, other: TenantMap): { account: string; token: string }[] {
    return Object.entries(map.tenants).flatMap(([name, entry]) => {
      const token = String(entry.refresh_token);
      const account = accountOf(token);
      const isKept = other.tenants[name]?.refresh_token === token;
      return account === undefined || isKept || isArchived(token, name) ? [] : [{ account, token }];
    });
  }

  /** The operator replaced one map by another. */
  function noteReplaced(before: TenantMap, after: TenantMap): void {
    for (const { account, token } of unseenIn(before, after)) {
      if (isOfLastConsent(account, token)) {
        excuse(account, 'the operator replaced what no run had seen');
      }
    }
    // It looks like a new consent, whichever it goes back to.
    for (const { account, token } of unseenIn(after, before)) {
      if (!server.accepts(token)) {
        excuse(account, 'the operator put back what no run had seen');
      }
    }
    for (const [name, entry] of Object.entries(before.tenants)) {
      const code = entry.authorization_code;
      if (code !== undefined && after.tenants[name]?.authorization_code !== code) {
        excuse(String(entry.client_id), 'the operator threw a code away');
      }
    }
  }

  /** Only the token that the server still accepts is missed. */
  function noteUnarchived(): void {
    const map = world.vault.text('default');
    for (const [account, { valid }] of server.accounts) {
      for (const token of valid) {
        if (
          !landedAt.has(token) &&
          !map.includes(`"${token}"`) &&
          !excuses.has(consentOf(account))
        ) {
          excuse(account, 'a token was issued and never archived');
        }
      }
    }
  }

  /** Whether a run has seen this tenant in a consent of an account. */
  function isKnownIn(tenant: string, account: string, consent: number | undefined): boolean {
    const { family = new Map<string, number>() } = server.accounts.get(account) ?? {};
    const kin = [...family.keys()].filter((token) => family.get(token) === consent);
    const entries = [...world.objects].filter(([key]) => parseExchangeKey(key)?.tenant === tenant);
    return entries.some(([, text]) => kin.some((other) => text.includes(`${other}\\"`)));
  }

  /**
   * Notes the tenants that the map gives an ended consent, and that no run has seen in it and in the
   * newest one. What is known leads an old copy to the next consent by the tenant's name alone. To
   * give an older consent to a name that never had it, or never left it, may be meant.
   */
  function noteUnled(): void {
    for (const [tenant, entry] of Object.entries(sim.map().tenants)) {
      const token = String(entry.refresh_token);
      const account = accountOf(token);
      if (account === undefined || isOfLastConsent(account, token)) {
        continue;
      }
      const { family, consents } = server.accounts.get(account) ?? {};
      const isLed =
        isKnownIn(tenant, account, family?.get(token)) && isKnownIn(tenant, account, consents);
      if (!isLed) {
        unled.add(`${tenant} ${consentOf(account)}`);
      }
    }
  }

  /** Whether the archive has a token of the account that the server accepts. */
  function isRestorable(account: string): boolean {
    const valid = [...(server.accounts.get(account)?.valid ?? [])];
    return valid.some((token) =>
      [...world.objects.values()].some((text) => text.includes(`${token}\\"`)),
    );
  }

  function excuseOf(tenant: string, account: string): string | null {
    const why = excuses.get(consentOf(account)) ?? null;
    if (why !== null) {
      return why;
    }
    if (undecided.has(tenant) && isRestorable(account)) {
      return 'it needs a decision, and the archive has the newest one';
    }
    const isUnled = unled.has(`${tenant} ${consentOf(account)}`);
    return isUnled ? 'nothing led the name from an ended consent to the newest one' : null;
  }

  return {
    violations,
    accountOf,
    excuse,
    handle,
    noteArchived,
    noteState,
    noteReplaced,
    noteUnled,
    /** The map is as the operator left it. */
    noteForeignPart(): void {
      foreignPart = foreignPartOf(sim.map());
    },
    /** No object is damaged any more, and none may keep a tenant from being asked. */
    checkAskable(report: Report | undefined): void {
      const outcomes = report?.outcomes ?? [];
      const waiting = outcomes.filter(({ error }) => error?.code === 'needs_decision');
      undecided = new Set(waiting.map(({ tenant }) => tenant));
      for (const { tenant, error } of outcomes) {
        if (error?.code === 'archive_failed') {
          violations.push(`${tenant} waits for an object that is good again`);
        }
      }
    },
    checkForeignPart(): void {
      if (foreignPartOf(sim.map()) !== foreignPart) {
        violations.push('an edit of the operator was lost, or what is not ours was changed');
      }
    },
    /** The credentials of enabled tenants. One that waits for its code holds none. */
    held(): HeldCredential[] {
      noteUnarchived();
      return Object.entries(sim.map().tenants).flatMap(([tenant, entry]) => {
        const token = entry.refresh_token;
        const waits = entry.authorization_code !== undefined;
        if (typeof token !== 'string' || entry.enabled === false || waits) {
          return [];
        }
        const excuse = excuseOf(tenant, String(entry.client_id));
        return [{ tenant, token, isSafe: server.accepts(token), excuse }];
      });
    },
  };
}

export type RandomJudge = ReturnType<typeof createRandomJudge>;

/** What is not ours to change: every field but the credentials. */
function foreignPartOf(map: TenantMap): string {
  const tenants = Object.entries(map.tenants).map(([name, entry]) => {
    const { refresh_token: _, authorization_code: __, code_verifier: ___, ...rest } = entry;
    return [name, rest];
  });
  return JSON.stringify({ ...map, tenants: Object.fromEntries(tenants) });
}
