import { parseExchangeKey } from './archived-exchange.ts';
import { copyStates, putState, whoHas } from './credential-index.ts';
import { HISTORY_CAP, newTenantState, type TenantState } from './shard-state.ts';

/**
 * What one archived exchange did, as far as histories care. Fingerprints only.
 * `adopted`: an operator put `issued` into the map. `code`: an authorization code was spent.
 * `exchange`: everything else.
 */
export interface ReplayEntry {
  kind: 'adopted' | 'code' | 'exchange';
  key: string;
  turn: number;
  sentAt: string;
  tenant: string;
  spent: string | null;
  issued: string | null;
  /** Set when an access token came with it. */
  token: { expiresAt: string; rotatedAt: string } | null;
}

export type TenantStates = ReadonlyMap<string, TenantState>;

/** What an entry of the map holds. Fingerprints only. */
export interface Held {
  tenant: string;
  code: string | null;
  refreshToken: string | null;
}

/**
 * What to put into a tenant's entry: the fingerprint of its current credential, and whether its
 * code is spent.
 */
export interface Restoration {
  tenant: string;
  put: string | null;
  removeCode: boolean;
}

/** The fingerprint of the credential that is current for a tenant, or null. */
export function currentOf(state: TenantState | undefined): string | null {
  return state?.history.at(-1) ?? null;
}

/**
 * Whether the tenant had this credential once and has another now: such a one is never sent again.
 */
export function hasSucceeded(state: TenantState | undefined, credential: string): boolean {
  return (
    state !== undefined && currentOf(state) !== credential && state.history.includes(credential)
  );
}

/**
 * Each entry, in order of turn and then of sending, makes what it issued the current credential of
 * every tenant whose current one is what it spent. Where that had been succeeded already, or the
 * entry's turn is earlier than the one that made the current one, what it issued only joins the
 * past. Repeating entries that were replayed before changes nothing.
 */
export function replay(states: TenantStates, entries: readonly ReplayEntry[]): TenantStates {
  const next = copyStates(states);
  const ordered = [...entries].sort(
    (a, b) =>
      a.turn - b.turn ||
      compare(a.sentAt, b.sentAt) ||
      RANK[a.kind] - RANK[b.kind] ||
      compare(a.key, b.key),
  );
  for (const entry of ordered) {
    if (entry.kind === 'adopted') replayAdopted(next, entry);
    else if (entry.kind === 'code') replayCode(next, entry);
    else replayExchange(next, entry);
    if (entry.token) recordToken(next, entry, entry.token);
  }
  return next;
}

/**
 * Wherever the map holds a credential that some tenant of the shard has succeeded: what to put in
 * its place. A code that was sent goes. A tenant's own history speaks first. Otherwise a credential
 * that is current for any tenant stays, and one that others have succeeded gets theirs (the tenant
 * was renamed, or copied from an old entry). Tenants that are gone from the map are only heard
 * where no other knows the credential, and then only if theirs is not older than the tenant's own.
 */
export function restore(held: readonly Held[], states: TenantStates): Restoration[] {
  const present = new Set(held.map(({ tenant }) => tenant));
  const restorations: Restoration[] = [];
  for (const entry of held) {
    const sender = entry.code === null ? undefined : senderOf(states, entry.tenant, entry.code);
    const put = entry.refreshToken
      ? successorOf(states, present, entry.tenant, entry.refreshToken)
      : currentOf(sender);
    const removeCode = sender !== undefined;
    if (put !== null || removeCode) restorations.push({ tenant: entry.tenant, put, removeCode });
  }
  return restorations;
}

/**
 * The refresh tokens that an operator put into the map: those that are no tenant's past and not
 * this tenant's current one.
 */
export function adoptable(held: readonly Held[], states: TenantStates): Held[] {
  const present = new Set(held.map(({ tenant }) => tenant));
  return held.filter(({ tenant, refreshToken }) => {
    if (refreshToken === null || currentOf(states.get(tenant)) === refreshToken) return false;
    return successorOf(states, present, tenant, refreshToken) === null;
  });
}

/**
 * Takes a credential out of a tenant's history, so that an operator may put it into the map again.
 */
export function forget(state: TenantState, credential: string): TenantState {
  return { ...state, history: state.history.filter((known) => known !== credential) };
}

/** The tenant that sent an authorization code before, this one first: nobody sends it again. */
export function senderOf(
  states: TenantStates,
  tenant: string,
  code: string,
): TenantState | undefined {
  const sent = (state: TenantState | undefined) => state?.codes_sent.includes(code);
  const own = states.get(tenant);
  return sent(own) ? own : whoHas(states, 'codes_sent', code)[0]?.[1];
}

function successorOf(
  states: TenantStates,
  present: ReadonlySet<string>,
  tenant: string,
  credential: string,
): string | null {
  const own = states.get(tenant);
  const current = currentOf(own);
  if (own?.history.includes(credential)) return current === credential ? null : current;
  const knowing = whoHas(states, 'history', credential);
  const here = knowing.filter(([name]) => present.has(name));
  const newest = newestKnowing(
    (here.length > 0 ? here : knowing).map(([, state]) => state),
    credential,
  );
  if (
    here.length === 0 &&
    own &&
    newest &&
    current !== null &&
    compare(own.history_at ?? '', newest.history_at ?? '') > 0
  )
    return current;
  const successor = currentOf(newest);
  return successor === credential ? null : successor;
}

