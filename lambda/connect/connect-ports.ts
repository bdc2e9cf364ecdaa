import type { Log } from '../log.ts';
import type { Archive, Clock, Records } from '../ports.ts';

/** Everything the connect pages touch outside themselves. */
export interface ConnectPorts {
  /** Links, which are only read here, and visits. */
  records: Pick<Records, 'read' | 'write'>;
  /** Where codes are filed. */
  archive: Pick<Archive, 'create'>;
  /** Asks for a link's code to be redeemed, and does not wait for it. Throws StoreError. */
  askRedeem(link: string): Promise<void>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}
