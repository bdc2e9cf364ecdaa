import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '../../lambda/clock.ts';
import { parseEvent } from '../../lambda/event.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { Clock, Http, RunPorts } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import {
  createMemoryWorld,
  type Gate,
  type MemoryWorld,
  memoryPorts,
} from '../../test/fakes/memory-ports.ts';
import { type Folders, indexByFolder } from './folder-index.ts';

export const LATENCY_MS = 100;
export const CONCURRENCY = 64;
/** With tokens of this length, 80 tenants fill three quarters of the 64 KB of a shard's secret. */
export const TENANTS_PER_SHARD = 80;
const REFRESH_TOKEN_BYTES = 150;
const ACCESS_TOKEN_BYTES = 200;

/** Describes what a run touches outside itself, but for time, requests and logs. */
export type Stores = Omit<RunPorts, 'http' | 'clock' | 'log'>;

/** Tenants of one app in as few shards as hold them, in memory. */
export interface Fleet {
  world: MemoryWorld;
  shards: string[];
  /** The ports of a process over it. */
  stores(gate?: Gate): Stores;
}

interface FleetOptions {
  perShard?: number;
  /** How many requests of the app may be under way at once. */
  places?: number;
  clock?: Clock;
}

export function createFleet(
  tenants: number,
  { perShard = TENANTS_PER_SHARD, places = CONCURRENCY, clock = systemClock }: FleetOptions = {},
): Fleet {
  const shards = Array.from({ length: Math.ceil(tenants / perShard) }, (_, index) =>
    index === 0 ? 'default' : `shard${index}`,
  );
  const world = createMemoryWorld(clock, shards);
  for (const [index, shard] of shards.entries()) {
    const count = Math.min(perShard, tenants - index * perShard);
    world.vault.save(shard, mapOf(index * perShard, count, places));
  }
  const folders: Folders = new Map();
  return {
    world,
    shards,
    stores(gate = open) {
      const ports = memoryPorts(world, gate);
      return { ...ports, archive: indexByFolder(ports.archive, folders, gate) };
    },
  };
}

const open: Gate = async (_effect, perform) => perform();

/** Makes the map of one shard, with tenants `tenant-<first>` and so on. */
function mapOf(first: number, count: number, places: number): string {
  const app = {
    provider: 'oauth2',
    token_url: 'https://provider.example/token',
    client_id: 'bench',
    client_secret: 'bench',
    max_concurrency: places,
    min_interval_ms: 0,
  };
  const tenants = Array.from({ length: count }, (_, index) => [
    `tenant-${first + index}`,
    { app: 'agency', refresh_token: token(REFRESH_TOKEN_BYTES) },
  ]);
  return JSON.stringify({
    version: 1,
    apps: { agency: app },
    tenants: Object.fromEntries(tenants),
  });
}

/** Rotates all tenants of a fleet once. Throws where one was not rotated. */
export async function rotateFleet(
  stores: Stores,
  { http = createProvider(), clock = systemClock }: { http?: Http; clock?: Clock } = {},
): Promise<Report> {
  const report = await rotate(
    {
      ...stores,
      http,
      clock,
      log: () => undefined,
    },
    parseEvent({}),
    {
      runId: randomUUID(),
      deadlineAt: Number.POSITIVE_INFINITY,
    },
  );
  const { rotated, total } = report.summary;
  if (rotated !== total) {
    throw new Error(`Only ${rotated} of ${total} tenants were rotated.`);
  }
  return report;
}

interface ProviderOptions {
  /** Says whether each answer brings a new refresh token. */
  rotates?: boolean;
  latencyMs?: number;
  clock?: Clock;
}

/** Creates a provider that answers every request after the same time. */
export function createProvider({
  rotates = true,
  latencyMs = LATENCY_MS,
  clock = systemClock,
}: ProviderOptions = {}): Http {
  return {
    async send() {
      await clock.sleep(latencyMs);
      const body = {
        access_token: token(ACCESS_TOKEN_BYTES),
        token_type: 'bearer',
        expires_in: 3600,
        ...(rotates && { refresh_token: token(REFRESH_TOKEN_BYTES) }),
      };
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(body)),
      };
    },
  };
}

function token(bytes: number): string {
  return randomBytes(bytes).toString('base64url').slice(0, bytes);
}
