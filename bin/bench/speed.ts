/**
 * In a process of its own, so that its memory is its own: `speed TENANTS`. Prints the first and the
 * second run of a fleet as JSON.
 */
import { CONCURRENCY, createFleet, LATENCY_MS, rotateFleet } from './fleet.ts';

const tenants = Number(process.argv[2]);
const fleet = createFleet(tenants);
const idealMs = (tenants / CONCURRENCY) * LATENCY_MS;
const runs = [];
for (const run of ['first sight', 'steady state']) {
  const startedAt = performance.now();
  const { summary } = await rotateFleet(fleet);
  if (summary.rotated !== tenants)
    throw new Error(`Only ${summary.rotated} of ${tenants} tenants were rotated.`);
  const wallMs = Math.round(performance.now() - startedAt);
  runs.push({ run, wallMs, ratio: Number((wallMs / idealMs).toFixed(3)) });
}
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(
  JSON.stringify({
    tenants,
    shards: fleet.shards.length,
    idealMs: Math.round(idealMs),
    runs,
    peakMb,
  }),
);
