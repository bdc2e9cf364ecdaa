import { buildPrograms, runProgram } from './build.ts';
import { markdownTable } from './markdown.ts';

interface Asked {
  p50: number;
  p99: number;
  reads: number;
  refreshes: number;
}

interface Consumers {
  count: number;
  rows: (Asked & { callers: number; what: string })[];
  first: Asked;
  memoryMb: number;
}

const TENANTS = 10_000;
const HEADS = ['callers', 'cache', 'p50', 'p99', 'reads', 'refreshes'];

/**
 * Returns how long callers of the token client wait, with 1 to 1,000 of them at once, as Markdown.
 */
export async function measureConsumers(folder: string): Promise<string> {
  const [program = ''] = await buildPrograms(['consumers'], folder);
  const { count, rows, first, memoryMb } = (await runProgram(
    program,
    String(TENANTS),
  )) as Consumers;
  const table = rows.map(({ callers, what, p50, p99, reads, refreshes }) => [
    callers.toLocaleString('en'),
    what,
    `${p50} ms`,
    `${p99} ms`,
    String(reads),
    String(refreshes),
  ]);
  const shown = [
    'All callers ask at once, each for another tenant. A call of AWS takes 20 ms. *Cold* is a',
    'client that has read nothing, *warm* one that has, and *with refresh* one whose tokens end',
    'within five minutes. With more tenants than one shard holds, a cold client reads all shards.',
  ];
  const all = [
    `${count.toLocaleString('en')} tenants in one process, asked for at once: ${first.reads}`,
    `reads, p99 ${first.p99} ms, ${memoryMb} MB.`,
  ];
  return `${shown.join(' ')}\n\n${markdownTable(HEADS, table)}\n\n${all.join(' ')}`;
}
