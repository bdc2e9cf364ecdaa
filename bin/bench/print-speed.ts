import { formatTable } from '../terminal/table.ts';
import { buildPrograms, runProgram } from './build.ts';
import { CONCURRENCY, LATENCY_MS } from './fleet.ts';
import { median } from './median.ts';
import type { Measured } from './speed.ts';

interface Speed {
  shards: number;
  idealMs: number;
  runs: Measured[];
  timeline?: string;
}

const WIDTH = 100;

/**
 * Prints wall and processor time of fleets of several sizes, beside those of a bare pool of the
 * same requests, as medians of `repeats`; then one run as a timeline.
 */
export async function printSpeed(
  folder: string,
  sizes: readonly number[],
  repeats: number,
): Promise<void> {
  const [speed = '', memory = '', world = ''] = await buildPrograms(
    ['speed', 'memory', 'world'],
    folder,
  );
  console.log(
    `One app, ${LATENCY_MS} ms a request, ${CONCURRENCY} at once, stores in memory; ` +
      `medians of ${repeats}.`,
  );
  console.log(
    'Ideal is tenants / places x latency. Processor time is per tenant, without the pool.\n',
  );
  const rows: string[][] = [];
  for (const tenants of sizes) {
    const measured: Speed[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      measured.push((await runProgram(speed, String(tenants))) as Speed);
    }
    const { peakMb } = (await runProgram(memory, world, String(tenants))) as { peakMb: number };
    rows.push(rowOf(tenants, measured, peakMb));
  }
  const header = [
    'TENANTS',
    'SHARDS',
    'BARE POOL',
    'FIRST SIGHT',
    'STEADY',
    'CPU FIRST, STEADY',
    'PEAK MEMORY',
  ];
  console.log(formatTable(header, rows, { width: WIDTH }));
  const { timeline } = (await runProgram(speed, '1000', 'timeline')) as Speed;
  console.log(`\nA steady run of 1,000 tenants:\n${timeline}`);
}

function rowOf(tenants: number, measured: readonly Speed[], peakMb: number): string[] {
  const { shards = 0, idealMs = 1 } = measured[0] ?? {};
  const of = (what: string, value: (run: Measured) => number) =>
    median(measured.flatMap(({ runs }) => runs.filter((run) => run.what === what).map(value)));
  const ratio = (what: string) => `${(of(what, ({ wallMs }) => wallMs) / idealMs).toFixed(2)} x`;
  const bareCpuMs = of('bare pool', ({ cpuMs }) => cpuMs);
  const cpu = (what: string) => ((of(what, ({ cpuMs }) => cpuMs) - bareCpuMs) / tenants).toFixed(2);
  return [
    tenants.toLocaleString('en'),
    String(shards),
    ratio('bare pool'),
    ratio('first sight'),
    ratio('steady state'),
    `${cpu('first sight')}, ${cpu('steady state')} ms`,
    `${peakMb} MB`,
  ];
}
