import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBeside } from './bench/beside/measure-beside.ts';
import { type ColdImport, measureColdImports } from './bench/cold-import.ts';
import { readConditions } from './bench/conditions.ts';
import { describeConditions, writeSection } from './bench/markdown.ts';
import { measureConsumers } from './bench/measure-consumers.ts';
import { printCalls } from './bench/print-calls.ts';
import { printClientCost } from './bench/print-client-cost.ts';
import { printSimulated } from './bench/print-simulated.ts';
import { printSpeed } from './bench/print-speed.ts';

/**
 * `npm run bench`: speed, memory, calls of AWS, size. With `--beside` it measures other ways to do
 * the job, with `--consumers` the token client, with `--simulate N` a large fleet in virtual time.
 * Prints, and judges nothing. `--write` puts the figures of the first two into their page.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '10,100,1000,10000' },
    repeats: { type: 'string', default: '1' },
    beside: { type: 'boolean', default: false },
    kills: { type: 'string', default: '40' },
    consumers: { type: 'boolean', default: false },
    simulate: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'token-rotator-bench-'));
try {
  if (values.beside) {
    await tell('beside', () => measureBeside(folder, Number(values.kills)));
  } else if (values.consumers) {
    await tell('consumers', () => measureConsumers(folder));
  } else if (values.simulate) {
    await printSimulated(folder, Number(values.simulate));
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
  if (values.write) {
    await writeSection(name, text);
  }
}

async function printRotation(): Promise<void> {
  await printSpeed(folder, values.tenants.split(',').map(Number), Number(values.repeats));
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
