import pLimit from 'p-limit';
import { endsSoon, isRefused } from '../ask/due.ts';
import { createPacer } from '../ask/pacer.ts';
import { choose } from '../ask/selection.ts';
import { toWanted, type Wanted } from '../ask/wanted.ts';
import type { RefreshRequest, RunRequest } from '../event.ts';
import { newKnowledge } from '../history/families.ts';
import { publishedFormerNames } from '../history/former-names.ts';
import { newShardState, parseShardState } from '../history/shard-state.ts';
import { parsePublished } from '../keep/published.ts';
import { readVault } from '../keep/read-vault.ts';
import { traitsOf } from '../map/tenant-filter.ts';
import type { VaultMap } from '../map/vault-map.ts';
import { DEFAULT_SHARD } from '../names.ts';
import type { Outcome, OutcomeStatus, Report, ShardFailure, Summary } from '../outcome.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import { providers } from '../providers/registry.ts';
import { describeFailure } from '../report/failure.ts';
import { foretellShard } from './dry-run.ts';
import { explainNews } from './explain-news.ts';
import { type Fleet, findTwins, mapOf, readFleetFor, shardsOf } from './fleet.ts';
import { mergeGauges } from './gauges.ts';
import { findMissingShards } from './missing-shards.ts';
import type { RunOptions } from './run-options.ts';
import { rotateShard, type ShardTask } from './shard.ts';
import type { ShardReport } from './shard-report.ts';

/** A request that cannot be met. It names what is not there. Nothing was rotated. */
export class RunError extends Error {
  override readonly name: string = 'RunError';
}

/**
 * A refresh on demand for a tenant that its shard does not have. Consumers tell it from other
 * faults by this name.
 */
export class UnknownTenantError extends RunError {
  override readonly name = 'UnknownTenantError';
}

/**
 * Shards under way at once. Each holds its lease while its tenants wait for their client's places.
 */
const SHARDS_AT_ONCE = 16;

/**
 * One rotation. Chooses the tenants, rotates every shard, archives the report.
 * Throws RunError for a request that names what is not there, and StoreError where the shards
 * cannot be listed, both before anything is rotated. Shards that failed as a whole are in the
 * report's `failures`, and it is the caller who fails the invocation for them.
 */
export async function rotate(
  ports: RunPorts,
  request: RunRequest,
  options: RunOptions,
): Promise<Report> {
  const startedAt = new Date(ports.clock.now()).toISOString();
  const reportKey = `runs/${startedAt}-${options.runId}.json`;
  const fleet = await readFleetFor(ports, request);
  refuseUnknown(ports, fleet, request);
  const wanted = toWanted(request);
  const twinsOf = await findTwins(ports, fleet);
  const pacer = createPacer(ports.clock);
  const limit = pLimit(SHARDS_AT_ONCE);
  const rotated = await Promise.all(
    shardsFor(fleet, request).map((shard) =>
      limit(async () => {
        const task: ShardTask = { shard, wanted, reportKey, tells: 'all', ...twinsOf(shard) };
        const report = request.dry_run
          ? await foretellShard(ports, task, options.rhythm)
          : await rotateShard(ports, pacer, task, options);
        return { task, report };
      }),
    ),
  );
  const became = await Promise.all(
    rotated.map(async ({ task, report }) =>
      report.kind === 'done'
        ? report.outcomes
        : unreachedOutcomes(ports, await mapOf(ports, fleet, task.shard), task, report),
    ),
  );
  const all = became.flat();
  const outcomes = request.dry_run ? all : await explainNews(ports, all, options);
  const isWhole = request.shard === null && request.tenants === null;
  const missing = isWhole ? await findMissingShards(ports, fleet) : [];
  const failed = rotated.flatMap(({ task, report }) => failureOf(report, task) ?? []);
  const failures = [...failed, ...missing];
  const measured = rotated.flatMap(({ report }) => (report.kind === 'done' ? [report.gauges] : []));
  const report: Report = {
    run_id: options.runId,
    started_at: startedAt,
    finished_at: new Date(ports.clock.now()).toISOString(),
    ...(request.dry_run && { dry_run: true as const }),
    ...(options.fanOut && { fan_out: options.fanOut }),
    summary: summarize(outcomes),
    outcomes,
    ...(failures.length > 0 && { failures }),
    ...(measured.length > 0 && { gauges: mergeGauges(measured, ports.clock.now()) }),
    ...toldBy(rotated.map(({ report: one }) => one)),
  };
  return request.dry_run ? report : archiveReport(ports, report, reportKey);
}

