import type { Command } from 'commander';
import { DEFAULT_SHARD, isName } from '../../lambda/names.ts';
import { listOf } from '../../lambda/providers/fields.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { ownGrants } from '../../lambda/providers/request-fields.ts';
import { type Fleet, readFleet } from '../../lambda/run/fleet.ts';
import type { Act } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { openIfThere } from '../homes/open-if-there.ts';
import { insertNewcomers, reviewNewcomers } from '../operations/add-tenants.ts';
import { editMap } from '../operations/edit-map.ts';
import { isSecretField } from '../operations/entry-fields.ts';
import { takeBack } from '../operations/settled-tenant.ts';
import {
  chosenWay,
  optionOf,
  questionsFor,
  type Way,
  waysOf,
} from '../operations/tenant-questions.ts';
import { askMissing, type Question, readSecret } from '../terminal/ask-missing.ts';
import { askOneOf } from '../terminal/prompts.ts';
import { printJson, type Terminal } from '../terminal/terminal.ts';

interface AddOptions {
  provider?: string;
  app?: string;
  shard: string;
  set?: string[];
  setFile?: string[];
  [field: string]: unknown;
}

const HELP = `
Whatever is missing is asked for, secrets hidden. Without a terminal give all of
it; a secret only as a file, or - for stdin.

Examples:
  tokens add acme --provider amazon-ads
  tokens add brandx --provider instacart-connect --client-id abc \\
    --client-secret-file secret.txt --user-id u-123
  pass show acme | tokens add acme --provider amazon-ads --client-id abc \\
    --client-secret-file secret.txt --refresh-token-file -`;

const TEXTS = [
  'client-id',
  'redirect-uri',
  'token-url',
  'scope',
  'user-id',
  'region',
  'environment',
];
const SECRETS = ['client-secret', 'refresh-token', 'authorization-code'];

export function define(command: Command, act: Act): void {
  const collect = (value: string, before: string[] = []) => [...before, value];
  command
    .argument('[tenant]', 'its name: letters, digits, dots, dashes, underscores')
    .option('--provider <id>', `one of ${[...providers.keys()].join(', ')}`)
    .option('--app <name>', 'an app of the vault, whose client it shares');
  for (const name of TEXTS) command.option(`--${name} <text>`);
  for (const name of SECRETS) command.option(`--${name}-file <file>`);
  command
    .option('--set <field=text>', 'any other field, such as audience=…', collect)
    .option('--set-file <field=file>', 'any other secret field', collect)
    .option('--shard <name>', 'the shard it is added to', DEFAULT_SHARD)
    .addHelpText('after', HELP)
    .action(
      act(async (context, tenant: string | undefined, options: AddOptions) => {
        const { terminal } = context;
        const given = await readGiven(tenant, options);
        const there = await openIfThere(context);
        const fleet: Fleet = there
          ? await readFleet(there.ports, null)
          : { shards: [], maps: new Map() };
        const { name, entry } = await completeEntry(terminal, options, given, fleet);
        const newcomers = { apps: new Map(), tenants: new Map([[name, entry]]), ignored: [] };
        const [prospect] = reviewNewcomers(fleet, options.shard, newcomers);
        if (prospect?.problem)
          throw new CommandError(`Tenant ${name} cannot be added: ${prospect.problem}.`);
        const home = there ?? (await context.openHome({ create: true }));
        await editMap(home.ports.vault, options.shard, (text, map) =>
          insertNewcomers(text, map, newcomers),
        );
        await takeBack(home.ports, options.shard, [name]);
        const next = `tokens ${prospect?.grant ? 'rotate' : 'connect'} ${name}`;
        if (context.json)
          return printJson(terminal, { added: true, shard: options.shard, ...prospect, next });
        if (prospect?.warning) terminal.note(`Warning: ${prospect.warning}.`);
        terminal.print(
          `Tenant ${name} was added to ${home.title}. Next: ${terminal.colors.cyan(next)}`,
        );
      }),
    );
}

/** The name, and the fields that the options give, secrets read from their files. */
async function readGiven(
  tenant: string | undefined,
  options: AddOptions,
): Promise<Map<string, string>> {
  const given = new Map<string, string>(tenant === undefined ? [] : [[NAME, tenant]]);
  const files: [field: string, option: string, path: string][] = [];
  for (const name of TEXTS) {
    const value = options[camelCase(name)];
    if (typeof value === 'string') given.set(name.replaceAll('-', '_'), value);
  }
  for (const name of SECRETS) {
    const path = options[camelCase(`${name}-file`)];
    if (typeof path === 'string') files.push([name.replaceAll('-', '_'), `--${name}-file`, path]);
  }
  for (const pair of options.set ?? []) {
    const [field, value] = splitPair(pair, '--set');
    if (isSecretField(field))
      throw new UsageError(
        `${field} is a secret, and other users can read arguments: give it by ${optionOf(field)}.`,
      );
    given.set(field, value);
  }
  for (const pair of options.setFile ?? [])
    files.push(
      [...splitPair(pair, '--set-file')].toSpliced(1, 0, '--set-file') as [string, string, string],
    );
  if (files.filter(([, , path]) => path === '-').length > 1)
    throw new UsageError('Only one secret can come from stdin.');
  for (const [field, option, path] of files) given.set(field, await readSecret(option, path));
  return given;
}

