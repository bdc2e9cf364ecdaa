import pLimit from 'p-limit';
import { type ConnectLink, linkState } from '../../lambda/connect/connect-link.ts';
import { changeLink, listLinks, readUsableLink } from '../../lambda/connect/connect-store.ts';
import type { RunPorts } from '../../lambda/ports.ts';

type LinkPorts = Pick<RunPorts, 'records' | 'clock'>;

const AT_ONCE = 16;

/** Reads every connect link that is not damaged, the newest first. Throws StoreError. */
export async function readLinks({ records }: Pick<LinkPorts, 'records'>): Promise<ConnectLink[]> {
  const ids = await listLinks(records);
  const found = await pLimit(AT_ONCE).map(ids, (id) => readUsableLink(records, id));
  return found
    .flatMap((stored) => stored?.value ?? [])
    .sort((a, b) => (a.made_at < b.made_at ? 1 : -1));
}

/** Returns the links of these tenants that a client may still use. */
export function openLinks(
  links: readonly ConnectLink[],
  tenants: ReadonlySet<string>,
  now: number,
): ConnectLink[] {
  return links.filter((link) => tenants.has(link.tenant) && linkState(link, now) === 'open');
}

/** Closes links that are still open. Returns those that it closed. Throws StoreError. */
export function closeLinks(
  ports: LinkPorts,
  links: readonly ConnectLink[],
  why: 'revoked' | 'replaced' | 'tenant_removed',
): Promise<ConnectLink[]> {
  const at = new Date(ports.clock.now()).toISOString();
  const status: ConnectLink['status'] =
    why === 'revoked' ? { kind: 'revoked', at } : { kind: 'ended', at, reason: why };
  return changeOpen(ports, links, (link) => ({ ...link, status }));
}

/** Carries the open links of tenants that got another name, or moved to another shard. */
export async function carryLinks(
  ports: LinkPorts,
  tenants: ReadonlySet<string>,
  change: { tenant?: string; shard?: string },
): Promise<ConnectLink[]> {
  const open = openLinks(await readLinks(ports), tenants, ports.clock.now());
  return changeOpen(ports, open, (link) => ({ ...link, ...change }));
}

/** Revokes the open links of tenants that lose their entry or their credentials. */
export async function revokeLinksOf(
  ports: LinkPorts,
  tenants: readonly string[],
): Promise<ConnectLink[]> {
  const open = openLinks(await readLinks(ports), new Set(tenants), ports.clock.now());
  return closeLinks(ports, open, 'revoked');
}

/** A link that a run closed meanwhile stays as the run left it. */
async function changeOpen(
  { records }: LinkPorts,
  links: readonly ConnectLink[],
  change: (link: ConnectLink) => ConnectLink,
): Promise<ConnectLink[]> {
  const changed = await pLimit(AT_ONCE).map(links, async ({ id }) => {
    let isOurs = false;
    const link = await changeLink(records, id, (found) => {
      isOurs = found.status.kind === 'open';
      return isOurs ? change(found) : null;
    });
    return isOurs && link ? [link] : [];
  });
  return changed.flat();
}
