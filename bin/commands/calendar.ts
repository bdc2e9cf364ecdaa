import { type CalendarEntry, calendarOf } from '../../lambda/ahead/calendar.ts';
import type { FleetTenant } from '../../lambda/ahead/fleet-tenant.ts';
import { isMeant, type TenantFilter } from '../../lambda/map/tenant-filter.ts';
import { endStep, endText } from '../../lambda/report/end-text.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import { readFleetTenants } from '../../lambda/run/read-fleet-tenants.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { refuseUnknownFilter } from '../newcomers/known-filter.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import { type CalendarDay, icsText } from '../status/ics-text.ts';
import { addFilterOptions, type FilterOptions, readFilter } from '../terminal/filter-options.ts';
import { parseSpan } from '../terminal/span.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { untilText } from '../terminal/time-text.ts';
import { defineVerb } from '../verb.ts';

interface CalendarOptions extends FilterOptions {
  within?: string;
  ics?: boolean;
  shard?: string;
}

interface Calendar {
  entries: CalendarEntry[];
  /** Enabled tenants of which no end is known. */
  without_end: number;
}

const EXAMPLES = `
An end that each rotation moves on shows where it would be without one.
A consent whose day is not known shows no end.

Examples:
  tokens calendar
  tokens calendar --within 30d --tag eu
  tokens calendar --ics > ends.ics`;

export const define = defineVerb<[CalendarOptions], Calendar>({
  usage: (command) =>
    addFilterOptions(command)
      .option('--within <time>', 'only what ends within this time, such as 30d')
      .option('--shard <name>', 'only tenants of this shard')
      .option('--ics', 'a calendar file for calendar programs')
      .addHelpText('after', EXAMPLES),
  run: read,
  print(terminal, calendar, { ics }) {
    if (ics) {
      terminal.printRaw(icsText(calendar.entries.map(toDay), new Date()).replace(/\n$/, ''));
    } else {
      printCalendar(terminal, calendar);
    }
  },
});

async function read(context: Context, options: CalendarOptions): Promise<Calendar> {
  const { within, ics, shard } = options;
  if (context.json && ics) {
    throw new UsageError('Give --json or --ics, not both.');
  }
  const until = within === undefined ? Infinity : Date.now() + parseSpan('--within', within);
  const filter = readFilter(options);
  const home = await context.openHome();
  await refuseUnknownFilter(home, filter);
  if (shard !== undefined) {
    await refuseUnknownShard(home.ports, shard);
  }
  const fleet = (await readFleetTenants(home.ports, shard)).filter((one) => isWanted(one, filter));
  const entries = calendarOf(fleet.map(toEnding), until);
  const withoutEnd = fleet.filter(({ ends, entry }) => entry.enabled && ends.length === 0);
  return { entries, without_end: withoutEnd.length };
}

function isWanted({ traits }: FleetTenant, filter: TenantFilter): boolean {
  return isMeant(filter, traits);
}

function toEnding({ tenant, entry, traits, ends }: FleetTenant) {
  const platform = entry.valid ? entry.provider.title : '';
  const title = entry.valid ? entry.title : null;
  return {
    tenant,
    provider: traits.provider,
    app: traits.app,
    platform,
    title,
    ends,
  };
}

function printCalendar(terminal: Terminal, { entries, without_end }: Calendar): void {
  const now = Date.now();
  const rows = entries.map((entry) => [
    dayText(entry.at),
    untilText(Date.parse(entry.at), now),
    subjectOf(entry),
    entry.platform,
    endText(entry.kind),
  ]);
  const heads = [
    { title: 'DAY (UTC)', whole: true },
    { title: 'ENDS', whole: true },
    { title: 'TENANT', whole: true },
    { title: 'PROVIDER', wholeWords: true, lostFirst: 1 },
    'WHAT',
  ];
  if (rows.length > 0) {
    terminal.print(`${formatTable(heads, rows, terminal)}\n`);
  }
  const ends = rows.length === 1 ? '1 end is' : `${rows.length} ends are`;
  terminal.printWrapped(`${ends} known. ${without_end} tenants have no known end.`);
}

function subjectOf({ app, kind, tenants }: CalendarEntry): string {
  const [first = ''] = tenants;
  if (tenants.length === 1) {
    return first;
  }
  return kind === 'client_secret' ? `app ${app}` : `${tenants.length} tenants`;
}

function toDay(entry: CalendarEntry): CalendarDay {
  const { kind, at, app, provider, tenants, platform } = entry;
  const [tenant = ''] = tenants;
  const subject = subjectOf(entry);
  return {
    uid: `${kind}-${subject.replaceAll(' ', '-')}-${at.slice(0, 10)}@token-rotator`,
    at,
    summary: `${subject}: ${endText(kind)} (${platform})`,
    description: `${endStep(entry, { tenant, app, provider })}\nTenants: ${tenants.join(', ')}`,
  };
}
