import { Option } from 'commander';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { providers } from '../../lambda/providers/registry.ts';
import type { UrlPolicy } from '../../lambda/providers/url-policy.ts';
import { type Fleet, readFleet } from '../../lambda/run/fleet.ts';
import type { Invitation } from '../consent/invite-tenant.ts';
import type { Context } from '../context.ts';
import { afterEdit } from '../corrections/after-edit.ts';
import { type FieldOptions, givenFields } from '../corrections/given-fields.ts';
import { CommandError, UsageError } from '../errors.ts';
import { connectPageOf } from '../homes/connect-page.ts';
import { openIfThere } from '../homes/open-if-there.ts';
import { urlPolicyOf } from '../homes/url-policy-of.ts';
import { addNewcomers } from '../newcomers/add-tenants.ts';
import { completeEntry } from '../newcomers/complete-entry.ts';
import { discoverServer } from '../newcomers/discover-server.ts';
import { inviteNewcomer, wayOfInvited } from '../newcomers/invite-newcomer.ts';
import { providerNeeds } from '../newcomers/provider-needs.ts';
import { type Prospect, reviewNewcomers } from '../newcomers/review-newcomers.ts';
import { SECRET_OPTIONS, TEXT_OPTIONS } from '../newcomers/tenant-questions.ts';
import { rhythmOf } from '../status/home-rhythm.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface AddOptions extends FieldOptions {
  provider?: string;
  app?: string;
  issuer?: string;
  shard: string;
  invite?: boolean;
  url?: string;
}

interface Added {
  /** The place, as messages call it. */
  title: string;
  shard: string;
  prospect: Prospect;
  next: string;
  /** The link by which its owner consents, where one was asked for. */
  invitation: Invitation | null;
}

const HELP = `
Whatever is missing is asked for, secrets hidden. Without a terminal give all of
it; a secret only as a file, or - for stdin.

Examples:
  tokens add acme --provider amazon-ads
  tokens add acme --provider oauth2 --issuer https://login.agency.example
  tokens add brandx --provider instacart-connect --client-id abc \\
    --client-secret-file secret.txt --user-id u-123
  tokens --stack TokenRotator add acme --app agency --invite
  pass show acme | tokens add acme --provider amazon-ads --client-id abc \\
    --client-secret-file secret.txt --refresh-token-file -`;

const collect = (value: string, before: string[] = []) => [...before, value];

export const define = defineVerb<[string | undefined, AddOptions], Added>({
  usage(command) {
    command
      .argument('[tenant]', 'its name: letters, digits, dots, dashes, underscores')
      .option('--provider <id>', 'its platform, such as amazon-ads: see below')
      .option('--app <name>', 'an app of the vault, whose client it shares')
      .option('--issuer <url>', 'a standard server, which is asked once for its endpoints');
    for (const field of TEXT_OPTIONS) {
      command.option(`--${field.replaceAll('_', '-')} <text>`);
    }
    for (const field of SECRET_OPTIONS) {
      command.option(`--${field.replaceAll('_', '-')}-file <file>`);
    }
    return command
      .option('--set <field=text>', 'any other field, such as audience=…', collect)
      .option('--set-file <field=file>', 'any other secret field', collect)
      .option('--shard <name>', 'the shard it is added to', DEFAULT_SHARD)
      .option('--invite', 'make a connect link by which its owner consents (a stack only)')
      .addOption(new Option('--url <url>').hideHelp())
      .addHelpText('after', () => `${HELP}\n${providerNeeds()}`);
  },
  run: addTenant,
  json: ({ shard, prospect, next, invitation }) => ({
    added: true,
    shard,
    ...prospect,
    next,
    ...(invitation && { invitation }),
  }),
  print({ print, colors }, { title, prospect, next, invitation }) {
    print(`Tenant ${prospect.tenant} was added to ${title}. Next: ${colors.cyan(next)}`);
    if (invitation) {
      print(invitation.url);
    }
  },
});

function nextOf({ tenant, grant }: Prospect): string {
  if (grant === null) {
    return `tokens connect ${tenant}`;
  }
  return `tokens ${grant === 'none' ? 'status' : 'rotate'} ${tenant}`;
}

async function addTenant(
  context: Context,
  tenant: string | undefined,
  options: AddOptions,
): Promise<Added> {
  const { terminal, env } = context;
  const { app, shard, issuer } = options;
  const provider = issuer === undefined ? options.provider : standardProvider(options.provider);
  const own = await givenFields(terminal, options);
  const there = await openIfThere(context);
  const way = options.invite ? wayOfInvited(own) : undefined;
  const page = options.invite ? connectPageOf(there, { tenant, url: options.url }) : null;
  const policy = urlPolicyOf(there?.kind ?? 'folder', env);
  const found = issuer === undefined ? {} : await discover(terminal, issuer, policy);
  const fields = new Map([...Object.entries(found), ...own]);
  const fleet: Fleet = there ? await readFleet(there.ports, null) : { shards: [], maps: new Map() };
  const given = {
    tenant,
    provider,
    app,
    shard,
    fields,
    way,
  };
  const { name, entry } = await completeEntry(terminal, given, fleet);
  const newcomers = { apps: new Map(), tenants: new Map([[name, entry]]) };
  const rhythm = rhythmOf(there, new Date());
  const [prospect] = reviewNewcomers(
    {
      fleet,
      shard,
      policy,
      rhythm,
    },
    newcomers,
  );
  if (!prospect || prospect.problem) {
    throw new CommandError(`Tenant ${name} cannot be added: ${prospect?.problem}.`);
  }
  const { ports, title } = there ?? (await context.openHome({ create: true }));
  await addNewcomers(ports, shard, newcomers);
  if (prospect.warning) {
    terminal.note(`Warning: ${prospect.warning}.`);
  }
  if (page) {
    const invitation = await afterEdit(
      `Tenant ${name} was added to ${title}.`,
      `Remove the cause. Then: tokens invite ${name}`,
      () => inviteNewcomer(ports, page, shard, name),
    );
    return {
      title,
      shard,
      prospect,
      next: 'Send the link below to its owner.',
      invitation,
    };
  }
  return {
    title,
    shard,
    prospect,
    next: nextOf(prospect),
    invitation: null,
  };
}

/**
 * Returns a provider whose endpoints its tenants name, either the one given, or any standard
 * server.
 */
function standardProvider(given = 'oauth2'): string {
  if (providers.has(given) && providers.get(given)?.token_url !== null) {
    throw new UsageError(`The endpoints of ${given} are known: leave --issuer out.`);
  }
  return given;
}

/** Asks a server for its endpoints, and shows what it answered. */
async function discover(
  terminal: Terminal,
  issuer: string,
  policy: UrlPolicy,
): Promise<Record<string, string>> {
  terminal.progress(`Asking ${issuer} …`);
  const found = await discoverServer(createNodeHttp(policy), issuer, policy);
  terminal.progress('');
  const lines = Object.entries(found).map(([field, value]) => `  ${field}: ${value}`);
  terminal.note(['From the server:', ...lines].join('\n'));
  return found;
}
