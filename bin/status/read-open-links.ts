import pLimit from 'p-limit';
import { type ConnectLink, linkState } from '../../lambda/connect/connect-link.ts';
import { readVisits } from '../../lambda/connect/connect-store.ts';
import type { Visits } from '../../lambda/connect/visits.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
import { readLinks } from '../consent/connect-links.ts';

/** How far the client of an open connect link has come. */
export interface OpenLink {
  id: string;
  made_at: string;
  /** The link ends then: an ISO-8601 instant. */
  until: string;
  /** `begun`: the button was pressed. `consented`: a code came back, and a run will take it. */
  progress: 'not_begun' | 'begun' | 'consented';
  /** Says what became of the last answer that the client brought, or null. */
  last_result: string | null;
}

const AT_ONCE = 16;

/**
 * Reads the newest open link of each tenant. Who may read no links sees none. Throws StoreError for
 * other faults.
 */
export async function readOpenLinks(
  ports: Pick<RunPorts, 'records' | 'clock'>,
): Promise<Map<string, OpenLink>> {
  const links = await readLinks(ports).catch((error: unknown) => {
    if (error instanceof StoreError && error.reason === 'denied') {
      return [];
    }
    throw error;
  });
  const newest = new Map<string, ConnectLink>();
  for (const link of links) {
    const isOpen = linkState(link, ports.clock.now()) === 'open';
    if (isOpen && !newest.has(link.tenant)) {
      newest.set(link.tenant, link);
    }
  }
  const read = await pLimit(AT_ONCE).map(newest, async ([tenant, link]) => {
    const { value } = await readVisits(ports.records, link.id);
    return [tenant, toOpenLink(link, value)] as const;
  });
  return new Map(read);
}

function toOpenLink({ id, made_at, expires_at, results }: ConnectLink, visits: Visits): OpenLink {
  const about = { id, made_at, until: expires_at };
  const last = visits.starts.at(-1);
  if (!last) {
    return { ...about, progress: 'not_begun', last_result: null };
  }
  const result = results.find(({ attempt }) => attempt === last.attempt)?.result;
  const answer = last.answer?.kind;
  const isWaiting = answer === 'code' && result === undefined;
  const last_result = result ?? (answer === 'code' ? null : (answer ?? null));
  return { ...about, progress: isWaiting ? 'consented' : 'begun', last_result };
}

/** Returns how far the client has come, such as `its owner has not begun`. */
export function progressText({ progress, last_result }: Omit<OpenLink, 'id' | 'made_at'>): string {
  if (last_result !== null) {
    return `its owner tried: ${last_result.replaceAll('_', ' ')}`;
  }
  switch (progress) {
    case 'not_begun':
      return 'its owner has not begun';
    case 'begun':
      return 'its owner has begun, and has not come back yet';
    case 'consented':
      return 'its owner has consented, and a run takes it now';
  }
}
