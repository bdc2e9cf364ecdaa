import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type CallCounts, countCalls } from './bench/calls.ts';
import { measureColdImport } from './bench/cold-import.ts';
import { CONCURRENCY, LATENCY_MS } from './bench/fleet.ts';

/**
 * `npm run bench`: speed and memory over memory ports, calls of AWS, size and cold import of the
 * bundle. Prints; judges nothing.
 */
const folder = await mkdtemp(join(tmpdir(), 'token-rotator-bench-'));
try {
  await printSpeed([1_000, 10_000]);
  await printCalls(80);
  await printColdImport();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function printSpeed(fleets: readonly number[]): Promise<void> {
  console.log(
    `One app, ${LATENCY_MS} ms latency, concurrency ${CONCURRENCY}, memory ports (ideal = tenants / concurrency x latency):`,
  );
  const program = join(folder, 'speed.mjs');
  const entry = fileURLToPath(new URL('./bench/speed.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
  });
  for (const tenants of fleets) {
    const { stdout } = await promisify(execFile)(process.execPath, [program, String(tenants)]);
    const { shards, idealMs, runs, peakMb } = JSON.parse(stdout);
    for (const { run, wallMs, ratio } of runs)
      console.log(
        `  ${tenants} tenants in ${shards} shards, ${run}: ${wallMs} ms, ${ratio} x ideal (${idealMs} ms)`,
      );
    console.log(`  ${tenants} tenants: peak memory ${peakMb} MB`);
  }
}

async function printCalls(tenants: number): Promise<void> {
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
  const total = (count: CallCounts) => Object.values(count).reduce((sum, calls) => sum + calls, 0);
  const rows = calls.map((call) => [
    call,
    Object.fromEntries(counts.map(([column, count]) => [column, count[call] ?? 0])),
  ]);
  console.table(
    Object.fromEntries([
      ...rows,
      ['all', Object.fromEntries(counts.map(([column, count]) => [column, total(count)]))],
    ]),
  );
}

async function printColdImport(): Promise<void> {
  const { bundleBytes, clientsBytes, bundleMs, clientsMs, ratio } = await measureColdImport(folder);
  console.log(
    `\nBundle: ${bundleBytes} bytes; of the two AWS clients alone: ${clientsBytes} bytes`,
  );
  console.log(
    `Cold import (medians of fresh processes): ${bundleMs} ms and ${clientsMs} ms, ratio ${ratio}`,
  );
}
