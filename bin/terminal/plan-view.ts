import type { FleetPlan } from '../plan/plan-fleet.ts';
import type { PlannedRhythm } from '../plan/planned-tenant.ts';
import { namesOf } from './cause-view.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const MOST_ROWS = 10;
const SHARD = { title: 'SHARD', whole: true };
const PROVIDER = { title: 'PROVIDER', whole: true };

/** Shows what a fleet needs, costs and risks. */
export function showPlan(terminal: Terminal, plan: FleetPlan, rhythm: PlannedRhythm): void {
  const { bold } = terminal.colors;
  terminal.printWrapped(openingOf(plan, rhythm));
  terminal.print(`\n${bold('Dollars a month')}`);
  terminal.print(formatTable(['FOR', 'DOLLARS'], dollarRows(plan), terminal));
  terminal.print(`\n${bold('Shards')}`);
  terminal.print(formatTable([SHARD, 'TENANTS', 'FULL', 'ROOM FOR'], shardRows(plan), terminal));
  terminal.printWrapped(splitAdvice(plan));
  terminal.print(`\n${bold('Clients')}`);
  terminal.print(formatTable([PROVIDER, 'TENANTS', 'SECONDS'], clientRows(plan), terminal));
  terminal.print(`\n${bold('Limits of AWS')}`);
  terminal.print(formatTable(['LIMIT', 'USES', 'OF', 'SHARE'], limitRows(plan), terminal));
  for (const line of warningsOf(plan)) {
    terminal.printWrapped(`\n${line}`);
  }
}

function openingOf(
  { tenants, dollars_a_month, run_seconds }: FleetPlan,
  { expression, keepFresh }: PlannedRhythm,
): string {
  const often = expression === null ? 'no schedule' : `the schedule ${expression}`;
  const fresh = keepFresh ? ' and a run each half hour' : '';
  return (
    `${tenants} ${tenants === 1 ? 'tenant' : 'tenants'} with ${often}${fresh} ` +
    `${tenants === 1 ? 'costs' : 'cost'} about ${dollars_a_month.total.toFixed(2)} ` +
    `dollars a month. A run for all takes about ${Math.ceil(run_seconds)} s.`
  );
}

function dollarRows({ dollars_a_month: { total, ...parts } }: FleetPlan): string[][] {
  const names = new Map([
    ['secrets', 'secrets'],
    ['key', 'encryption key'],
    ['calls', 'calls of AWS services'],
    ['function', 'function'],
    ['archive', 'archive'],
    ['watching', 'metrics, alarms and logs'],
  ]);
  const rows = Object.entries(parts).map(([part, dollars]) => [
    names.get(part) ?? part,
    dollars.toFixed(2),
  ]);
  return [...rows, ['together', total.toFixed(2)]];
}

function shardRows({ shards }: FleetPlan): string[][] {
  const rows = shards.map(({ shard, tenants, fullness, room }) => [
    shard,
    String(tenants),
    percent(fullness),
    `${room} more`,
  ]);
  return rows.slice(0, MOST_ROWS);
}

function splitAdvice({ shards, shards_needed: needed }: FleetPlan): string {
  const full = shards.filter(({ split }) => split);
  const [first] = full;
  if (!first) {
    return 'No shard has to be split.';
  }
  return (
    `Split ${full.length === 1 ? `shard ${first.shard}` : `${full.length} shards`}: ` +
    `this fleet needs ${needed} in all. Next: tokens shard split ${first.shard} --to NEW`
  );
}

function clientRows({ clients }: FleetPlan): string[][] {
  const rows = clients.map(({ provider, tenants, seconds }) => [
    provider ?? '',
    String(tenants),
    String(Math.ceil(seconds)),
  ]);
  return rows.slice(0, MOST_ROWS);
}

function limitRows({ limits }: FleetPlan): string[][] {
  return limits.map(({ limit, uses, of, share }) => [
    limit,
    String(Math.ceil(uses)),
    String(of),
    percent(share),
  ]);
}

function warningsOf({ not_kept_alive: dying, duplicates, limits }: FleetPlan): string[] {
  const over = limits.filter(({ share }) => share > 1);
  const [first] = dying;
  return [
    ...over.map(({ limit }) => `Too much for AWS: ${limit}.`),
    ...(first
      ? [
          `${dying.length} ${dying.length === 1 ? 'tenant is' : 'tenants are'} not kept alive by ` +
            `this schedule: ${namesOf(dying.map(({ tenant }) => tenant))}. ` +
            remedy(first.every_days),
        ]
      : []),
    ...duplicates.map((group) => `${group.join(' and ')} hold the same credential.`),
  ];
}

function remedy(everyDays: number | null): string {
  const rate =
    everyDays === null ? 'rate(1 hour)' : `rate(${everyDays} day${everyDays > 1 ? 's' : ''})`;
  return `Rotate at least this often: ${rate}.`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
