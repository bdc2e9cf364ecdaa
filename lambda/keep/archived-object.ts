import { type ArchivedExchange, parseArchivedExchange } from '../history/archived-exchange.ts';
import type { RunPorts } from '../ports.ts';
import type { ShardRun } from './shard-run.ts';
import { undamagedObject } from './undamaged-object.ts';

/** Describes what it takes to read one object, and to say that it is damaged. */
type Reader = Pick<ShardRun, 'ports' | 'shard'>;

/**
 * Returns an exchange of the archive, null where there is none, and `damaged` for an object that is
 * no exchange. That is reported. It must not stop what does not need it. Throws StoreError for any
 * other fault.
 */
export async function readArchived(
  reader: Reader,
  key: string,
): Promise<ArchivedExchange | 'damaged' | null> {
  const value = await undamagedObject(reader.ports.archive, key);
  if (value === null) {
    return null;
  }
  const exchange = parseArchivedExchange(value);
  if (exchange) {
    return exchange;
  }
  reportDamaged(reader, key);
  return 'damaged';
}

/** Logs that an object of the archive or of the index cannot be read. */
export function reportDamaged(
  { ports, shard }: { ports: Pick<RunPorts, 'log'>; shard: string },
  key: string,
): void {
  ports.log({
    level: 'error',
    message: 'an object of the archive is damaged or withheld: put a good version back',
    shard,
    archive_key: key,
  });
}
