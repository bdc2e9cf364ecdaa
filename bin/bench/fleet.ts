import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lambda/clock.ts';
import { parseEvent } from '../../lambda/event.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { Http, RunPorts } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/run.ts';
import {
  createMemoryWorld,
  type Gate,
  type MemoryWorld,
  memoryPorts,
} from '../../test/fakes/memory-ports.ts';

export const LATENCY_MS = 100;
export const CONCURRENCY = 64;
/**
 * With tokens of this length, so many tenants fill three quarters of a shard's 64 KB of access
 * tokens.
 */
const TENANTS_PER_SHARD = 80;
const REFRESH_TOKEN_BYTES = 150;
const ACCESS_TOKEN_BYTES = 200;

/** Tenants of one app in as few shards as hold them, in memory. */
export interface Fleet {
  world: MemoryWorld;
  shards: string[];
}

export function createFleet(tenants: number, perShard = TENANTS_PER_SHARD): Fleet {
  const shards = Array.from({ length: Math.ceil(tenants / perShard) }, (_, index) =>
    index === 0 ? 'default' : `shard${index}`,
  );
  const world = createMemoryWorld(systemClock, shards);
  const app = {
    provider: 'oauth2',
    token_url: 'https://provider.example/token',
    client_id: 'bench',
    client_secret: 'bench',
    max_concurrency: CONCURRENCY,
    min_interval_ms: 0,
  };
  for (const [index, shard] of shards.entries()) {
    const names = Array.from(
      { length: Math.min(perShard, tenants - index * perShard) },
      (_, number) => `tenant-${index * perShard + number}`,
    );
    const entries = names.map((name) => [
      name,
      { app: 'agency', refresh_token: token(REFRESH_TOKEN_BYTES) },
    ]);
    world.vault.save(
      shard,
      JSON.stringify({ version: 1, apps: { agency: app }, tenants: Object.fromEntries(entries) }),
    );
  }
  return { world, shards };
}

/** One run for all tenants of a fleet. */
export function rotateFleet(
  { world }: Fleet,
  { rotates = true, latencyMs = LATENCY_MS, gate }: RotateOptions = {},
): Promise<Report> {
  const ports: RunPorts = {
    ...memoryPorts(world, gate),
    http: createProvider(latencyMs, rotates),
    clock: systemClock,
    log: () => undefined,
  };
  return rotate(ports, parseEvent({}), {
    runId: randomUUID(),
    deadlineAt: Number.POSITIVE_INFINITY,
  });
}

interface RotateOptions {
  /** Whether each answer brings a new refresh token. */
  rotates?: boolean;
  latencyMs?: number;
  gate?: Gate;
}

function createProvider(latencyMs: number, rotates: boolean): Http {
  return {
    async send() {
      await delay(latencyMs);
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
