import * as z from 'zod/mini';
import type { LifecycleEvent } from '../lifecycle-event.ts';
import type { ErrorCode, OutcomeStatus, ReplyFacts, ShardFailure } from '../outcome.ts';
import { StoreError } from '../ports.ts';
import {
  type Observed,
  observedSchema,
  outboxSchema,
  type ToldOfTenant,
  toldSchema,
} from './ahead-state.ts';
import { type Code, type Family, type Knowledge, newKnowledge, type Token } from './families.ts';
import {
  type Form1State,
  form1Schema,
  formatForm1,
  knowledgeOfForm1,
  tenantErrorSchema,
} from './form1-state.ts';
import type { Stamp } from './stamp.ts';
import { type TenantAccount, tenantAccountSchema } from './tenant-account.ts';

/** Describes what is remembered of one tenant between runs. Holds fingerprints, and no token. */
export interface TenantState {
  status: OutcomeStatus | 'new';
  error: TenantError | null;
  /** The shard this tenant was split off to. Here it is never asked again. */
  moved_to: string | null;
  /** Says what people and programs last heard of it. */
  told?: ToldOfTenant | undefined;
  /** The oldest first. */
  former_names?: readonly FormerName[] | undefined;
  /** Says from whose account its consents came, where its platform tells. */
  account?: TenantAccount | undefined;
  /** It is well again, and no mail said so yet. A run found it that sends no mail. */
  recovery_untold?: true | undefined;
}

/** A name that a tenant had before it was renamed. */
export interface FormerName {
  name: string;
  /** ISO-8601. Exchanges of before, under this name, are the tenant's. */
  renamed_at: string;
  /** Says with which full run from now on its access token leaves this name. */
  runs_left: number;
}

export interface TenantError {
  code: ErrorCode;
  since: string;
  attempts: number;
  /** Says when it was last tried. */
  tried_at: string;
  /** Fingerprint of the credential that failed, so that a new one is not blamed. */
  credential: string | null;
  /** Fingerprint of the settings that failed, so that corrected ones are not blamed. */
  settings?: string | undefined;
  /** Describes the answer, so that a later report uses the same words. */
  reply?: ReplyFacts | undefined;
  /** Says it as the run did, where code and answer alone would say it otherwise. */
  words?: { message: string; next_step: string } | undefined;
  /** No mail reported it yet. A run found it that sends no mail. */
  untold?: true | undefined;
}

/** The shard's lease and memory, `state/<shard>.json`. */
export interface ShardState {
  /** Fresh with each write, so that a write is recognised as ours and no two texts are the same. */
  nonce: string;
  /** `expires_at` is for people. No run decides by it. */
  lease: { holder: string; expires_at: string } | null;
  turn: number;
  /** The turn of the last complete run: what the archive got up to it is known. */
  replayed_turn: number;
  /** Says whether a run may have ended without storing what it knew. */
  suspect: boolean;
  newest_version_created_at: string | null;
  last_success_at: string | null;
  /** Says when the shard's state was first written. */
  created_at: string | null;
  /** Says when tokens were replaced because they were refused, within the last day. */
  refusals_at: readonly string[];
  /** Says when runs asked a provider, within the last day. */
  asked_at: { on_demand: readonly string[]; other: readonly string[] };
  /** Which of its secrets worked last, by client. Both are fingerprints. */
  secret_hints: Readonly<Record<string, string>>;
  /** How the last run failed this shard as a whole. */
  failure: ShardFailure['code'] | null;
  /** Says when an operator said that the shard is gone for good. */
  forgotten_at: string | null;
  tenants: ReadonlyMap<string, TenantState>;
  knowledge: Knowledge;
  /** How platforms behave, by `provider/grant`. */
  observed: Observed;
  /** Events that wait to be sent. */
  outbox: readonly LifecycleEvent[];
  /**
   * The state as version 0.1 wrote it. It stays whole until the index has all of its fingerprints.
   */
  form1: Form1State | null;
}

export const newTenantState: TenantState = {
  status: 'new',
  error: null,
  moved_to: null,
};

/** Returns the shard to which a tenant was moved, or null. */
export function movedTo(tenants: ReadonlyMap<string, TenantState>, tenant: string): string | null {
  return tenants.get(tenant)?.moved_to ?? null;
}

/** Tells whether the run that wrote a state gave its lease back with nothing left to doubt. */
export function hasEndedWell({ lease, suspect }: Pick<ShardState, 'lease' | 'suspect'>): boolean {
  return lease === null && !suspect;
}