/**
 * Of tenants that know a credential, one for which it is current; without such a one, who succeeded
 * it last.
 */
function newestKnowing(
  knowing: readonly TenantState[],
  credential: string,
): TenantState | undefined {
  const holder = knowing.find((state) => currentOf(state) === credential);
  return holder ?? knowing.toSorted((a, b) => compare(b.history_at ?? '', a.history_at ?? ''))[0];
}

function replayAdopted(states: Map<string, TenantState>, entry: ReplayEntry): void {
  const { tenant, issued, turn } = entry;
  const state = states.get(tenant) ?? newTenantState;
  if (issued === null || currentOf(state) === issued) return;
  if (
    turn < state.history_turn ||
    (turn === state.history_turn && state.history.includes(issued))
  ) {
    if (!state.history.includes(issued)) putState(states, tenant, past(state, 0, issued));
    return;
  }
  // Of tenants that shared a credential, one may have been asked for before this entry comes in
  // order: then what it brought is this one's too.
  const others = state.history.includes(issued)
    ? []
    : whoHas(states, 'history', issued).map(([, other]) => other);
  const successor = newestKnowing(others, issued);
  const adopted = advance(state, issued, entry);
  const next = currentOf(successor);
  if (!successor || next === null || next === issued) putState(states, tenant, adopted);
  else
    putState(states, tenant, {
      ...advance(adopted, next, entry),
      credential_key: successor.credential_key,
      history_at: successor.history_at,
      adopted: successor.adopted,
    });
}

function replayCode(states: Map<string, TenantState>, entry: ReplayEntry): void {
  const { tenant, spent, issued, turn } = entry;
  if (spent === null) return;
  const own = states.get(tenant) ?? newTenantState;
  if (!own.codes_sent.includes(spent))
    putState(states, tenant, {
      ...own,
      codes_sent: [...own.codes_sent, spent].slice(-HISTORY_CAP),
    });
  if (issued === null) return;
  for (const [name, state] of whoHas(states, 'codes_sent', spent)) {
    if (state.history.includes(issued)) continue;
    putState(
      states,
      name,
      turn < state.history_turn ? past(state, 0, issued) : advance(state, issued, entry),
    );
  }
}

function replayExchange(states: Map<string, TenantState>, entry: ReplayEntry): void {
  const { spent, issued, turn } = entry;
  if (spent === null || issued === null) return;
  // What was sent had been current. Only a history rebuilt from an archive whose oldest entries
  // expired does not know it.
  if (!isKnown(states, spent)) replayAdopted(states, { ...entry, issued: spent });
  if (issued === spent) return;
  for (const [name, state] of whoHas(states, 'history', spent)) {
    const at = state.history.lastIndexOf(spent);
    // An answer that comes late shows that what was adopted meanwhile had been spent; what a later
    // answer issued again had not.
    if (currentOf(state) === spent && (turn >= state.history_turn || state.adopted))
      putState(states, name, advance(state, issued, entry));
    else if (!state.history.includes(issued))
      putState(states, name, past(state, currentOf(state) === spent ? at : at + 1, issued));
  }
}

function recordToken(
  states: Map<string, TenantState>,
  entry: ReplayEntry,
  token: { expiresAt: string; rotatedAt: string },
): void {
  const tokenFor = entry.issued ?? entry.spent;
  if (tokenFor === null) return;
  // Identities of grants that spend nothing, and codes that brought no refresh token, stand in no
  // history: their token is their tenant's alone.
  const holders = isKnown(states, tokenFor)
    ? whoHas(states, 'history', tokenFor).filter(([, state]) => currentOf(state) === tokenFor)
    : [[entry.tenant, states.get(entry.tenant) ?? newTenantState] as const];
  for (const [name, state] of holders) {
    if (isNewer(state.archive_key, entry)) continue;
    putState(states, name, {
      ...state,
      archive_key: entry.key,
      token_for: tokenFor,
      rotated_at: token.rotatedAt,
      expires_at: token.expiresAt,
    });
  }
}

/** Of one instant, what was adopted comes before what was sent. */
const RANK = { adopted: 0, code: 1, exchange: 1 };

function isKnown(states: TenantStates, credential: string): boolean {
  return whoHas(states, 'history', credential).length > 0;
}

/**
 * Turns count per shard: what a tenant brought along from another shard is older than anything it
 * gets here.
 */
function isNewer(archiveKey: string | null, entry: ReplayEntry): boolean {
  const known = archiveKey === null ? undefined : parseExchangeKey(archiveKey);
  return (
    known !== undefined &&
    known.turn > entry.turn &&
    known.shard === parseExchangeKey(entry.key)?.shard
  );
}

function advance(
  state: TenantState,
  issued: string,
  { kind, turn, sentAt, key }: ReplayEntry,
): TenantState {
  const history = [...state.history.filter((known) => known !== issued), issued].slice(
    -HISTORY_CAP,
  );
  const since = {
    history_turn: Math.max(turn, state.history_turn),
    history_at: sentAt,
    adopted: kind === 'adopted',
  };
  return { ...state, history, ...since, credential_key: key };
}

function past(state: TenantState, at: number, credential: string): TenantState {
  return { ...state, history: state.history.toSpliced(at, 0, credential).slice(-HISTORY_CAP) };
}

/** By code units, as instants in ISO-8601 and keys of the archive sort. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