/**
 * Refreshes one tenant's token if it is due or was refused, together with the shard's tokens that
 * end within 30 minutes, so that secret versions stay few. Throws UnknownTenantError, RunError for
 * a shard that failed as a whole, and StoreError where nothing can be read.
 */
export async function refreshOnDemand(
  ports: RunPorts,
  request: RefreshRequest,
  options: RunOptions,
): Promise<Outcome> {
  const { tenant, shard, refused } = request;
  const token = parsePublished(await ports.accessTokens.read(shard)).get(tenant);
  const now = ports.clock.now();
  if (token && !endsSoon(token.expires_at, now) && !isRefused(token, refused, now))
    return {
      tenant,
      shard,
      provider: null,
      status: 'skipped',
      reason: 'its token is fresh',
      ...(token.expires_at !== null && { expires_at: token.expires_at }),
    };
  // A name that nobody knows takes no lease and writes no state.
  const name = await presentName(ports, shard, tenant);
  const wanted: Wanted = { kind: 'on_demand', name, refused };
  const namesElsewhere = new Map<string, string>();
  const task: ShardTask = { shard, wanted, namesElsewhere, reportKey: null, tells: 'nothing' };
  const report = await rotateShard(ports, createPacer(ports.clock), task, options);
  if (report.kind === 'busy')
    return { tenant, shard, provider: null, status: 'busy', reason: 'another run holds the shard' };
  if (report.kind === 'failed')
    throw new RunError(`${report.failure.message} ${report.failure.next_step}`);
  const outcome = report.outcomes.find((one) => one.tenant === name);
  if (!outcome) throw unknownTenant(tenant, shard);
  return outcome;
}

/**
 * Returns the name that a tenant has now. Programs may still know it by its former one. Throws
 * UnknownTenantError.
 */
async function presentName(ports: RunPorts, shard: string, tenant: string): Promise<string> {
  const { map } = await readVault(ports, shard);
  if (map.tenants.has(tenant)) return tenant;
  const stored = await ports.states.read(shard);
  const { tenants } = stored ? parseShardState(stored.text) : newShardState();
  const present = publishedFormerNames(tenants, { isFullRun: false }).get(tenant);
  if (present === undefined || !map.tenants.has(present)) throw unknownTenant(tenant, shard);
  return present;
}

function unknownTenant(tenant: string, shard: string): UnknownTenantError {
  return new UnknownTenantError(`There is no tenant ${tenant} in shard ${shard}.`);
}

function refuseUnknown(ports: RunPorts, fleet: Fleet, request: RunRequest): void {
  if (fleet.shards.length === 0)
    throw new RunError(
      `There is no secret ${ports.vault.label(request.shard ?? DEFAULT_SHARD)}. ` +
        'Nothing was rotated.',
    );
  refuseUnknownFilter(fleet, request);
  const unknown = (request.tenants ?? []).filter((tenant) => shardsOf(fleet, tenant).length === 0);
  if (unknown.length === 0) return;
  const unread = fleet.shards.filter((shard) => fleet.maps.get(shard) === null);
  const where = unread.length > 0 ? `; what could not be read: shard ${unread.join(', ')}` : '';
  throw new RunError(
    'There is no tenant ' +
      `${unknown.join(', ')}${request.shard ? ` in shard ${request.shard}` : ''}${where}. ` +
      'Nothing was rotated.',
  );
}

/**
 * A mistyped filter means nobody. That is an error, unless a shard that could not be read knows it.
 */
