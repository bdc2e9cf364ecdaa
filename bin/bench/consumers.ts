/**
 * Measures the token client in a process of its own: `consumers TENANTS`, in shards of 80, over
 * stubs of the two calls of AWS that take 20 ms each. Prints JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lambda/clock.ts';
import { createCachedTokens } from '../../lib/client/cached-tokens.ts';
import type { TokenSource } from '../../lib/client/token-source.ts';
import { TENANTS_PER_SHARD } from './fleet.ts';
import { median } from './median.ts';

const CALL_MS = 20;
const HOUR_MS = 3_600_000;
const CALLERS = [1, 10, 100, 1_000];

const count = Number(process.argv[2]);
const shards = Array.from({ length: Math.ceil(count / TENANTS_PER_SHARD) }, (_, index) =>
  index === 0 ? 'default' : `shard${index}`,
);
const calls = {
  reads: 0,
  lists: 0,
  refreshes: 0,
};

const rows = [];
for (const callers of CALLERS) {
  const tenants = Array.from({ length: callers }, (_, index) => nameOf(index % count));
  const cold = openClient(HOUR_MS);
  rows.push({
    callers,
    what: 'cold',
    ...(await askAll(cold, tenants)),
  });
  rows.push({
    callers,
    what: 'warm',
    ...(await askAll(cold, tenants)),
  });
  rows.push({
    callers,
    what: 'with refresh',
    ...(await askAll(openClient(1_000), tenants)),
  });
}
const all = openClient(HOUR_MS);
const before = process.memoryUsage().rss;
const everyone = Array.from({ length: count }, (_, index) => nameOf(index));
const first = await askAll(all, everyone);
const memoryMb = Math.round((process.memoryUsage().rss - before) / 1024 ** 2);
process.stdout.write(
  JSON.stringify({
    count,
    rows,
    first,
    memoryMb,
  }),
);

function nameOf(index: number): string {
  return `tenant-${index}`;
}

/** Opens a client whose tokens live so long when it first reads them. */
function openClient(lifeMs: number) {
  return createCachedTokens(createStub(lifeMs), {
    marginMs: 300_000,
    shard: null,
    clock: systemClock,
  });
}

/** Milliseconds of one call, over all callers at once, and the calls of AWS that they made. */
async function askAll(tokens: ReturnType<typeof openClient>, tenants: readonly string[]) {
  const made = { ...calls };
  const times = await Promise.all(
    tenants.map(async (tenant) => {
      const startedAt = performance.now();
      await tokens.get(tenant);
      return performance.now() - startedAt;
    }),
  );
  return {
    p50: round(median(times)),
    p99: round(median(times, 0.99)),
    reads: calls.reads + calls.lists - made.reads - made.lists,
    refreshes: calls.refreshes - made.refreshes,
  };
}

function createStub(lifeMs: number): TokenSource {
  const versions = new Map(shards.map((shard) => [shard, versionOf(shard, lifeMs, 1)]));
  return {
    async read(shard) {
      calls.reads += 1;
      await delay(CALL_MS);
      return versions.get(shard) ?? null;
    },
    async shards() {
      calls.lists += 1;
      await delay(CALL_MS);
      return shards;
    },
    async refresh({ shard }) {
      calls.refreshes += 1;
      await delay(CALL_MS);
      versions.set(shard, versionOf(shard, HOUR_MS, 2));
      return { status: 'rotated', expires_at: new Date(Date.now() + HOUR_MS).toISOString() };
    },
  };
}

function versionOf(shard: string, lifeMs: number, version: number) {
  const first = shards.indexOf(shard) * TENANTS_PER_SHARD;
  const length = Math.min(TENANTS_PER_SHARD, count - first);
  const tenants = Array.from({ length }, (_, index) => [
    nameOf(first + index),
    {
      access_token: `${first + index}.${version}.`.padEnd(200, 'x'),
      token_type: 'bearer',
      expires_at: new Date(Date.now() + lifeMs).toISOString(),
      headers: {},
      archive_key: 'responses/default/00000001-2026-11-22T02:17:03.120Z/tenant-1.json',
    },
  ]);
  const text = JSON.stringify({ version: 1, tenants: Object.fromEntries(tenants) });
  return {
    versionId: `${version}`,
    createdAt: version,
    text,
  };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
