import { Command } from 'commander';
import { traitsOf } from '../../lambda/map/tenant-filter.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import type { Context, GlobalOptions, Verb } from '../context.ts';
import { openHome } from '../homes/open-home.ts';
import { completionScripts } from './completion-scripts.ts';
import { readLine } from './read-line.ts';

const GLOBAL_OPTIONS = ['--home', '--stack', '--json', '--debug', '--help', '--version'];

/**
 * Returns what may be typed in place of the last word (verbs, options, and names of tenants, apps
 * and shards). Never throws. A shell has no room for an error.
 */
export async function completionsOf(context: Context, given: readonly string[]): Promise<string[]> {
  const { words, typed, prefix } = readLine(given, context.env);
  // Behind it is the line of another program.
  if (words.includes('--')) {
    return [];
  }
  const { command, left, place, isValue } = await commandOf(context.verbs, words);
  if (typed.startsWith('-')) {
    const options = command.options.map(({ long }) => long).filter((long) => long != null);
    return [...new Set([...options, ...GLOBAL_OPTIONS])];
  }
  if (isValue) {
    const kind = OPTION_VALUES.get(words.at(-1) ?? '');
    const names = kind === undefined ? [] : await namesOf(context, kind, place);
    return names.map((name) => `${prefix}${name}`);
  }
  const below = left === 0 ? command.commands.map((one) => one.name()) : [];
  return [...below, ...(await namesFor(context, { command, left, place }))];
}

/** The meaning of the words so far. */
interface Line {
  command: Command;
  /** How many words are behind the command. */
  left: number;
  /** The home or stack that the line names. */
  place: GlobalOptions;
  /** The last of them is an option that wants a value. */
  isValue: boolean;
}

async function commandOf(verbs: readonly Verb[], words: readonly string[]): Promise<Line> {
  const program = new Command('tokens');
  program.option('--home <folder>').option('--stack <name>').option('--json').option('--debug');
  program.allowUnknownOption();
  const last = words.at(-1) ?? '';
  const isWaiting = ({ options }: Command) =>
    options.some(({ long, required, optional }) => long === last && (required || optional));
  // The parser ends the process where the value of an option is missing.
  const whole = isWaiting(program) ? words.slice(0, -1) : words;
  const { operands: typed } = program.parseOptions([...whole]);
  const operands = typed[0] === 'help' ? typed.slice(1) : typed;
  for (const verb of verbs) {
    const command = program.command(verb.name);
    if (verb.name === operands[0]) {
      (await verb.load()).define(command, () => async () => {});
    }
  }
  let command = program;
  let depth = 0;
  for (const word of operands) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) {
      break;
    }
    command = next;
    depth++;
  }
  return {
    command,
    left: operands.length - depth,
    place: program.opts<GlobalOptions>(),
    isValue: isWaiting(program) || isWaiting(command),
  };
}

type Kind = 'tenant' | 'app' | 'shard' | 'provider' | 'tag';

/** Names what follows an option. */
const OPTION_VALUES: ReadonlyMap<string, Kind> = new Map([
  ['--provider', 'provider'],
  ['--app', 'app'],
  ['--tag', 'tag'],
  ['--shard', 'shard'],
  ['--to', 'shard'],
  ['--try', 'tenant'],
]);

/** Names of what the command's arguments are. */
async function namesFor(
  context: Context,
  { command, left, place }: Pick<Line, 'command' | 'left' | 'place'>,
): Promise<string[]> {
  // A name that is new is none of those that are there.
  if (command.name() === 'add') {
    return [];
  }
  const { registeredArguments: all } = command;
  const last = all.at(-1);
  const next = all[left] ?? (last?.variadic ? last : undefined);
  const argument = next?.name() ?? '';
  if (argument === 'shell') {
    return Object.keys(completionScripts);
  }
  const kind =
    command.parent?.name() === 'provider'
      ? 'provider'
      : (['tenant', 'app', 'shard'] as const).find((one) => argument.startsWith(one));
  return kind === undefined ? [] : namesOf(context, kind, place);
}

async function namesOf(
  { terminal, env, options }: Context,
  kind: Kind,
  place: GlobalOptions,
): Promise<string[]> {
  const shipped = kind === 'provider' ? [...providers.keys()] : [];
  try {
    const at = { terminal, env, options: { ...options, ...place } };
    const { ports } = await openHome(at, false);
    if (kind === 'shard') {
      return await ports.vault.shards();
    }
    const { maps } = await readFleet(ports, null);
    const names = [...maps.values()].flatMap((map) => (map ? namesIn(map, kind) : []));
    return [...new Set([...shipped, ...names])];
  } catch {
    return shipped;
  }
}

function namesIn(map: VaultMap, kind: Exclude<Kind, 'shard'>): string[] {
  switch (kind) {
    case 'tenant':
      return [...map.tenants.keys()];
    case 'app':
      return [...map.apps.keys()];
    case 'provider':
      return [...map.definitions.keys()];
    case 'tag':
      return [...map.tenants.keys()].flatMap((name) => traitsOf(name, map).tags);
  }
}
