import { randomUUID } from 'node:crypto';
import type { RefreshRequest } from '../../lambda/event.ts';
import type { ShardState } from '../../lambda/history/shard-state.ts';
import { parseShardState } from '../../lambda/history/stored-state.ts';
import type { Outcome, Report } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { refreshOnDemand } from '../../lambda/run/refresh-on-demand.ts';
import type { rotate } from '../../lambda/run/rotate.ts';
import type { RunOptions } from '../../lambda/run/run-options.ts';
import type { Rotation } from './authorization-server.ts';
import { createSimulatedHttp, type SimulatedHttp } from './simulated-http.ts';
import { createSimulation, oauth2Entry, type Simulation } from './simulation.ts';
import { createStoreFaults, type StoreFaults } from './store-faults.ts';

/** A simulation whose provider can be scripted and whose stores can be made to fail. */
export interface Scene extends Simulation {
  http: SimulatedHttp;
  faults: StoreFaults;
  /**
   * Opens an account of this name at the server, and returns the entry of a tenant that holds its
   * refresh token.
   */
  tenant(account: string, rotation?: Rotation, more?: object): Record<string, unknown>;
  /** One run over this scene's stores and provider. */
  run(
    request?: Partial<Parameters<typeof rotate>[1]>,
    options?: Partial<RunOptions>,
  ): Promise<Report>;
  /** One refresh on demand. */
  refresh(
    request: Partial<RefreshRequest> & { tenant: string },
    options?: Partial<RunOptions>,
  ): Promise<Outcome>;
  openPorts(): RunPorts;
  /** The refresh token that the map holds for a tenant. */
  token(tenant: string, shard?: string): string;
  /** Whether the server would accept the refresh token that the map holds for a tenant. */
  isSafe(tenant: string, shard?: string): boolean;
  state(shard?: string): ShardState;
  /** Changes the map as an operator would who edits it now. */
  edit(change: (map: ReturnType<Simulation['map']>) => void, shard?: string): void;
}

export function createScene({ shards = ['default'], latencyMs = 100 } = {}): Scene {
  const sim = createSimulation(shards, latencyMs);
  const http = createSimulatedHttp(sim.clock, sim.server, latencyMs);
  const faults = createStoreFaults();
  const openPorts = () => sim.ports(faults.gate, () => false, http);
  const token = (tenant: string, shard = 'default') =>
    String(sim.map(shard).tenants[tenant]?.refresh_token);
  return {
    ...sim,
    http,
    faults,
    openPorts,
    tenant: (account, rotation = 'detect', more = {}) => ({
      ...oauth2Entry(account, sim.server.open(account, rotation)),
      ...more,
    }),
    run: (request, options) => sim.rotate(request, openPorts(), options),
    refresh: (request, options) =>
      refreshOnDemand(
        openPorts(),
        { shard: 'default', refused: null, ...request },
        { runId: randomUUID(), deadlineAt: sim.clock.now() + 900_000, ...options },
      ),
    token,
    isSafe: (tenant, shard) => sim.server.accepts(token(tenant, shard)),
    state: (shard = 'default') => parseShardState(sim.world.states.get(shard)?.text ?? ''),
    edit(change, shard = 'default') {
      const map = sim.map(shard);
      change(map);
      sim.save(shard, map);
    },
  };
}

/** A map whose tenants share one app: one client, its places taken in turn. */
export function mapOfApp({ server }: Scene, names: readonly string[], pace: object = {}): object {
  const app = {
    provider: 'oauth2',
    token_url: 'https://shared.example/token',
    client_id: 'shared',
    client_secret: 'secret.shared',
    ...pace,
  };
  const tenants = names.map((name) => [
    name,
    { app: 'shared', refresh_token: server.open(name, 'detect') },
  ]);
  return { apps: { shared: app }, tenants: Object.fromEntries(tenants) };
}

/** The one outcome of a tenant. */
export function outcomeOf(report: Report, tenant: string, shard?: string): Outcome {
  const found = report.outcomes.filter(
    (outcome) => outcome.tenant === tenant && (shard === undefined || outcome.shard === shard),
  );
  if (found.length !== 1 || !found[0]) {
    throw new Error(`The report has ${found.length} outcomes of ${tenant}.`);
  }
  return found[0];
}
