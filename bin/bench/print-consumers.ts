import { formatTable } from '../terminal/table.ts';
import { buildPrograms, runProgram } from './build.ts';

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
const WIDTH = 100;

/** Prints how long callers of the token client wait, with 1 to 1,000 of them at once. */
export async function printConsumers(folder: string): Promise<void> {
  const [program = ''] = await buildPrograms(['consumers'], folder);
  const { count, rows, first, memoryMb } = (await runProgram(
    program,
    String(TENANTS),
  )) as Consumers;
  console.log('The token client, each caller for another tenant, 20 ms for each call of AWS:\n');
  const header = ['CALLERS', 'CACHE', 'P50', 'P99', 'READS', 'REFRESHES'];
  const table = rows.map(({ callers, what, p50, p99, reads, refreshes }) => [
    String(callers),
    what,
    `${p50} ms`,
    `${p99} ms`,
    String(reads),
    String(refreshes),
  ]);
  console.log(formatTable(header, table, { width: WIDTH }));
  console.log(
    `\n${count.toLocaleString('en')} tenants in one process, asked for at once: ` +
      `${first.reads} reads, p99 ${first.p99} ms, ${memoryMb} MB.`,
  );
}
