import { randomUUID } from 'node:crypto';
import { everyTenant } from '../../lambda/event.ts';
import type { LogRecord } from '../../lambda/log.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { Http, RunPorts } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import type { RunOptions } from '../../lambda/run/run-options.ts';
import { type AuthorizationServer, createAuthorizationServer } from './authorization-server.ts';
import { createMemoryWorld, type Gate, type MemoryWorld, memoryPorts } from './memory-ports.ts';
import { createSimulatedClock, type SimulatedClock } from './simulated-clock.ts';

/** The time of a function's invocation. */
const FUNCTION_MS = 900_000;

/** A world, a server and a time in which runs can be started, stopped and raced. */
export interface Simulation {
  world: MemoryWorld;
  server: AuthorizationServer;
  clock: SimulatedClock;
  logs: LogRecord[];
  /** The ports of one process. A gate that lets it die must say so by `isDead`. */
  ports(gate?: Gate, isDead?: () => boolean, http?: Http): RunPorts;
  /** One run of one process, for all tenants unless told otherwise. */
  rotate(
    request?: Partial<Parameters<typeof rotate>[1]>,
    ports?: RunPorts,
    options?: Partial<RunOptions>,
  ): Promise<Report>;
  /** Saves a map as an operator would. */
  save(shard: string, map: object): void;
  /** The map as it stands. */
  map(shard?: string): {
    tenants: Record<string, Record<string, unknown>>;
    apps?: Record<string, Record<string, unknown>>;
  };
  /** The published tokens as they stand. */
  published(shard?: string): Record<
    string,
    {
      access_token: string;
      expires_at: string;
      archive_key: string;
      headers: Record<string, string>;
    }
  >;
}

export function createSimulation(
  shards: readonly string[] = ['default'],
  latencyMs = 100,
): Simulation {
  const clock = createSimulatedClock();
  const world = createMemoryWorld(clock, shards);
  const server = createAuthorizationServer();
  const logs: LogRecord[] = [];

  function ports(
    gate: Gate = async (_effect, perform) => perform(),
    isDead = () => false,
    http?: Http,
  ): RunPorts {
    const own = clock.forProcess(isDead);
    const send: Http['send'] = async (request) => {
      await own.sleep(latencyMs);
      return gate({ port: 'http', op: 'send', on: request.url }, () => server.handle(request));
    };
    return {
      ...memoryPorts(world, gate),
      http: http ?? { send },
      clock: own,
      log: (record) => logs.push(record),
    };
  }

  return {
    world,
    server,
    clock,
    logs,
    ports,
    rotate: (request, own = ports(), options) =>
      rotate(
        own,
        { ...everyTenant, ...request },
        { runId: randomUUID(), deadlineAt: clock.now() + FUNCTION_MS, ...options },
      ),
    save: (shard, map) => world.vault.save(shard, JSON.stringify({ version: 1, ...map }, null, 2)),
    map: (shard = 'default') => JSON.parse(world.vault.text(shard)),
    published: (shard = 'default') =>
      JSON.parse(world.accessTokens.text(shard) || '{"tenants":{}}').tenants,
  };
}

/** An entry of any standard server. */
export function oauth2Entry(account: string, refreshToken: string): Record<string, unknown> {
  return {
    provider: 'oauth2',
    token_url: `https://${account}.example/token`,
    client_id: account,
    client_secret: `secret.${account}`,
    refresh_token: refreshToken,
  };
}