/** Returns the state of a shard that has none yet. */
export function newShardState(): ShardState {
  return {
    nonce: '',
    lease: null,
    turn: 0,
    replayed_turn: 0,
    suspect: false,
    newest_version_created_at: null,
    last_success_at: null,
    created_at: null,
    refusals_at: [],
    asked_at: { on_demand: [], other: [] },
    secret_hints: {},
    failure: null,
    forgotten_at: null,
    tenants: new Map(),
    knowledge: newKnowledge(),
    observed: {},
    outbox: [],
    form1: null,
  };
}

const text = z.nullable(z.string());
const stamps = z.lazy(() => z.record(z.string(), text));
const tokenSchema = z.lazy(() =>
  z.object({
    for: z.string(),
    key: z.string(),
    stamp: z.string(),
    rotated_at: z.string(),
    expires_at: text,
    consented_at: z.optional(z.string()),
  }),
);
const familySchema = z.lazy(() =>
  z.object({
    roots: z.array(z.string()),
    members: stamps,
    current: text,
    stamp: z.string(),
    key: text,
    client: text,
    token: z.nullable(tokenSchema),
    consented_at: z._default(text, null),
    refresh_end: z._default(z.nullable(z.object({ at: z.string(), stamp: z.string() })), null),
    unread: z.nullable(
      z.object({
        spent: z.string(),
        key: z.string(),
        stamp: z.string(),
        since: z.string(),
      }),
    ),
    released: z.string(),
    doubted: z.string(),
    own: z.boolean(),
    indexed: text,
  }),
);
const membershipSchema = z.lazy(() =>
  z.object({
    root: z.string(),
    joined: z.string(),
    had: z.array(z.string()),
    named_at: z.string(),
  }),
);
const formerNameSchema = z.lazy(() =>
  z.object({
    name: z.string(),
    renamed_at: z.string(),
    runs_left: z.number(),
  }),
);
const tenantSchema = z.lazy(() =>
  z.object({
    status: z.string(),
    error: tenantErrorSchema,
    moved_to: text,
    told: z.optional(toldSchema),
    former_names: z.optional(z.array(formerNameSchema)),
    account: z.optional(tenantAccountSchema),
    recovery_untold: z.optional(z.literal(true)),
    family: z.nullable(membershipSchema),
    token: z.nullable(tokenSchema),
  }),
);
const stateSchema = z.lazy(() =>
  z.object({
    version: z.literal(2),
    nonce: z.string(),
    lease: z.nullable(z.object({ holder: z.string(), expires_at: z.string() })),
    turn: z.number(),
    replayed_turn: z.number(),
    suspect: z.boolean(),
    newest_version_created_at: text,
    last_success_at: text,
    created_at: text,
    refusals_at: z.array(z.string()),
    asked_at: z.object({ on_demand: z.array(z.string()), other: z.array(z.string()) }),
    secret_hints: z._default(z.record(z.string(), z.string()), {}),
    failure: text,
    forgotten_at: text,
    tenants: z.record(z.string(), tenantSchema),
    families: z.array(familySchema),
    codes: z.record(
      z.string(),
      z.object({
        tenant: z._default(z.nullable(z.string()), null),
        marked: z.string(),
        unsent: z.string(),
      }),
    ),
    observed: z._default(observedSchema, {}),
    outbox: z._default(outboxSchema, []),
  }),
);

type StoredState = z.infer<typeof stateSchema>;
type StoredTenant = z.infer<typeof tenantSchema>;

/**
 * Reads a state object's text, of this form or of version 0.1. Throws StoreError where it is
 * neither. Nothing may run on a state that is not understood.
 */
export function parseShardState(text: string): ShardState {
  const parsed = parseJson(text);
  const form1 = isForm1(parsed) ? form1Schema.safeParse(parsed) : undefined;
  if (form1?.success) {
    return fromForm1(form1.data as Form1State);
  }
  const read = stateSchema.safeParse(parsed);
  if (!read.success) {
    throw unreadableState(parsed);
  }
  const { version: _, tenants, families, codes, ...rest } = read.data;
  return {
    ...rest,
    failure: rest.failure as ShardState['failure'],
    outbox: rest.outbox as LifecycleEvent[],
    tenants: new Map(
      Object.entries(tenants).map(([name, tenant]) => [name, toTenantState(tenant)]),
    ),
    knowledge: toKnowledge(tenants, families, codes),
    form1: null,
  };
}