function splitPair(pair: string, option: string): [string, string] {
  const at = pair.indexOf('=');
  const field = pair.slice(0, at);
  if (at < 1 || !/^[a-z_]+$/.test(field))
    throw new UsageError(`${option} takes a field's name and its value: ${option} audience=…`);
  return [field, pair.slice(at + 1)];
}

/** Stands among the answers beside the entry's fields, of which none is called so. */
const NAME = 'tenant';

function nameQuestion(fleet: Fleet): Question {
  const check = (name: string) => {
    if (!isName(name)) return 'A name has 1 to 64 letters, digits, dots, dashes and underscores.';
    return [...fleet.maps.values()].some((map) => map?.tenants.has(name))
      ? `There is a tenant ${name} already.`
      : undefined;
  };
  return { field: NAME, label: 'Name of the tenant', secret: false, option: '<tenant>', check };
}

/** The tenant as it will stand in the map, with all that its provider needs. */
async function completeEntry(
  terminal: Terminal,
  options: AddOptions,
  given: ReadonlyMap<string, string>,
  fleet: Fleet,
): Promise<{ name: string; entry: Record<string, string> }> {
  const lent = appFields(fleet, options);
  const byName = nameQuestion(fleet);
  const id = options.provider ?? lent.get('provider');
  if (id === undefined && !terminal.interactive)
    await askMissing(terminal, given, [byName, PROVIDER_QUESTION]);
  const named = terminal.interactive ? await askMissing(terminal, given, [byName]) : given;
  const definition = await chooseProvider(terminal, id);
  const way = await chooseWay(terminal, definition, new Set([...given.keys(), ...lent.keys()]));
  const answers = await askMissing(terminal, named, [
    byName,
    ...questionsFor(definition, way, new Set(lent.keys())),
  ]);
  const { [NAME]: name = '', ...fields } = Object.fromEntries(answers);
  return {
    name,
    entry: {
      ...(options.app === undefined ? { provider: definition.id } : { app: options.app }),
      ...grantField(definition, way),
      ...fields,
    },
  };
}

/** A grant that spends nothing is named in the entry, unless the definition takes it unasked. */
function grantField(definition: ProviderDefinition, way: Way): { grant?: string } {
  const isOwn = ownGrants(definition).some((grant) => grant === way);
  return isOwn && !listOf(definition.default_grant).some((one) => one === way)
    ? { grant: way }
    : {};
}

const PROVIDER_QUESTION: Question = {
  field: 'provider',
  label: 'Provider',
  secret: false,
  option: '--provider ID',
};

function appFields(fleet: Fleet, { app, shard }: AddOptions): Map<string, string> {
  if (app === undefined) return new Map();
  const entry = fleet.maps.get(shard)?.apps.get(app);
  if (typeof entry !== 'object' || entry === null)
    throw new UsageError(`There is no app ${app} in shard ${shard}.`);
  return new Map(
    Object.entries(entry).filter(([, value]) => typeof value === 'string' && value !== '') as [
      string,
      string,
    ][],
  );
}

async function chooseProvider(
  terminal: Terminal,
  id: string | undefined,
): Promise<ProviderDefinition> {
  const choices = [...providers.values()].map((one) => ({ value: one.id, label: one.title }));
  if (id === undefined && !terminal.interactive)
    throw new UsageError('There is no terminal to ask on, and these are missing: --provider ID.');
  const chosen = providers.get(id ?? (await askOneOf(terminal, 'Provider', choices)));
  if (!chosen)
    throw new UsageError(
      `There is no such provider. There are ${[...providers.keys()].join(', ')}.`,
    );
  return chosen;
}

async function chooseWay(
  terminal: Terminal,
  definition: ProviderDefinition,
  known: ReadonlySet<string>,
): Promise<Way> {
  const ways = waysOf(definition);
  const chosen = chosenWay(definition, known);
  if (chosen) return chosen;
  const consents = known.has('authorize_url') || known.has('redirect_uri');
  if (!terminal.interactive)
    return ownGrants(definition).includes('client_credentials') && !consents
      ? 'client_credentials'
      : 'connect';
  return (await askOneOf(terminal, 'How does it get its first token?', ways)) as Way;
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
