import { readExchange } from '../exchange/archived-entry.ts';
import { fingerprint } from '../fingerprint.ts';
import { parseArchivedExchange } from '../history/archived-exchange.ts';
import type { Family } from '../history/families.ts';
import type { ShardRun } from './shard-run.ts';
import { undamagedObject } from './undamaged-object.ts';

/** Returns a credential's value, from what was met or from the archive, or null. A secret. */
export async function credentialValue(
  run: Pick<ShardRun, 'ports' | 'ledger'>,
  family: Family,
  print: string,
): Promise<string | null> {
  const known = run.ledger.valueOf(print);
  if (known !== undefined) {
    return known;
  }
  if (family.key === null || print !== family.current) {
    return null;
  }
  const exchange = parseArchivedExchange(await undamagedObject(run.ports.archive, family.key));
  if (!exchange) {
    return null;
  }
  const { issued } = readExchange(family.key, exchange);
  if (issued === null || fingerprint(issued) !== print) {
    return null;
  }
  run.ledger.noteValue(issued);
  return issued;
}
