import { FOLDERS } from '../archive-folders.ts';
import { type Archive, DamagedRecordError, type Records, StoreError } from '../ports.ts';
import { swapAgain } from '../swap-again.ts';
import { type ConnectLink, idOfLinkKey, linkKey, parseLink } from './connect-link.ts';
import { type InboxEntry, inboxKey } from './inbox-entry.ts';
import { noVisits, parseVisits, type Visits, visitsKey } from './visits.ts';

/** A stored value, and the tag that names this version of it. */
export interface Stored<T> {
  value: T;
  etag: string | null;
}

/** Reads a link, or returns null where there is none. Throws StoreError. */
export async function readLink(
  records: Pick<Records, 'read'>,
  id: string,
): Promise<Stored<ConnectLink> | null> {
  const key = linkKey(id);
  const found = await records.read(key);
  return found && { value: parseStored(key, found.text, parseLink), etag: found.etag };
}

/**
 * Reads a link, or returns null where there is none, or one that is damaged. No client can use that.
 * Throws StoreError.
 */
export async function readUsableLink(
  records: Pick<Records, 'read'>,
  id: string,
): Promise<Stored<ConnectLink> | null> {
  try {
    return await readLink(records, id);
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'damaged') {
      return null;
    }
    throw error;
  }
}

/** Returns the ids of all links. Throws StoreError. */
export async function listLinks(records: Pick<Records, 'list'>): Promise<string[]> {
  const keys = await records.list(FOLDERS.links);
  return keys.flatMap((key) => idOfLinkKey(key) ?? []);
}

/** Writes a link if it still is the version `etag` (null: a new link). Throws StoreError. */
export async function writeLink(
  records: Pick<Records, 'write'>,
  link: ConnectLink,
  etag: string | null,
): Promise<'written' | 'refused'> {
  const written = await records.write(linkKey(link.id), JSON.stringify(link), etag);
  return written === 'refused' ? 'refused' : 'written';
}

/**
 * Changes a link by compare-and-swap, again where somebody else was faster. `change` returns the
 * new link, or null to leave it. Returns the link as it then is, or null where there is none.
 */
export async function changeLink(
  records: Pick<Records, 'read' | 'write'>,
  id: string,
  change: (link: ConnectLink) => ConnectLink | null,
): Promise<ConnectLink | null> {
  const link = await swapAgain(async () => {
    const found = await readLink(records, id);
    if (!found) {
      return null;
    }
    const changed = change(found.value);
    if (changed === null) {
      return found.value;
    }
    const written = await writeLink(records, changed, found.etag);
    return written === 'written' ? changed : 'again';
  });
  if (link !== 'again') {
    return link;
  }
  throw new Error('A connect link kept changing while we tried to write it.');
}

/** Reads what is remembered of a link's visitors. Throws StoreError. */
export async function readVisits(
  records: Pick<Records, 'read'>,
  id: string,
): Promise<Stored<Visits>> {
  const key = visitsKey(id);
  const found = await records.read(key);
  return found
    ? { value: parseStored(key, found.text, parseVisits), etag: found.etag }
    : { value: noVisits, etag: null };
}

/**
 * Changes a link's visits by compare-and-swap, again where another visitor was faster. `change`
 * returns the new visits, or null to leave them. Answers if they were changed. Throws StoreError.
 */
export async function changeVisits(
  records: Pick<Records, 'read' | 'write'>,
  id: string,
  change: (visits: Visits) => Visits | null,
): Promise<boolean> {
  const isChanged = await swapAgain(async () => {
    const { value, etag } = await readVisits(records, id);
    const changed = change(value);
    if (changed === null) {
      return false;
    }
    const written = await records.write(visitsKey(id), JSON.stringify(changed), etag);
    return written === 'refused' ? 'again' : true;
  });
  if (isChanged !== 'again') {
    return isChanged;
  }
  throw new Error('The visits of a connect link kept changing while we tried to write them.');
}

/** Files a code. The first one of an attempt stays: `exists` says that it was filed before. */
export function fileCode(
  archive: Pick<Archive, 'create'>,
  shard: string,
  entry: InboxEntry,
): Promise<'created' | 'exists'> {
  return archive.create(inboxKey(shard, entry.link, entry.attempt), entry);
}

function parseStored<T>(key: string, text: string, parse: (value: unknown) => T): T {
  try {
    return parse(JSON.parse(text));
  } catch {
    throw new DamagedRecordError(key);
  }
}
