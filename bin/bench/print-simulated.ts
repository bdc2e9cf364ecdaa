import { formatTable } from '../terminal/table.ts';
import { buildPrograms, runProgram } from './build.ts';
import type { SimulatedRun } from './simulate.ts';

interface Simulated {
  shards: number;
  runs: SimulatedRun[];
}

const HEADER = [
  'RUN',
  'WALL',
  'SECRETS READ',
  'WRITTEN',
  'IN A SECOND',
  'HAD TO WAIT',
  'S3 PUT, LIST',
  'S3 GET',
  'DOLLARS',
  'CPU',
];
const WIDTH = 140;

/** Prints what a fan-out over so many tenants takes, in virtual time. */
export async function printSimulated(folder: string, tenants: number): Promise<void> {
  const [program = ''] = await buildPrograms(['simulate'], folder);
  const { shards, runs } = (await runProgram(program, String(tenants))) as Simulated;
  console.log(
    `${tenants.toLocaleString('en')} tenants in ${shards.toLocaleString('en')} shards, ` +
      '10 shards at once.',
  );
  console.log(
    'Virtual time: 5 places a shard, 1 s a request, ' +
      'and an account with 50 writes of secrets a second.',
  );
  console.log("Processor time is this machine's, per tenant, with the fakes.\n");
  console.log(formatTable(HEADER, runs.map(rowOf), { width: WIDTH }));
}

function rowOf(run: SimulatedRun): string[] {
  const { secretReads, secretWrites, puts, gets } = run.calls;
  const counts = [secretReads, secretWrites, run.peakWrites, run.delayedWrites, puts, gets];
  return [
    run.what,
    `${run.minutes.toFixed(1)} min`,
    ...counts.map((count) => count.toLocaleString('en')),
    run.dollars.toFixed(2),
    `${run.cpuMs.toFixed(2)} ms`,
  ];
}
