/**
 * Measures a fleet in a process of its own (`speed TENANTS [timeline]`). Prints wall and processor
 * time of the first and the second run, and of a bare pool of requests, as JSON.
 */
import { runBarePool } from './bare-pool.ts';
import { CONCURRENCY, createFleet, createProvider, LATENCY_MS, rotateFleet } from './fleet.ts';
import { createRecorder, drawTimeline } from './timeline.ts';

/** Describes what a run took, in milliseconds. */
export interface Measured {
  what: string;
  wallMs: number;
  cpuMs: number;
}

const tenants = Number(process.argv[2]);
const fleet = createFleet(tenants);
const runs: Measured[] = [];
await runBarePool(Math.min(tenants, 1_000));
runs.push(await measure('bare pool', () => runBarePool(tenants)));
for (const what of ['first sight', 'steady state']) {
  runs.push(await measure(what, () => rotateFleet(fleet.stores())));
}
const idealMs = Math.round((Math.max(CONCURRENCY, tenants) / CONCURRENCY) * LATENCY_MS);
const timeline = process.argv[3] === 'timeline' ? await recordTimeline() : undefined;
process.stdout.write(
  JSON.stringify({
    shards: fleet.shards.length,
    idealMs,
    runs,
    timeline,
  }),
);

async function measure(what: string, work: () => Promise<unknown>): Promise<Measured> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  const wallMs = Math.round(performance.now() - startedAt);
  return {
    what,
    wallMs,
    cpuMs: Math.round((user + system) / 1000),
  };
}

async function recordTimeline(): Promise<string> {
  const recorder = createRecorder();
  const provider = createProvider();
  const http = {
    send: (...args: Parameters<typeof provider.send>) =>
      recorder.request(() => provider.send(...args)),
  };
  await rotateFleet(fleet.stores(recorder.gate), { http });
  return drawTimeline(recorder, CONCURRENCY);
}
