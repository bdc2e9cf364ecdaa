import type { ConnectLink } from '../connect/connect-link.ts';
import type { InboxEntry } from '../connect/inbox-entry.ts';

/** A code that a client's consent brought, and the link that it came by. Holds secrets. */
export interface WaitingCode {
  link: ConnectLink;
  entry: InboxEntry;
  fingerprint: string;
}