function isForm1(parsed: unknown): boolean {
  return (
    typeof parsed === 'object' && parsed !== null && 'version' in parsed && parsed.version === 1
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const newerSchema = z.object({ version: z.number().check(z.minimum(3)) });

function unreadableState(parsed: unknown): StoreError {
  return newerSchema.safeParse(parsed).success
    ? new StoreError(
        'damaged',
        'its state was written by a newer version of this program: use that',
      )
    : new StoreError(
        'damaged',
        'its state is damaged: put back an earlier version of it, or delete it, ' +
          'since the next run rebuilds it from the archive',
      );
}

/** Returns the text to store. parseShardState reads it back. */
export function formatShardState(state: ShardState): string {
  if (state.form1 !== null) {
    return formatForm1(state.form1, state);
  }
  const { knowledge, form1: _, tenants, ...rest } = state;
  const names = new Set([
    ...tenants.keys(),
    ...knowledge.tenants.keys(),
    ...knowledge.tokens.keys(),
  ]);
  const stored: StoredState = {
    version: 2,
    ...rest,
    refusals_at: [...rest.refusals_at],
    asked_at: {
      on_demand: [...rest.asked_at.on_demand],
      other: [...rest.asked_at.other],
    },
    secret_hints: { ...rest.secret_hints },
    outbox: [...rest.outbox],
    tenants: Object.fromEntries(
      [...names].map((name) => [name, formatTenant(name, tenants, knowledge)]),
    ),
    families: [...new Set(knowledge.families.values())].map(formatFamily),
    codes: Object.fromEntries(knowledge.codes),
  };
  return JSON.stringify(stored);
}

function fromForm1(form1: Form1State): ShardState {
  const { tenants, known_keys: _, version: __, replayed_turn, ...rest } = form1;
  return {
    ...newShardState(),
    ...rest,
    // Version 0.1 looked back one turn further.
    replayed_turn: Math.max(0, replayed_turn - 2),
    // Nobody has asked the index yet whose its families are.
    suspect: true,
    tenants: new Map(
      Object.entries(tenants).map(([name, { status, error, moved_to }]) => [
        name,
        {
          status: status as TenantState['status'],
          error: error as TenantError | null,
          moved_to,
        },
      ]),
    ),
    knowledge: knowledgeOfForm1(form1),
    form1,
  };
}

function toTenantState(stored: StoredTenant): TenantState {
  const { status, error, moved_to, told, former_names, account, recovery_untold } = stored;
  return {
    status: status as TenantState['status'],
    error: error as TenantError | null,
    moved_to,
    ...(told && { told }),
    ...(former_names && { former_names }),
    ...(account && { account }),
    ...(recovery_untold && { recovery_untold }),
  };
}

function toKnowledge(
  tenants: StoredState['tenants'],
  families: StoredState['families'],
  codes: Record<string, Code>,
): Knowledge {
  const knowledge = newKnowledge();
  for (const stored of families) {
    const family: Family = {
      ...stored,
      roots: new Set(stored.roots),
      members: new Map<string, Stamp | null>(Object.entries(stored.members)),
    };
    for (const print of [...family.roots, ...family.members.keys()]) {
      knowledge.families.set(print, family);
    }
  }
  for (const [name, { family, token }] of Object.entries(tenants)) {
    if (token) {
      knowledge.tokens.set(name, token);
    }
    if (!family) {
      continue;
    }
    knowledge.tenants.set(name, {
      root: family.root,
      joined: family.joined,
      had: new Set(family.had),
      namedAt: family.named_at,
    });
  }
  for (const [print, code] of Object.entries(codes)) {
    knowledge.codes.set(print, code);
  }
  return knowledge;
}

function formatTenant(
  name: string,
  tenants: ReadonlyMap<string, TenantState>,
  knowledge: Knowledge,
): StoredTenant {
  const membership = knowledge.tenants.get(name);
  const token: Token | undefined = knowledge.tokens.get(name);
  const { former_names, ...state } = tenants.get(name) ?? newTenantState;
  return {
    family: membership
      ? {
          root: membership.root,
          joined: membership.joined,
          had: [...membership.had],
          named_at: membership.namedAt,
        }
      : null,
    token: token ?? null,
    ...state,
    ...(former_names && { former_names: [...former_names] }),
  };
}

function formatFamily({ roots, members, ...rest }: Family): StoredState['families'][number] {
  return {
    roots: [...roots],
    members: Object.fromEntries(members),
    ...rest,
  };
}
