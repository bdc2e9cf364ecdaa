import { clockFactsOf } from '../../lambda/ahead/clock-facts.ts';
import { endsOf } from '../../lambda/ahead/ends.ts';
import { renewedAt } from '../../lambda/ahead/why-not-kept.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { PlannedTenant } from './planned-tenant.ts';

/** One shard's map, and what is published for its tenants, where that is known. */
export interface ShardText {
  shard: string;
  map: VaultMap;
  /** Bytes that are published, by tenant. */
  published: ReadonlyMap<string, number>;
}

/** Says what a tenant takes in the access-token secret beside its token, and the token itself. */
const USUAL_TOKEN_BYTES = 900;
/** The quotes, the commas and the blanks around an entry. */
const AROUND_BYTES = 12;

/** Returns the tenants of a shard as a plan looks at them. One whose entry is wrong counts too. */
export function toPlanned({ shard, map, published }: ShardText, now: Date): PlannedTenant[] {
  const appShare = shareOfApps(map);
  return [...map.tenants].map(([tenant, raw]) => {
    const entry = resolveTenant(tenant, map);
    const own = sizeOf(tenant, raw);
    const app = appShare.get(entry.valid ? (entry.app ?? '') : '') ?? 0;
    return {
      tenant,
      shard,
      provider: isTenant(entry) ? entry.provider.id : entry.provider,
      entryBytes: own + app,
      tokenBytes: published.get(tenant) ?? USUAL_TOKEN_BYTES,
      enabled: entry.enabled && entry.valid,
      ...(isTenant(entry) ? pacesOf(entry, now) : UNKNOWN),
    };
  });
}

const UNKNOWN = {
  client: '',
  changes: false,
  accessLifeS: 3_600,
  maxConcurrency: 1,
  minIntervalMs: 0,
  lifeMs: null,
  credential: null,
};

function pacesOf(entry: Tenant, now: Date): Omit<PlannedTenant, keyof ShardTenant> {
  const { provider, credential, client, max_concurrency, min_interval_ms } = entry;
  const life = provider.response.default_expires_in_s;
  return {
    client,
    changes: credential.kind !== 'none' && provider.rotates !== 'never',
    accessLifeS: life ?? Number.POSITIVE_INFINITY,
    maxConcurrency: max_concurrency,
    minIntervalMs: min_interval_ms,
    lifeMs: slidingLifeMs(entry, now),
    credential: credential.kind === 'none' ? null : `${client} ${credential.fingerprint}`,
  };
}

type ShardTenant = Pick<
  PlannedTenant,
  'tenant' | 'shard' | 'provider' | 'entryBytes' | 'tokenBytes' | 'enabled'
>;

/** Returns how long a tenant lives if it is renewed now and never again. */
function slidingLifeMs(entry: Tenant, now: Date): number | null {
  const facts = clockFactsOf(entry, renewedAt(entry, now));
  const end = endsOf(facts).find(({ sliding }) => sliding);
  return end ? Date.parse(end.at) - now.getTime() : null;
}

/** Each tenant carries its part of its app. */
function shareOfApps({ apps, tenants }: VaultMap): Map<string, number> {
  const users = new Map<string, number>();
  for (const entry of tenants.values()) {
    const { app } = (entry ?? {}) as { app?: unknown };
    if (typeof app === 'string') {
      users.set(app, (users.get(app) ?? 0) + 1);
    }
  }
  return new Map(
    [...apps].map(([app, raw]) => [app, Math.ceil(sizeOf(app, raw) / (users.get(app) ?? 1))]),
  );
}

function sizeOf(name: string, raw: unknown): number {
  return Buffer.byteLength(name) + Buffer.byteLength(JSON.stringify(raw)) + AROUND_BYTES;
}
