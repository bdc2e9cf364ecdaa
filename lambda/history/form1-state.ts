import * as z from 'zod/mini';
import { parseExchangeKey } from './archived-exchange.ts';
import { type Family, type Knowledge, newKnowledge, unite } from './families.ts';
import { later, type Stamp, stampOf } from './stamp.ts';

const text = z.nullable(z.string());
/** Describes a tenant's failure, in each form of the state. */
export const tenantErrorSchema = z.nullable(
  z.object({
    code: z.string(),
    since: z.string(),
    attempts: z.number(),
    tried_at: z.string(),
    credential: text,
    settings: z.optional(z.string()),
    reply: z.optional(
      z.object({
        status: z.optional(z.number()),
        network: z.optional(z.string()),
        oauth_error: z.optional(z.string()),
        shown: z.optional(z.string()),
      }),
    ),
    words: z.optional(z.object({ message: z.string(), next_step: z.string() })),
    untold: z.optional(z.literal(true)),
  }),
);

const tenantSchema = z.lazy(() =>
  z.object({
    status: z.string(),
    history: z.array(z.string()),
    history_turn: z.number(),
    history_at: text,
    adopted: z.boolean(),
    credential_key: text,
    codes_sent: z.array(z.string()),
    archive_key: text,
    token_for: text,
    rotated_at: text,
    expires_at: text,
    error: tenantErrorSchema,
    moved_to: text,
  }),
);

/** Describes the state as version 0.1 wrote it. */
export const form1Schema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    nonce: z.string(),
    lease: z.nullable(z.object({ holder: z.string(), expires_at: z.string() })),
    turn: z.number(),
    replayed_turn: z.number(),
    known_keys: z.array(z.string()),
    newest_version_created_at: text,
    last_success_at: text,
    refusals_at: z.array(z.string()),
    failure: z.nullable(z.enum(['shard_unreadable', 'commit_failed', 'busy'])),
    tenants: z.record(z.string(), tenantSchema),
  }),
);

export type Form1State = z.infer<typeof form1Schema>;
type Form1Tenant = z.infer<typeof tenantSchema>;

/** Describes what the lease writes while the rest of a state of version 0.1 stays as it is. */
type Leased = Pick<Form1State, 'nonce' | 'lease' | 'turn'>;

/** Returns the state's text in its own form, with another lease. */
export function formatForm1(form1: Form1State, { nonce, lease, turn }: Leased): string {
  return JSON.stringify({
    ...form1,
    nonce,
    lease,
    turn,
  });
}

/**
 * Returns what a state of version 0.1 knows. Each tenant has a family, whose members are its
 * history. Tenants that share a credential share a family.
 */
export function knowledgeOfForm1({ tenants }: Form1State): Knowledge {
  const knowledge = newKnowledge();
  for (const [name, tenant] of Object.entries(tenants)) {
    for (const code of tenant.codes_sent) {
      knowledge.codes.set(code, { tenant: name, marked: sinceOf(tenant), unsent: '' });
    }
    const [root] = tenant.history;
    if (root === undefined) {
      takeOwnToken(knowledge, name, tenant);
    } else {
      takeHistory(knowledge, name, tenant, root);
    }
  }
  return knowledge;
}

/** Returns every fingerprint of a credential that the state knows, roots first. */
export function printsOfForm1(knowledge: Knowledge): { print: string; family: Family }[] {
  const families = [...new Set(knowledge.families.values())];
  return families.flatMap((family) => {
    const others = [...family.members.keys()].filter((print) => !family.roots.has(print));
    return [...family.roots, ...others].map((print) => ({ print, family }));
  });
}

function takeHistory(knowledge: Knowledge, name: string, tenant: Form1Tenant, root: string): void {
  const family = unite(knowledge, tenant.history);
  family.roots.add(root);
  for (const print of tenant.history) {
    family.members.set(print, null);
  }
  const since = sinceOf(tenant);
  if (since >= family.stamp) {
    family.current = tenant.history.at(-1) ?? null;
    family.stamp = later(since, family.stamp);
    family.key = tenant.credential_key;
  }
  knowledge.tenants.set(name, {
    root,
    joined: '',
    had: new Set(),
    namedAt: tenant.history_at ?? '',
  });
  const token = tokenOf(tenant);
  const isOfFamily = token !== null && tenant.history.includes(token.for);
  if (!isOfFamily) {
    takeOwnToken(knowledge, name, tenant);
  } else if (token.stamp > (family.token?.stamp ?? '')) {
    family.token = token;
  }
}

function takeOwnToken(knowledge: Knowledge, name: string, tenant: Form1Tenant): void {
  const token = tokenOf(tenant);
  if (token) {
    knowledge.tokens.set(name, token);
  }
}

function tokenOf({ archive_key, token_for, rotated_at, expires_at }: Form1Tenant) {
  if (archive_key === null || token_for === null || rotated_at === null) {
    return null;
  }
  const turn = parseExchangeKey(archive_key)?.turn ?? 0;
  return {
    for: token_for,
    key: archive_key,
    stamp: stampOf(turn, rotated_at),
    rotated_at,
    expires_at,
  };
}

function sinceOf({ history_turn, history_at }: Form1Tenant): Stamp {
  return stampOf(history_turn, history_at ?? '');
}
