import { type Command, Option } from 'commander';
import { groupBy } from '../../lambda/group-by.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import type { AuditedHome } from '../audit/audited-home.ts';
import { namedTenants, tenantsToInvite } from '../consent/choose-invited.ts';
import type { Invited, LinkTerms } from '../consent/invite-tenant.ts';
import { type Invitations, inviteTenants } from '../consent/invite-tenants.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { connectPageOf } from '../homes/connect-page.ts';
import { refuseUnknownFilter } from '../newcomers/known-filter.ts';
import { formatCsv } from '../terminal/csv.ts';
import { addFilterOptions, type FilterOptions, readFilter } from '../terminal/filter-options.ts';
import { parseSpan } from '../terminal/span.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { untilText } from '../terminal/time-text.ts';
import { type Define, defineVerb } from '../verb.ts';
import { defineList } from './invite-list.ts';
import { defineRevoke } from './invite-revoke.ts';

interface InviteOptions extends FilterOptions {
  for: string;
  note?: string;
  failing?: boolean;
  replace?: boolean;
  csv?: boolean;
  url?: string;
}

const MOST_DAYS = 30;
const DAY_MS = 86_400_000;
const MOST_NOTE_CHARACTERS = 200;

const HELP = `
A link lets the owner of an account give consent in any browser, at any time
until the link ends. Anyone who has it can use it: send it like a password.
With --failing or a filter in place of names, each tenant that needs consent
gets a link, but for those that have an open one.

Examples:
  tokens invite acme
  tokens invite acme --for 14d --note "Autumn campaign"
  tokens invite --failing --csv > mail-merge.csv
  tokens invite list
  tokens invite revoke acme`;

const defineInvite = defineVerb<[string[], InviteOptions], Invitations>({
  usage: (command) =>
    addFilterOptions(
      command
        .argument('[tenants...]', 'who is to consent')
        .option('--for <time>', `how long the link works, at most ${MOST_DAYS}d`, '7d')
        .option('--note <text>', 'a line that the page shows')
        .option('--failing', 'all tenants that need consent'),
    )
      .option('--replace', 'end the open links of these tenants')
      .option('--csv', 'one line for each link, for a mail merge')
      .addOption(new Option('--url <url>').hideHelp())
      .addHelpText('after', HELP),
  run,
  print: show,
});

/** Defines `tokens invite`, and the verbs below it. */
export const define: Define = (command, act) => {
  defineInvite(command.hook('preSubcommand', refuseOwnOptions), act);
  defineList(command.command('list').description('List connect links, the newest first.'), act);
  defineRevoke(command.command('revoke').description('End links that are still open.'), act);
};

/** The options of `invite` would do nothing in `invite list` and `invite revoke`. */
function refuseOwnOptions(invite: Command, below: Command): void {
  const given = invite.options.find(
    (option) => invite.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given) {
    below.error(`error: unknown option '${given.long}'`);
  }
}

async function run(
  { openHome }: Context,
  names: string[],
  options: InviteOptions,
): Promise<Invitations> {
  const terms = readTerms(options);
  const filter = readFilter(options);
  const isFiltered = options.failing || Object.values(filter).some((one) => one !== null);
  if (names.length === 0 && !isFiltered) {
    throw new UsageError('Say who is to consent: tokens invite NAME, or tokens invite --failing');
  }
  if (names.length > 0 && isFiltered) {
    throw new UsageError('Give names, or --failing and filters, not both.');
  }
  const home = await openHome();
  const page = connectPageOf(home, { tenant: names[0], url: options.url });
  await refuseUnknownFilter(home, filter);
  const fleet = await readFleet(home.ports, null);
  const invited = isFiltered
    ? await tenantsToInvite(home.ports, fleet, filter)
    : namedTenants(fleet, names);
  const made = await inviteTenants(home.ports, page, invited, {
    ...terms,
    replace: options.replace === true,
    onlyWhereNeeded: isFiltered === true,
  });
  await noteInvited(home, invited, made);
  return made;
}

async function noteInvited(
  home: AuditedHome,
  invited: readonly Invited[],
  { invitations }: Invitations,
): Promise<void> {
  const made = new Set(invitations.map(({ tenant }) => tenant));
  const found = invited.filter(({ name }) => made.has(name));
  for (const [shard, tenants] of groupBy(found, (one) => one.shard)) {
    await home.noteEdit(
      shard,
      tenants.map(({ name }) => name),
    );
  }
}

function readTerms(options: InviteOptions): LinkTerms {
  const lifetimeMs = parseSpan('--for', options.for);
  if (lifetimeMs > MOST_DAYS * DAY_MS) {
    throw new UsageError(`A link works for at most ${MOST_DAYS} days: --for ${MOST_DAYS}d`);
  }
  const note = options.note?.trim() || null;
  if (note !== null && note.length > MOST_NOTE_CHARACTERS) {
    throw new UsageError(`--note takes at most ${MOST_NOTE_CHARACTERS} characters.`);
  }
  return { lifetimeMs, note };
}

function show(
  terminal: Terminal,
  made: Invitations,
  names: string[],
  { csv }: InviteOptions,
): void {
  const { invitations, skipped } = made;
  if (csv) {
    terminal.printRaw(csvOf(made));
  } else if (invitations.length === 1 && names.length > 0) {
    showOne(terminal, made);
  } else if (invitations.length > 0) {
    showMany(terminal, made);
  }
  for (const { tenant, reason } of skipped) {
    terminal.note(`No link for ${tenant}: ${reason}`);
  }
  if (invitations.length === 0 && skipped.length === 0) {
    terminal.note('No tenant needs consent now.');
  }
  if (invitations.length > 0) {
    noteRedirects(terminal, made);
  }
}

function showOne(terminal: Terminal, { invitations }: Invitations): void {
  for (const { tenant, platform, url, expires_at } of invitations) {
    const until = untilText(Date.parse(expires_at), Date.now());
    terminal.note(`A link for ${tenant} (${platform}). It ends ${until}. Send it to the owner:`);
    terminal.print(url);
  }
}

function showMany(terminal: Terminal, { invitations }: Invitations): void {
  const rows = invitations.map(({ tenant, platform, url }) => [tenant, platform, url]);
  const heads = [
    { title: 'TENANT', whole: true },
    { title: 'PLATFORM', wholeWords: true, lostFirst: 1 },
    { title: 'LINK', whole: true },
  ];
  terminal.print(formatTable(heads, rows, terminal));
}

function csvOf({ invitations }: Invitations): string {
  const heads = ['tenant', 'title', 'contact', 'platform', 'url', 'expires_at'];
  return formatCsv([
    heads,
    ...invitations.map((one) => [
      one.tenant,
      one.title ?? '',
      one.contact ?? '',
      one.platform,
      one.url,
      one.expires_at,
    ]),
  ]);
}

/** A platform redirects to registered addresses alone. */
function noteRedirects(terminal: Terminal, { invitations }: Invitations): void {
  const byPlatform = new Map(invitations.map((one) => [one.platform, one.redirect_uri]));
  terminal.note('Each platform must know its redirect address. Register it there once:');
  for (const [platform, uri] of byPlatform) {
    terminal.note(`  ${platform}: ${uri}`);
  }
}
