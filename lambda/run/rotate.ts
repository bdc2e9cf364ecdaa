import pLimit from 'p-limit';
import { FOLDERS } from '../archive-folders.ts';
import { createPacer } from '../ask/pacer.ts';
import { toWanted } from '../ask/wanted.ts';
import type { RunRequest } from '../event.ts';
import type { Outcome, OutcomeStatus, Report, ShardFailure, Summary } from '../outcome.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import { foretellShard } from './dry-run.ts';
import { explainNews } from './explain-news.ts';
import { type Fleet, findTwins, mapOf, readFleetFor } from './fleet.ts';
import { mergeGauges, readLastSuccess } from './gauges.ts';
import { findMissingShards } from './missing-shards.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { rotateShard, type ShardTask } from './rotate-shard.ts';
import type { RunOptions } from './run-options.ts';
import type { ShardReport } from './shard-report.ts';
import { unreachedOutcomes } from './unreached-outcomes.ts';

/** How many shards are under way at once. Each holds its lease while its tenants wait. */
const SHARDS_AT_ONCE = 16;

/** Describes what one rotation works with. */
interface RotationCall {
  ports: RunPorts;
  request: RunRequest;
  options: RunOptions;
  fleet: Fleet;
  /** Names the archive's object that will hold the report. */
  reportKey: string;
}

/** Says how one shard ended, with what was wanted of it. */
interface Rotated {
  task: ShardTask;
  report: ShardReport;
}

/**
 * Chooses the tenants, rotates every shard, and archives the report.
 * Throws RunError for a request that names what is not there, and StoreError where the shards
 * cannot be listed, both before anything is rotated. Throws StoreError also where shards that are
 * gone cannot be looked for. Then all else is done, and its report archived. Shards that failed as a
 * whole are in the report's `failures`, and it is the caller who fails the invocation for them.
 */
export async function rotate(
  ports: RunPorts,
  request: RunRequest,
  options: RunOptions,
): Promise<Report> {
  const startedAt = new Date(ports.clock.now()).toISOString();
  const reportKey = `${FOLDERS.runs}${startedAt}-${options.runId}.json`;
  const fleet = await readFleetFor(ports, request);
  refuseUnknown(ports.vault, fleet, request);
  const call: RotationCall = {
    ports,
    request,
    options,
    fleet,
    reportKey,
  };
  const rotated = await rotateShards(call);
  const outcomes = await outcomesOf(call, rotated);
  const missing = await missingOf(call);
  const failed = rotated.flatMap((one) => failureOf(one) ?? []);
  const failures = missing instanceof StoreError ? failed : [...failed, ...missing];
  const report: Report = {
    run_id: options.runId,
    started_at: startedAt,
    finished_at: new Date(ports.clock.now()).toISOString(),
    ...(request.dry_run && { dry_run: true as const }),
    ...(options.fanOut && { fan_out: options.fanOut }),
    summary: summarize(outcomes),
    outcomes,
    ...(failures.length > 0 && { failures }),
    ...(await findings(ports, rotated, failures)),
  };
  const told = request.dry_run ? report : await archiveReport(ports, report, reportKey);
  if (missing instanceof StoreError) {
    throw missing;
  }
  return told;
}

async function rotateShards(call: RotationCall): Promise<Rotated[]> {
  const { ports, request, options, fleet, reportKey } = call;
  const wanted = toWanted(request);
  const twinsOf = await findTwins(ports, fleet);
  const pacer = createPacer(ports.clock);
  const oneByOne = pLimit(1);
  const rotateOne = async (shard: string): Promise<Rotated> => {
    // Otherwise the second shard would ask nobody before all of these shards are ready.
    await oneByOne(() => ports.clock.sleep(0));
    const task: ShardTask = {
      shard,
      wanted,
      reportKey,
      tells: 'all',
      ...twinsOf(shard),
    };
    const report = request.dry_run
      ? await foretellShard(ports, task, options.rhythm)
      : await rotateShard(ports, pacer, task, options);
    if (report.kind === 'done') {
      fleet.maps.delete(shard);
    }
    return { task, report };
  };
  return pLimit(SHARDS_AT_ONCE).map(shardsFor(fleet, request), rotateOne);
}

function shardsFor({ shards, maps }: Fleet, { tenants }: RunRequest): readonly string[] {
  if (tenants === null) {
    return shards;
  }
  return shards.filter((shard) => tenants.some((tenant) => maps.get(shard)?.tenants.has(tenant)));
}

/** Returns what became of every tenant, with why some of them newly fail. */
async function outcomesOf(
  { ports, request, options, fleet }: RotationCall,
  rotated: readonly Rotated[],
): Promise<Outcome[]> {
  const byShard = await Promise.all(
    rotated.map(async ({ task, report }) => {
      if (report.kind === 'done') {
        return report.outcomes;
      }
      const map = await mapOf(ports, fleet, task.shard);
      return unreachedOutcomes(ports.clock, map, task, report);
    }),
  );
  const outcomes = byShard.flat();
  return request.dry_run ? outcomes : explainNews(ports, outcomes, options);
}

/**
 * Returns the shards that are gone. Only a run for all looks for them. Returns the error where it
 * cannot. The report of what was done comes before it.
 */
async function missingOf({
  ports,
  request,
  fleet,
}: RotationCall): Promise<ShardFailure[] | StoreError> {
  const isForAll = request.shard === null && request.tenants === null;
  try {
    return isForAll ? await findMissingShards(ports, fleet) : [];
  } catch (error) {
    if (error instanceof StoreError) {
      return error;
    }
    throw error;
  }
}

/** Only a run for all must reach every shard. It is tried again. */
function failureOf({ report, task: { shard, wanted } }: Rotated): ShardFailure | null {
  if (report.kind !== 'busy') {
    return report.failure;
  }
  if (wanted.kind !== 'all') {
    return null;
  }
  return {
    shard,
    code: 'busy',
    message: `Shard ${shard} was held by another run to the end.`,
    next_step: 'Nothing: the run is tried again.',
  };
}

/** Returns what the shards of a run measured, and what they say of ends and of platforms. */
async function findings(
  ports: RunPorts,
  rotated: readonly Rotated[],
  failures: readonly ShardFailure[],
): Promise<Pick<Report, 'gauges' | 'endings' | 'drifts'>> {
  const done = rotated.map(({ report }) => report).filter((report) => report.kind === 'done');
  const gauges = done.map((report) => report.gauges);
  const measured = new Set(gauges.map(({ shard }) => shard));
  const others = failures.map(({ shard }) => shard).filter((shard) => !measured.has(shard));
  const successes = await Promise.all(others.map((shard) => readLastSuccess(ports.states, shard)));
  const unmeasured = successes.filter((instant) => instant !== null);
  const endings = done.flatMap((report) => report.endings ?? []);
  const drifts = done.flatMap((report) => report.drifts ?? []);
  return {
    ...(gauges.length + unmeasured.length > 0 && {
      gauges: mergeGauges(gauges, unmeasured, ports.clock.now()),
    }),
    ...(endings.length > 0 && { endings }),
    ...(drifts.length > 0 && { drifts }),
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
