import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { type Fleet, readFleet } from '../../lambda/run/fleet.ts';
import type { Act } from '../context.ts';
import { UsageError } from '../errors.ts';
import { openIfThere } from '../homes/open-if-there.ts';
import { insertNewcomers, type Prospect, reviewNewcomers } from '../operations/add-tenants.ts';
import { editMap } from '../operations/edit-map.ts';
import { parseEnvTenants } from '../operations/parse-env-tenants.ts';
import { parseJsonTenants } from '../operations/parse-json-tenants.ts';
import { takeBack } from '../operations/settled-tenant.ts';
import type { Newcomers } from '../operations/tenant-source.ts';
import { formatTable } from '../terminal/table.ts';
import { printJson, type Terminal } from '../terminal/terminal.ts';

interface ImportOptions {
  dryRun?: boolean;
  skipExisting?: boolean;
  shard: string;
}

const HELP = `
An env file names its clients, then the fields of each:
  CLIENTS=ACME,BRANDX
  ACME_CLIENT_ID=…          ACME_CLIENT_SECRET=…
  ACME_REDIRECT_URI=…       ACME_AUTH_CODE=…, or ACME_REFRESH_TOKEN=…
  BRANDX_PROVIDER=amazon-ads   (default instacart-ads), BRANDX_REGION=eu, …
JSON is a map as in the vault, or a list of entries with a "tenant" name.
All of the file is added, or nothing.

Examples:
  tokens import .env --dry-run    say what would be added
  tokens import .env
  tokens import clients.json --shard eu`;

export function define(command: Command, act: Act): void {
  command
    .argument('<file>', 'an env file, or JSON; - for stdin')
    .option('--dry-run', 'only say what would be added')
    .option('--skip-existing', 'leave out tenants that exist already')
    .option('--shard <name>', 'the shard they are added to', DEFAULT_SHARD)
    .addHelpText('after', HELP)
    .action(
      act(async (context, file: string, options: ImportOptions) => {
        const read = parseTenants(await readSource(file));
        const home = await openIfThere(context);
        const fleet: Fleet = home
          ? await readFleet(home.ports, null)
          : { shards: [], maps: new Map() };
        const known = new Set(
          [...fleet.maps.values()].flatMap((map) => [...(map?.tenants.keys() ?? [])]),
        );
        const newcomers = options.skipExisting ? without(read, known) : read;
        const prospects = reviewNewcomers(fleet, options.shard, newcomers);
        const refused = prospects.some(({ problem }) => problem !== undefined);
        const imported = !refused && !options.dryRun;
        if (imported && newcomers.tenants.size > 0) {
          const { ports } = home ?? (await context.openHome({ create: true }));
          await editMap(ports.vault, options.shard, (text, map) =>
            insertNewcomers(text, map, newcomers),
          );
          await takeBack(ports, options.shard, [...newcomers.tenants.keys()]);
        }
        if (context.json)
          printJson(context.terminal, {
            imported,
            shard: options.shard,
            tenants: prospects,
            ignored: read.ignored,
          });
        else show(context.terminal, prospects, read.ignored, { imported, refused });
        if (refused) context.fail();
      }),
    );
}

async function readSource(file: string): Promise<string> {
  const text =
    file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new UsageError(`The file ${file} cannot be read.`);
  return text.replace(/^\uFEFF/, '');
}

function parseTenants(text: string): Newcomers {
  return /^\s*[{[]/.test(text) ? parseJsonTenants(text) : parseEnvTenants(text);
}

function without(newcomers: Newcomers, known: ReadonlySet<string>): Newcomers {
  return {
    ...newcomers,
    tenants: new Map([...newcomers.tenants].filter(([name]) => !known.has(name))),
  };
}

function show(
  terminal: Terminal,
  prospects: readonly Prospect[],
  ignored: readonly string[],
  { imported, refused }: { imported: boolean; refused: boolean },
): void {
  const { colors } = terminal;
  if (prospects.length > 0) {
    const rows = prospects.map(({ tenant, provider, grant, problem, warning }) => [
      tenant,
      provider ?? '',
      grant ?? 'none yet',
      problem
        ? { text: 'refused', paint: colors.red }
        : warning
          ? { text: 'look', paint: colors.yellow }
          : { text: imported ? 'added' : 'new', paint: colors.green },
    ]);
    terminal.print(
      formatTable([{ title: 'TENANT', whole: true }, 'PROVIDER', 'CREDENTIAL', ''], rows, terminal),
    );
    terminal.print('');
  }
  for (const { tenant, problem, warning } of prospects)
    if (problem ?? warning) terminal.print(`- ${tenant}: ${problem ?? warning}.`);
  if (ignored.length > 0)
    terminal.print(`Left out, since they belong to no client: ${ignored.join(', ')}.`);
  terminal.print(closing(prospects, { imported, refused }));
}

function closing(
  prospects: readonly Prospect[],
  { imported, refused }: { imported: boolean; refused: boolean },
): string {
  const count = `${prospects.length} ${prospects.length === 1 ? 'tenant' : 'tenants'}`;
  if (refused) return 'Nothing was added. Correct what is named above, and import again.';
  if (prospects.length === 0) return 'Nothing to add.';
  if (!imported) return `Dry run: ${count} would be added. Nothing was written.`;
  return `${count} added. Next: tokens rotate`;
}
