/**
 * Simulates the first and the second run of a large fleet in virtual time: `simulate TENANTS`. The
 * shards run as the state machine runs them, each in an invocation of its own. Prints as JSON what
 * each run took.
 */
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { parseEvent } from '../../lambda/event.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import type { Effect } from '../../test/fakes/memory-ports.ts';
import { createSimulatedClock } from '../../test/fakes/simulated-clock.ts';
import { createFleet, createProvider } from './fleet.ts';

/** Says what the costs on the page of the stack assume, too. */
const PROVIDER_MS = 1_000;
const PLACES = 5;
const SHARDS_AT_ONCE = 10;
/** Typical times of calls from a function in the same region. */
const SECRETS_MS = 40;
const S3_MS = 30;
/** Writes to secrets that an account may make in a second (AWS service quotas). */
const WRITES_A_SECOND = 50;
const RUN_MS = 900_000;
/** List prices of us-east-1, in US dollars. */
const PRICE = { secretCall: 0.05 / 10_000, put: 0.005 / 1_000, get: 0.0004 / 1_000 };
const GB_SECOND = 0.0000133334;
const MEMORY_GB = 0.5;

/** Describes one run. `cpuMs` is this machine's processor time per tenant. */
export interface SimulatedRun {
  what: 'first sight' | 'steady';
  minutes: number;
  calls: { secretReads: number; secretWrites: number; puts: number; gets: number };
  peakWrites: number;
  delayedWrites: number;
  dollars: number;
  cpuMs: number;
}

const tenants = Number(process.argv[2]);
const clock = createSimulatedClock();
const fleet = createFleet(tenants, { clock, places: PLACES });
const http = createProvider({ latencyMs: PROVIDER_MS, clock });
let calls = newCalls();
/** Writes to secrets by second. */
let writes = new Map<number, number>();
let delayedWrites = 0;
let billedMs = 0;

const runs: SimulatedRun[] = [];
for (const what of ['first sight', 'steady'] as const) {
  runs.push(await simulateRun(what));
}
process.stdout.write(JSON.stringify({ shards: fleet.shards.length, runs }));

async function simulateRun(what: SimulatedRun['what']): Promise<SimulatedRun> {
  [calls, writes, delayedWrites, billedMs] = [newCalls(), new Map(), 0, 0];
  const [startedAt, before] = [clock.now(), process.cpuUsage()];
  const results = await pLimit(SHARDS_AT_ONCE).map(fleet.shards, (shard) => runShard(shard));
  const rotated = results.reduce((sum, { summary }) => sum + summary.rotated, 0);
  if (rotated !== tenants) {
    throw new Error(`Only ${rotated} of ${tenants} tenants were rotated.`);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    what,
    minutes: (clock.now() - startedAt) / 60_000,
    calls,
    peakWrites: Math.max(...writes.values()),
    delayedWrites,
    dollars: dollarsOf(),
    cpuMs: (user + system) / 1_000 / tenants,
  };
}

function newCalls() {
  return {
    secretReads: 0,
    secretWrites: 0,
    puts: 0,
    gets: 0,
  };
}

async function runShard(shard: string) {
  const from = clock.now();
  const report = await rotate(
    {
      ...fleet.stores(gate),
      http,
      clock,
      log: () => undefined,
    },
    parseEvent({ shard }),
    { runId: randomUUID(), deadlineAt: from + RUN_MS },
  );
  billedMs += clock.now() - from;
  return report;
}

async function gate<T>(effect: Effect, perform: () => T): Promise<T> {
  const kind = kindOf(effect);
  calls[kind] += 1;
  if (kind === 'secretWrites') {
    await waitForQuota();
  }
  await clock.sleep(kind.startsWith('secret') ? SECRETS_MS : S3_MS);
  return perform();
}

function kindOf({ port, op }: Effect): keyof typeof calls {
  if (op === 'put_version' || op === 'move_label') {
    return 'secretWrites';
  }
  if (port === 'vault' || port === 'access_tokens') {
    return 'secretReads';
  }
  return op === 'read' || op === 'get' ? 'gets' : 'puts';
}

/** A write beyond the quota is throttled. The client tries again in the next second. */
async function waitForQuota(): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const second = Math.floor(clock.now() / 1_000);
    const made = writes.get(second) ?? 0;
    if (made < WRITES_A_SECOND) {
      writes.set(second, made + 1);
      if (tries > 0) {
        delayedWrites += 1;
      }
      return;
    }
    await clock.sleep(1_000);
  }
}

function dollarsOf(): number {
  const secrets = (calls.secretReads + calls.secretWrites) * PRICE.secretCall;
  const objects = calls.puts * PRICE.put + calls.gets * PRICE.get;
  return secrets + objects + (billedMs / 1_000) * MEMORY_GB * GB_SECOND;
}
