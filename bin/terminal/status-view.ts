import type { End } from '../../lambda/ahead/ends.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { type CauseGroup, isExplained } from '../../lambda/report/cause-groups.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import { shown } from '../../lambda/shown.ts';
import type { TenantStatus } from '../status/fleet-status.ts';
import type { NotKept } from '../status/not-kept-alive.ts';
import { progressText } from '../status/read-open-links.ts';
import type { ShardStatus } from '../status/read-status.ts';
import { manyOfOneCause, namesOf, rowNameOf, showCause } from './cause-view.ts';
import { type Cell, type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { agoText, untilText } from './time-text.ts';

interface StatusView {
  tenants: readonly TenantStatus[];
  shards: readonly ShardStatus[];
  causes: readonly CauseGroup[];
  not_kept_alive: readonly NotKept[];
  /** Each tenant has a row of its own, also where many fail for one cause. */
  listsAll: boolean;
}

/** Prints how the tenants are as a table, then what to do next. */
export function showStatus(terminal: Terminal, view: StatusView): void {
  const isEmpty = view.shards.every(({ tenants, failure }) => tenants.length === 0 && !failure);
  const [only, ...others] = view.shards;
  if (isEmpty && only && others.length === 0 && only.shard !== DEFAULT_SHARD) {
    terminal.print(`There are no tenants in shard ${only.shard}.`);
    return;
  }
  if (isEmpty) {
    terminal.print('There are no tenants yet. Add some: tokens import .env, or tokens add');
    return;
  }
  const now = Date.now();
  if (view.tenants.length > 0) {
    terminal.print(`${statusTable(terminal, view, now)}\n`);
  }
  terminal.printWrapped(summaryOf(view, now));
  showInvited(terminal, view);
  showNextSteps(terminal, view);
  showNotKept(terminal, view);
}

function statusTable(terminal: Terminal, view: StatusView, now: number): string {
  const many = view.listsAll ? new Map<string, CauseGroup>() : manyOfOneCause(view.causes);
  const groups = [...new Set(many.values())];
  const alone = view.tenants.filter(({ tenant }) => !many.has(tenant));
  const rows = [
    ...groups.map((group) => groupRow(terminal, group)),
    ...alone.map((status) => tenantRow(terminal, status, now)),
  ];
  const columns = columnsFor(view).filter(({ of }) => rows.some((row) => (row[of] ?? '') !== ''));
  return formatTable(
    columns.map(({ head }) => head),
    rows.map((row) => columns.map(({ of }) => row[of] ?? '')),
    terminal,
  );
}

type ColumnName =
  | 'tenant'
  | 'title'
  | 'shard'
  | 'provider'
  | 'state'
  | 'expires'
  | 'rotated'
  | 'ends';
type Row = Partial<Record<ColumnName, Cell>>;

function columnsFor({ tenants, shards }: StatusView): { of: ColumnName; head: Column }[] {
  const columns: { of: ColumnName; head: Column; shows?: boolean }[] = [
    { of: 'tenant', head: { title: 'TENANT', whole: true } },
    {
      of: 'title',
      head: { title: 'TITLE', lostFirst: 2 },
      shows: tenants.some(({ title }) => title !== null),
    },
    { of: 'shard', head: { title: 'SHARD', whole: true, lostFirst: 3 }, shows: shards.length > 1 },
    { of: 'provider', head: { title: 'PROVIDER', wholeWords: true, lostFirst: 1 } },
    { of: 'state', head: { title: 'STATE', whole: true } },
    { of: 'expires', head: { title: 'EXPIRES', whole: true, lostFirst: 6 } },
    { of: 'rotated', head: { title: 'LAST ROTATED', whole: true, lostFirst: 5 } },
    {
      of: 'ends',
      head: { title: 'ENDS', whole: true, lostFirst: 4 },
      shows: tenants.some((status) => nextEnd(status) !== undefined),
    },
  ];
  return columns.filter(({ shows = true }) => shows);
}

function tenantRow(terminal: Terminal, status: TenantStatus, now: number): Row {
  const { tenant, title, shard, provider, state, rotated_at } = status;
  return {
    tenant,
    title: title ?? '',
    shard,
    provider: provider ?? '',
    state: { text: state, paint: paintOf(terminal, state) },
    expires: endText(status, now),
    rotated: rotated_at === null ? 'never' : agoText(Date.parse(rotated_at), now),
    ends: dayText(nextEnd(status)?.at ?? ''),
  };
}

/**
 * Returns the first end that no renewal moves on, or that a tenant which is not renewed will meet.
 */
function nextEnd({ state, ends }: TenantStatus): End | undefined {
  return ends.find(({ sliding }) => !sliding || state !== 'ok');
}

function endText({ expires_at, rotated_at }: TenantStatus, now: number): string {
  if (expires_at !== null) {
    return untilText(Date.parse(expires_at), now);
  }
  return rotated_at === null ? '' : 'never';
}

function groupRow(terminal: Terminal, group: CauseGroup): Row {
  return {
    tenant: rowNameOf(terminal, group),
    provider: group.provider ?? '',
    state: { text: group.code, paint: terminal.colors.red },
  };
}

function paintOf({ colors }: Terminal, state: TenantStatus['state']): (text: string) => string {
  if (state === 'ok') {
    return colors.green;
  }
  const harmless = ['new', 'invited', 'disabled', 'moved'].includes(state);
  return harmless ? colors.yellow : colors.red;
}

function summaryOf({ tenants, shards }: StatusView, now: number): string {
  const waiting = tenants.filter(({ next_step }) => next_step !== null);
  const count = `${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}`;
  const summary = `${count}, ${waiting.length} to look at.`;
  const success = oldestSuccess(shards);
  if (success === null) {
    return summary;
  }
  const ago = agoText(Date.parse(success), now);
  return `${summary} The last complete run over all tenants was ${ago}.`;
}

/** Returns null where a shard that has tenants never had a complete run. */
function oldestSuccess(shards: readonly ShardStatus[]): string | null {
  const used = shards.filter(({ tenants }) => tenants.length > 0);
  const instants = used.map((shard) => shard.last_success_at);
  if (instants.includes(null)) {
    return null;
  }
  const [oldest = null] = instants.sort();
  return oldest;
}

/** One line for each tenant alone, and one cause for all that share it, or that says more. */
function showNextSteps(terminal: Terminal, { tenants, causes }: StatusView): void {
  const waiting = tenants.filter(({ next_step }) => next_step !== null);
  if (waiting.length === 0) {
    return;
  }
  const shared = causes.filter((group) => group.tenants.length > 1 || isExplained(group));
  const sharing = new Set(shared.flatMap((group) => group.tenants));
  terminal.print(`\n${terminal.colors.bold('Next:')}`);
  for (const group of shared) {
    showCause(terminal, group);
  }
  for (const line of linesFor(waiting.filter(({ tenant }) => !sharing.has(tenant)))) {
    terminal.printWrapped(`- ${line}`, '  ');
  }
}

function showNotKept(terminal: Terminal, { not_kept_alive }: StatusView): void {
  if (not_kept_alive.length === 0) {
    return;
  }
  terminal.print(`\n${terminal.colors.bold('Renewed too seldom:')}`);
  for (const { tenants, why } of not_kept_alive) {
    terminal.printWrapped(`- ${namesOf(tenants)}: ${why}`, '  ');
  }
}

/** One command rotates all that only wait for that. */
function linesFor(waiting: readonly TenantStatus[]): string[] {
  const due = waiting.filter(({ state }) => state === 'new' || state === 'expired');
  const together = due.length > 3 ? due : [];
  const isTogether = new Set(together);
  const alone = waiting.filter((one) => !isTogether.has(one));
  const lines = alone.map(({ tenant, next_step }) => {
    const step = next_step?.replace(/^Nothing: /, '');
    return `${shown(tenant)}: ${step}`;
  });
  if (together.length === 0) {
    return lines;
  }
  return [`${due.length} tenants have no valid token: tokens rotate`, ...lines];
}

const MOST_INVITED = 20;

/** Says of each invited tenant until when its link works, and how far its owner has come. */
function showInvited(terminal: Terminal, { tenants }: StatusView): void {
  const invited = tenants.flatMap(({ tenant, state, link }) =>
    state === 'invited' && link ? [{ tenant, link }] : [],
  );
  if (invited.length === 0) {
    return;
  }
  terminal.print(`\n${terminal.colors.bold('Invited:')}`);
  for (const { tenant, link } of invited.slice(0, MOST_INVITED)) {
    terminal.print(`- ${tenant}: until ${dayText(link.until)}, ${progressText(link)}`);
  }
  const more = invited.length - MOST_INVITED;
  if (more > 0) {
    terminal.print(`- and ${more} more: tokens invite list`);
  }
}
