import * as z from 'zod/mini';
import { isObject } from '../is-object.ts';
import type { LifecycleEvent } from '../lifecycle-event.ts';
import { StoreError } from '../ports.ts';
import { observedSchema, outboxSchema, toldSchema } from './ahead-state.ts';
import { type Code, type Family, type Knowledge, newKnowledge, type Token } from './families.ts';
import {
  type Form1State,
  form1Schema,
  formatForm1,
  knowledgeOfForm1,
  tenantErrorSchema,
} from './form1-state.ts';
import {
  newShardState,
  newTenantState,
  type ShardState,
  type TenantError,
  type TenantState,
} from './shard-state.ts';
import type { Stamp } from './stamp.ts';
import { tenantAccountSchema } from './tenant-account.ts';

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
  const isForm1 = isObject(parsed) && parsed.version === 1;
  const form1 = isForm1 ? form1Schema.safeParse(parsed) : undefined;
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

function toTenantState({ family: _, token: __, ...state }: StoredTenant): TenantState {
  return {
    ...state,
    status: state.status as TenantState['status'],
    error: state.error as TenantError | null,
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
