import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, benchScript } from './bench/bench-script.ts';
import { measureBeside } from './bench/beside/measure-beside.ts';
import { type ColdImport, measureColdImports } from './bench/cold-import.ts';
import { readConditions } from './bench/conditions.ts';
import { describeConditions, writeSection } from './bench/markdown.ts';
import { measureConsumers } from './bench/measure-consumers.ts';
import { printCalls } from './bench/print-calls.ts';
import { printClientCost } from './bench/print-client-cost.ts';
import { printSimulated } from './bench/print-simulated.ts';
import { printSpeed } from './bench/print-speed.ts';
import { readScript } from './terminal/read-script.ts';

/**
 * `npm run bench`: measures speed, memory, calls of AWS and size. With `--beside` it measures other
 * ways to do the job, with `--consumers` the token client, with `--simulate N` a large fleet in
 * virtual time.
 */
const options = readScript(benchScript()).opts<BenchOptions>();
const folder = await mkdtemp(join(tmpdir(), 'token-rotator-bench-'));
try {
  if (options.beside) {
    await tell('beside', () => measureBeside(folder, options.kills));
  } else if (options.consumers) {
    await tell('consumers', () => measureConsumers(folder));
  } else if (options.simulate !== undefined) {
    await printSimulated(folder, options.simulate);
  } else {
    await printRotation();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Prints a section of the page, and writes it there where that was asked for. */
async function tell(name: string, measure: () => Promise<string>): Promise<void> {
  const conditions = await readConditions();
  const text = `${await measure()}\n\n${describeConditions(conditions)}`;
  console.log(text);
  if (options.write) {
    await writeSection(name, text);
  }
}

async function printRotation(): Promise<void> {
  await printSpeed(folder, options.tenants, options.repeats);
  await printClientCost(folder);
  await printCalls(80);
  const { ours, clients, plain } = await measureColdImports(folder);
  const describe = ({ bytes, ms }: ColdImport) =>
    `${bytes.toLocaleString('en')} bytes, ${ms} ms (ours is ${(ours.ms / ms).toFixed(2)} x)`;
  console.log('\nCold import, medians of fresh processes:');
  console.log(
    `  the functions' bundle             ${ours.bytes.toLocaleString('en')} bytes, ${ours.ms} ms`,
  );
  console.log(`  the two AWS clients, built alike  ${describe(clients)}`);
  console.log(`  the two AWS clients, as they come ${describe(plain)}`);
}
