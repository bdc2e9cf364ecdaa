import { newestToken } from '../history/families.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';

/** Says what became of one exchange of a watched provider. */
export type Reading = 'read' | 'unread' | 'unknown';

/** Lets tenants of a provider whose replies nobody has read yet ask one after the other. */
export interface Watch {
  /**
   * Does the work of one tenant. Where the provider is watched, it waits for those before it. Once
   * one reply was read, all go on at once. After one that nobody could read it is `refused`.
   */
  inTurn<T>(tenant: Tenant, work: Work<T>): Promise<T>;
}

/** The exchange of one tenant. */
interface Work<T> {
  ask: () => Promise<T>;
  readingOf: (result: T) => Reading;
  refused: () => T;
}

interface Line {
  reading: Reading;
  last: Promise<void>;
}

/**
 * Watches the map's own definitions until a tenant of them has a token, and where a tenant has an
 * answer that nobody could read. A wrong definition then costs one credential. At the providers
 * that are shipped, such an answer has only its own client watched.
 */
export function createWatch(run: ShardRun): Watch {
  const lines = new Map<string, Line>();
  const { definitions } = run.vault.map;
  const { proven, unread } = surveyTenants(run);

  function lineOf(tenant: Tenant): Line | null {
    const key = groupOf(tenant, definitions);
    const isNew = definitions.has(key) && !proven.has(key);
    if (!isNew && !unread.has(key)) {
      return null;
    }
    const line = lines.get(key) ?? { reading: 'unknown', last: Promise.resolve() };
    lines.set(key, line);
    return line;
  }

  return {
    async inTurn(tenant, { ask, readingOf, refused }) {
      const line = lineOf(tenant);
      if (!line) {
        return ask();
      }
      const before = line.last;
      let letNextGo: () => void = () => undefined;
      line.last = new Promise((resolve) => {
        letNextGo = resolve;
      });
      await before;
      if (line.reading !== 'unknown') {
        letNextGo();
      }
      if (line.reading === 'unread') {
        return refused();
      }
      if (line.reading === 'read') {
        return ask();
      }
      try {
        const result = await ask();
        line.reading = readingOf(result);
        return result;
      } finally {
        letNextGo();
      }
    },
  };
}

/** Names those who share a fault: the users of one definition of the map, or of one client. */
function groupOf({ provider, client }: Tenant, definitions: ReadonlyMap<string, unknown>): string {
  return definitions.has(provider.id) ? provider.id : client;
}

/** Returns the groups that got a token, and those that got an answer which nobody could read. */
function surveyTenants({ vault, tenants, ledger }: ShardRun): {
  proven: ReadonlySet<string>;
  unread: ReadonlySet<string>;
} {
  const proven = new Set<string>();
  const unread = new Set<string>();
  for (const name of vault.map.tenants.keys()) {
    const tenant = resolveTenant(name, vault.map);
    if (!isTenant(tenant)) {
      continue;
    }
    const group = groupOf(tenant, vault.map.definitions);
    if (newestToken(ledger.knowledge, name) !== null) {
      proven.add(group);
    }
    if (tenants.get(name)?.error?.code === 'unread_response') {
      unread.add(group);
    }
  }
  return { proven, unread };
}
