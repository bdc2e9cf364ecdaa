import { groupBy } from '../../lambda/group-by.ts';
import { DEFAULT_SHARD, NAME_RULE } from '../../lambda/names.ts';
import { type Imported, type ImportOptions, importTenants } from '../newcomers/import-tenants.ts';
import type { Prospect } from '../newcomers/review-newcomers.ts';
import { placeText } from '../sources/source-fault.ts';
import { namesOf } from '../terminal/cause-view.ts';
import { type Cell, type Column, formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

const HELP = `
The file is one of these. All of it is added, or nothing.
  An env file, which names its clients, then the fields of each:
    CLIENTS=ACME,BRANDX
    ACME_CLIENT_ID=…          ACME_CLIENT_SECRET=…
    ACME_REDIRECT_URI=…       ACME_AUTH_CODE=…, or ACME_REFRESH_TOKEN=…
    BRANDX_PROVIDER=amazon-ads   BRANDX_REGION=eu, …
  CSV, whose first line names the columns: tenant, and fields of a tenant.
  JSON: a map as in the vault, or a list of entries with a "tenant" name; JSONL.
  Google's client_secret_….json (an app), or the credentials of a Google user.
  One refresh token: what tokens export wrote, a provider's whole JSON reply, or
  <client>_refresh_token_<time>.json. Such a tenant needs an app: --app NAME.

Another program that refreshes the same tokens must stop: at most platforms one
of the two loses the account.

Examples:
  tokens import .env --dry-run    say what would be added
  tokens import .env
  tokens import clients.csv --provider amazon-ads --shard eu`;

export const define = defineVerb<[string, ImportOptions], Imported>({
  usage: (command) =>
    command
      .argument('<file>', 'an env file, CSV or JSON; - for stdin')
      .option('--dry-run', 'only say what would be added')
      .option('--skip-existing', 'leave out tenants that exist already')
      .option('--provider <id>', 'the provider of tenants that name none')
      .option('--app <name>', 'the app of tenants that have no client of their own')
      .option('--tenant <name>', 'whose token it is, where the file does not say it')
      .option('--yes', 'add tenants without a credential beside others with one')
      .option('--shard <name>', 'the shard they are added to', DEFAULT_SHARD)
      .addHelpText('after', HELP),
  run: async (context, file, options) => {
    const imported = await importTenants(context, file, options);
    noteProvider(context.terminal, imported);
    return imported;
  },
  json: (imported) => ({
    imported: imported.result === 'added' || imported.result === 'nothing',
    shard: imported.shard,
    tenants: imported.tenants,
    apps: imported.apps,
    ignored: imported.ignored,
    misnamed: imported.misnamed,
    default_provider: imported.usualProvider,
    next_steps: imported.result === 'added' ? nextCommands(imported) : [],
  }),
  print: printImported,
  exitCode: ({ result }) => (result === 'refused' || result === 'kept' ? 1 : 0),
});

function noteProvider(terminal: Terminal, { usualProvider, result }: Imported): void {
  if (usualProvider === null) {
    return;
  }
  const verb = result === 'added' ? 'were given' : 'would be given';
  terminal.note(
    `Tenants without a provider ${verb} ${usualProvider}. ` +
      'Another one: --provider ID, or NAME_PROVIDER=ID in the file.',
  );
}

function printImported(terminal: Terminal, imported: Imported): void {
  const { print } = terminal;
  const { tenants, ignored, misnamed, result } = imported;
  const rows = tenants.map((one) => rowOf(terminal, one, result));
  if (rows.length > 0) {
    print(`${formatTable(COLUMNS, rows, terminal)}\n`);
  }
  for (const line of remarksOn(tenants)) {
    terminal.printWrapped(`- ${line}.`, '  ');
  }
  for (const place of misnamed) {
    terminal.printWrapped(`- ${placeText(place)}: its ${NAME_RULE}.`, '  ');
  }
  if (ignored.length > 0) {
    terminal.printWrapped(`Left out, since they belong to no client: ${ignored.join(', ')}.`);
  }
  if (result === 'added' && tenants.some(({ grant }) => grant === 'refresh_token')) {
    terminal.printWrapped(OLD_OWNER);
  }
  const [first, ...others] = result === 'added' ? nextSteps(imported) : [];
  print(closing(imported) + (first === undefined ? '' : ` Next: ${terminal.colors.cyan(first)}`));
  for (const next of others) {
    print(`Then: ${terminal.colors.cyan(next)}`);
  }
}

/** So many tenants with one remark share its line. */
const MANY = 10;

function remarksOn(tenants: readonly Prospect[]): string[] {
  const remarkOn = ({ problem, warning }: Prospect) => problem ?? warning ?? '';
  const remarked = tenants.filter((one) => remarkOn(one) !== '');
  return [...groupBy(remarked, remarkOn)].flatMap(([remark, those]) => {
    const names = those.map(({ tenant }) => tenant);
    return those.length > MANY
      ? [`${namesOf(names)}: ${remark}`]
      : names.map((name) => `${name}: ${remark}`);
  });
}

const COLUMNS: readonly (string | Column)[] = [
  { title: 'TENANT', whole: true },
  { title: 'PROVIDER', wholeWords: true, lostFirst: 1 },
  { title: 'CREDENTIAL', whole: true },
  { title: 'RESULT', whole: true },
];

function rowOf(
  { colors }: Terminal,
  { tenant, provider, grant, problem, warning }: Prospect,
  result: Imported['result'],
): Cell[] {
  const fine = { text: result === 'added' ? 'added' : 'new', paint: colors.green };
  const doubtful = warning ? { text: `${fine.text}, see below`, paint: colors.yellow } : fine;
  const fate = problem ? { text: 'refused', paint: colors.red } : doubtful;
  return [tenant, provider ?? '', grant ?? 'none yet', fate];
}

function closing({ result, tenants, apps, shard }: Imported): string {
  const parts = [counted(tenants.length, 'tenant'), counted(apps.length, 'app')];
  const count = parts.filter((part) => part !== null).join(' and ');
  const where = shard === DEFAULT_SHARD ? '' : ` to shard ${shard}`;
  switch (result) {
    case 'refused':
      return 'Nothing was added. Correct what is named above, and import again.';
    case 'kept':
      return 'Nothing was added.';
    case 'nothing':
      return 'Nothing to add.';
    case 'dry_run':
      return `Dry run: ${count} would be added${where}. Nothing was written.`;
    case 'added':
      return `${count} added${where}.`;
  }
}

function counted(count: number, noun: string): string | null {
  return count === 0 ? null : `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const MOST_NAMED = 5;

function nextCommands({ tenants, apps }: Imported): string[] {
  const bare = tenants.filter(({ grant }) => grant === null);
  const rotate = bare.length < tenants.length ? ['tokens rotate'] : [];
  const add = tenants.length === 0 ? apps.map((app) => `tokens add NAME --app ${app}`) : [];
  return [...rotate, ...bare.map(({ tenant }) => `tokens connect ${tenant}`), ...add];
}

function nextSteps(imported: Imported): string[] {
  const commands = nextCommands(imported);
  const more = commands.length - MOST_NAMED;
  const named = commands.slice(0, MOST_NAMED);
  return more > 0 ? [...named, `connect the ${more} others without a credential`] : named;
}

const OLD_OWNER =
  'If another program refreshes these tokens, stop it before you rotate: ' +
  'where each refresh brings ' +
  'a new token, one of the two will lose the account.';
