import { compareNaturally } from '../../lambda/names.ts';
import type { CauseGroup } from '../../lambda/report/cause-groups.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { unknownTenant } from '../map/find-tenant.ts';
import { refuseUnknownFilter } from '../newcomers/known-filter.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import { explainStatus, groupExplained } from '../status/explain-status.ts';
import type { TenantStatus } from '../status/fleet-status.ts';
import { type NotKept, notKeptAlive } from '../status/not-kept-alive.ts';
import { readStatus, type ShardStatus } from '../status/read-status.ts';
import { isChosen } from '../status/status-filter.ts';
import { formatCsv } from '../terminal/csv.ts';
import { addFilterOptions, type FilterOptions, readFilter } from '../terminal/filter-options.ts';
import { parseSpan } from '../terminal/span.ts';
import { showStatus } from '../terminal/status-view.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface StatusOptions extends FilterOptions {
  shard?: string;
  failing?: boolean;
  expiring?: string;
  all?: boolean;
  csv?: boolean;
  html?: string;
  exitCode?: boolean;
}

/** The tenants that were asked for, and the shards they were looked for in. */
interface FleetView {
  tenants: TenantStatus[];
  shards: ShardStatus[];
  causes: CauseGroup[];
  /** Those of the tenants that the schedule lets die. */
  not_kept_alive: NotKept[];
  /** `--exit-code` found something. */
  found: boolean;
}

const EXAMPLES = `
STATE is ok, new (never rotated), invited (a connect link is open), expired,
disabled, moved, or why it fails.
Tenants that fail for one cause are one line; --all lists each.

Examples:
  tokens status
  tokens status acme brandx
  tokens status --app agency-lwa --failing
  tokens status --expiring 30d           whose consent or secret ends soon
  tokens status --failing --exit-code    ends with 3 where there is one
  tokens status --csv > fleet.csv`;

export const define = defineVerb<[string[], StatusOptions], FleetView>({
  usage: (command) =>
    addFilterOptions(command.argument('[tenants...]', 'only these'))
      .option('--shard <name>', 'only tenants of this shard')
      .option('--failing', 'only tenants that somebody should look at')
      .option('--expiring <time>', 'only tenants of which something ends within this time: 30d')
      .option('--all', 'list each tenant, also where many fail for one cause')
      .option('--csv', 'a table for a spreadsheet')
      .option('--html <file>', 'write the whole fleet as one page too, for people without access')
      .option('--exit-code', 'end with 3 where the list is not empty')
      .addHelpText('after', EXAMPLES),
  run: look,
  json: ({ tenants, shards, causes, not_kept_alive }) => ({
    tenants,
    shards: shards.map(({ tenants: _, fleet: __, ...shard }) => shard),
    causes,
    not_kept_alive,
  }),
  print(terminal, view, _names, { csv, all }) {
    if (csv) {
      terminal.printRaw(csvOf(view.tenants, terminal));
    } else {
      showStatus(terminal, { ...view, listsAll: all === true });
    }
  },
  exitCode({ shards, found }) {
    if (shards.some(({ failure }) => failure)) {
      return 1;
    }
    return found ? 3 : 0;
  },
});

const CSV_COLUMNS = [
  'tenant',
  'shard',
  'title',
  'provider',
  'app',
  'tags',
  'state',
  'expires_at',
  'rotated_at',
  'failing_since',
  'fingerprint',
  'next_step',
] as const satisfies readonly (keyof TenantStatus)[];

function csvOf(tenants: readonly TenantStatus[], { place }: Terminal): string {
  const rows = tenants.map((status) =>
    CSV_COLUMNS.map((column) => {
      const text = textOf(status[column]);
      return column === 'next_step' ? place(text) : text;
    }),
  );
  return formatCsv([[...CSV_COLUMNS], ...rows]).trimEnd();
}

function textOf(value: string | readonly string[] | null): string {
  return typeof value === 'string' ? value : (value ?? []).join(' ');
}

async function look(
  { terminal, json, openHome }: Context,
  names: readonly string[],
  options: StatusOptions,
): Promise<FleetView> {
  if (json && options.csv) {
    throw new UsageError('Give --json or --csv, not both.');
  }
  const filter = {
    ...readFilter(options),
    names: names.length > 0 ? new Set(names) : null,
    failing: options.failing === true,
    endsBefore: endOf(options.expiring),
  };
  const home = await openHome();
  await refuseUnknownFilter(home, filter);
  if (options.shard !== undefined) {
    await refuseUnknownShard(home.ports, options.shard);
  }
  if (options.html !== undefined) {
    await drawFleet(home, options.html, terminal);
  }
  terminal.progress(`Reading ${home.title} …`);
  const shards = await readStatus(home.ports, options.shard ?? null);
  const all = shards.flatMap(({ tenants }) => tenants);
  const failures = shards.flatMap(({ failure }) => failure ?? []);
  if (failures.length === 0) {
    refuseUnknown(names, all);
  }
  for (const { message, next_step } of failures) {
    terminal.note(`Error: ${message}\n  ${next_step}`);
  }
  const tenants = all
    .filter((status) => isChosen(status, filter))
    .sort((a, b) => compareNaturally(a.tenant, b.tenant));
  const found = options.exitCode === true && tenants.length > 0;
  const fleet = shards.flatMap((shard) => shard.fleet);
  const causes = groupExplained(await explainStatus(home.ports, tenants, fleet));
  const listed = new Set(tenants.map(({ shard, tenant }) => `${shard}/${tenant}`));
  const meant = fleet.filter(({ shard, tenant }) => listed.has(`${shard}/${tenant}`));
  return {
    tenants,
    shards,
    causes,
    not_kept_alive: notKeptAlive(meant, home, new Date()),
    found,
  };
}

function endOf(span: string | undefined): string | null {
  if (span === undefined) {
    return null;
  }
  return new Date(Date.now() + parseSpan('--expiring', span)).toISOString();
}

/** The page's modules are loaded when they are needed: most calls only list. */
async function drawFleet(home: Home, path: string, { place }: Terminal): Promise<void> {
  const { writePicture } = await import('../ui/write-picture.ts');
  await writePicture(home, path, place);
}

function refuseUnknown(names: readonly string[], all: readonly TenantStatus[]): void {
  const known = new Set(all.map(({ tenant }) => tenant));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw unknownTenant(unknown, known);
  }
}
