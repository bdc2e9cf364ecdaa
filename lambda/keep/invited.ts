import pLimit from 'p-limit';
import { linkState } from '../connect/connect-link.ts';
import { listLinks, readUsableLink } from '../connect/connect-store.ts';
import type { Knowledge } from '../history/families.ts';
import { heldCredentials, type VaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';

const AT_ONCE = 16;

/** Returns the tenants of a map that hold no credential and never had one. */
export function neverConnected({ tenants }: VaultMap, knowledge: Knowledge): ReadonlySet<string> {
  const never = [...tenants].filter(
    ([name, entry]) => holdsNone(entry) && !knowledge.tenants.has(name),
  );
  return new Set(never.map(([name]) => name));
}

function holdsNone(entry: unknown): boolean {
  const { code, refreshToken } = heldCredentials(entry);
  return code === null && refreshToken === null;
}

/**
 * Returns when the newest open link of each of these tenants ends. Reads no link where there is no
 * such tenant. Never throws. A stack without the connect page lets nobody read links.
 */
export async function readInvited(
  { records, clock, log }: Pick<RunPorts, 'records' | 'clock' | 'log'>,
  shard: string,
  tenants: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const invited = new Map<string, string>();
  if (tenants.size === 0) {
    return invited;
  }
  try {
    const ids = await listLinks(records);
    const links = await pLimit(AT_ONCE).map(ids, (id) => readUsableLink(records, id));
    for (const link of links) {
      if (!link || !tenants.has(link.value.tenant)) {
        continue;
      }
      const { tenant, expires_at } = link.value;
      const isOpen = linkState(link.value, clock.now()) === 'open';
      if (isOpen && expires_at > (invited.get(tenant) ?? '')) {
        invited.set(tenant, expires_at);
      }
    }
  } catch {
    log({
      level: 'warn',
      message: 'Connect links could not be read',
      shard,
    });
  }
  return invited;
}
