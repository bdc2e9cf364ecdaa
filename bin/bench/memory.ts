/**
 * Measures the memory of a run, with the world in a process of its own (`memory WORLD TENANTS`).
 * Prints megabytes as JSON.
 */
import { rotateFleet } from './fleet.ts';
import { openRemoteWorld } from './remote-world.ts';

const [world = '', tenants = ''] = process.argv.slice(2);
const { stores, http, close } = openRemoteWorld(world, Number(tenants));
const idleMb = residentMb();
for (const _run of ['first sight', 'steady state']) {
  await rotateFleet(stores, { http });
}
process.stdout.write(JSON.stringify({ idleMb, peakMb: residentMb() }));
close();

/** Returns the most memory that this process has had so far. */
function residentMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
