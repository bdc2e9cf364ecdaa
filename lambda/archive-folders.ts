/**
 * Names the top folders of the archive. The bucket's lifecycle and the rights of functions go by
 * them (lib/README.md, "What it may do").
 */
export const FOLDERS = {
  /** Exchanges, and the markers of turns. */
  responses: 'responses/',
  /** What each shard remembers, its lease included. */
  state: 'state/',
  /** The index of credentials. */
  known: 'known/',
  /** Reports. */
  runs: 'runs/',
  /** Notes of what people changed. */
  audit: 'audit/',
  /** Codes that connect links brought. */
  inbox: 'inbox/',
  links: 'links/',
  /** What is remembered of the visitors of a link. */
  visits: 'visits/',
} as const;

/** Returns what follows a folder's name in a key, or an empty text for a key of another folder. */
export function withinFolder(folder: string, key: string): string {
  return key.startsWith(folder) ? key.slice(folder.length) : '';
}