function refuseUnknownFilter(fleet: Fleet, request: RunRequest): void {
  const { provider, app, tag } = request;
  if ([provider, app, tag].every((filter) => filter === null)) return;
  if ([...fleet.maps.values()].includes(null)) return;
  const traits = [...fleet.maps.values()].flatMap((map) =>
    map ? [...map.tenants.keys()].map((name) => traitsOf(name, map)) : [],
  );
  const apps = [...fleet.maps.values()].flatMap((map) => [...(map?.apps.keys() ?? [])]);
  const defined = [...fleet.maps.values()].flatMap((map) => [...(map?.definitions.keys() ?? [])]);
  const known = {
    provider: [...providers.keys(), ...defined, ...traits.map(({ provider }) => provider)],
    app: apps,
    tag: traits.flatMap(({ tags }) => tags),
  };
  for (const kind of ['provider', 'app', 'tag'] as const) {
    const asked = request[kind];
    if (asked !== null && !known[kind].includes(asked))
      throw new RunError(
        kind === 'tag'
          ? 'No tenant has this tag. Nothing was rotated.'
          : `There is no ${kind} ${asked}. Nothing was rotated.`,
      );
  }
}

function shardsFor(fleet: Fleet, { tenants }: RunRequest): readonly string[] {
  return tenants === null
    ? fleet.shards
    : fleet.shards.filter((shard) =>
        tenants.some((tenant) => fleet.maps.get(shard)?.tenants.has(tenant)),
      );
}

/**
 * Of a shard that was busy or failed as a whole, the tenants that the map, where it could be read,
 * has for this run.
 */
function unreachedOutcomes(
  ports: RunPorts,
  map: VaultMap | null,
  task: ShardTask,
  report: Exclude<ShardReport, { kind: 'done' }>,
): Outcome[] {
  if (!map) return [];
  const view = {
    ...task,
    map,
    knowledge: newKnowledge(),
    tenants: new Map(),
    published: new Map(),
    now: ports.clock.now(),
    recovered: new Set<string>(),
    foreign: new Set<string>(),
    tooLarge: new Set<string>(),
    invited: new Map<string, string>(),
    adoptsLater: true,
  };
  return choose(view, task.wanted)
    .filter((choice) => choice.do === 'ask')
    .map(({ name, tenant }): Outcome => {
      const about = { tenant: name, shard: task.shard, provider: tenant.provider.id };
      if (report.kind === 'busy')
        return { ...about, status: 'busy', reason: 'another run holds the shard' };
      if (report.failure.code === 'commit_failed')
        return { ...about, status: 'deferred', reason: 'its shard could not be written' };
      const facts = { tenant: name, shard: task.shard, cause: 'see the failures of this run' };
      return { ...about, status: 'failed', error: describeFailure('shard_unreadable', facts) };
    });
}

/** Only a run for all must reach every shard. It is tried again. */
function failureOf(report: ShardReport, { shard, wanted }: ShardTask): ShardFailure | null {
  if (report.kind !== 'busy') return report.failure;
  if (wanted.kind !== 'all') return null;
  return {
    shard,
    code: 'busy',
    message: `Shard ${shard} was held by another run to the end.`,
    next_step: 'Nothing: the run is tried again.',
  };
}

function summarize(outcomes: readonly Outcome[]): Summary {
  const count = (status: OutcomeStatus) =>
    outcomes.filter((outcome) => outcome.status === status).length;
  return {
    total: outcomes.length,
    rotated: count('rotated'),
    recovered: count('recovered'),
    failed: count('failed'),
    skipped: count('skipped'),
    deferred: count('deferred'),
    busy: count('busy'),
    uncommitted: count('uncommitted'),
  };
}

/** Returns what the shards of a run tell of ends and of platforms. */
function toldBy(reports: readonly ShardReport[]): Pick<Report, 'endings' | 'drifts'> {
  const done = reports.filter((report) => report.kind === 'done');
  const endings = done.flatMap((report) => report.endings ?? []);
  const drifts = done.flatMap((report) => report.drifts ?? []);
  return { ...(endings.length > 0 && { endings }), ...(drifts.length > 0 && { drifts }) };
}

/** The report is a convenience. A run whose report cannot be archived has worked all the same. */
async function archiveReport(ports: RunPorts, report: Report, key: string): Promise<Report> {
  const complete = { ...report, report_key: key };
  try {
    await ports.archive.put(key, complete);
    return complete;
  } catch (error) {
    ports.log({
      level: 'error',
      message: 'the report could not be archived',
      run_id: report.run_id,
      cause: error instanceof StoreError ? error.message : 'a fault',
    });
    return report;
  }
}
