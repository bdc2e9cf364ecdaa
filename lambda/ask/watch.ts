import { newestToken } from '../history/families.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';

/** Says what became of one exchange of a watched provider. */
export type Reading = 'read' | 'unread' | 'unknown';

/** Lets tenants of a provider whose replies nobody has read yet ask one after the other. */
export interface Watch {
  /**
   * Does the work of one tenant. Where the provider is watched, it waits for those before it. Once
   * one reply was read, all go on at once. After one that nobody could read it is `refused`.
   */
  inTurn<T>(provider: string, work: Work<T>): Promise<T>;
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
 * Watches the map's own definitions until a tenant of them has a token, and every provider of which
 * a tenant has an answer that nobody could read. A wrong definition then costs one credential.
 */
export function createWatch(run: ShardRun): Watch {
  const lines = new Map<string, Line | null>();

  function lineOf(provider: string): Line | null {
    const known = lines.get(provider);
    if (known !== undefined) {
      return known;
    }
    const begun: Line = { reading: 'unknown', last: Promise.resolve() };
    const line = isProven(run, provider) ? null : begun;
    lines.set(provider, line);
    return line;
  }

  return {
    async inTurn(provider, { ask, readingOf, refused }) {
      const line = lineOf(provider);
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

function isProven({ vault, tenants, ledger }: ShardRun, provider: string): boolean {
  const kin = [...vault.map.tenants.keys()].filter((name) => {
    const tenant = resolveTenant(name, vault.map);
    return isTenant(tenant) && tenant.provider.id === provider;
  });
  if (kin.some((name) => tenants.get(name)?.error?.code === 'unread_response')) {
    return false;
  }
  const isShipped = !vault.map.definitions.has(provider);
  return isShipped || kin.some((name) => newestToken(ledger.knowledge, name) !== null);
}
