import { type CallCounts, countCalls } from './calls.ts';

/** Prints what a first and a second run over one shard of so many tenants ask of AWS. */
export async function printCalls(tenants: number): Promise<void> {
  console.log(`\nCalls of AWS in a clean run of ${tenants} tenants in one shard:`);
  const columns = {
    rotating: await countCalls(tenants, true),
    'non-rotating': await countCalls(tenants, false),
  };
  const counts = Object.entries(columns).flatMap(
    ([kind, { firstSight, steadyState }]): [string, CallCounts][] => [
      [`${kind}, first`, firstSight],
      [`${kind}, steady`, steadyState],
    ],
  );
  const calls = [...new Set(counts.flatMap(([, count]) => Object.keys(count)))].sort();
  const rows = calls.map((call) => [call, cells(counts, (count) => count[call] ?? 0)]);
  const all = cells(counts, (count) => Object.values(count).reduce((sum, one) => sum + one, 0));
  console.table(Object.fromEntries([...rows, ['all', all]]));
}

function cells(
  counts: readonly [string, CallCounts][],
  value: (count: CallCounts) => number,
): Record<string, number> {
  return Object.fromEntries(counts.map(([column, count]) => [column, value(count)]));
}
