import { Command, CommanderError, type Option } from 'commander';
import { version } from '../lib/version.ts';
import type { Act, Context, ExitCode, GlobalOptions } from './context.ts';
import type { Surroundings } from './surroundings.ts';
import { commandPattern, placeHints } from './terminal/place-hints.ts';
import type { TypedCommand } from './terminal/show-error.ts';
import { openTerminal } from './terminal/terminal.ts';
import { verbs } from './verbs.ts';

const EXAMPLES = `
Begin:
  tokens import .env       add tenants from CLIENTS=A,B with A_CLIENT_ID, …
  tokens rotate            get fresh tokens for all of them
  tokens status            show how each one is

Environment: TOKENS_HOME and TOKENS_STACK are used where neither --home nor
--stack is given; TOKENS_PASSPHRASE_FILE names a file with a home's passphrase.
Exit codes: 0 fine, 1 something failed, 2 used wrongly, 3 found (--exit-code).`;

/** Takes the arguments after the program's name, runs one verb, and returns the exit code. */
export async function runCli(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const json = args.includes('--json');
  const program = createProgram(json, surroundings);
  let exitCode: ExitCode = 0;
  let verb = '';
  program.hook('preAction', (_, command) => {
    verb = fullName(command);
  });
  const globalOptions = () => program.opts<GlobalOptions>();
  const terminal = openTerminal(
    surroundings,
    (text) => placeHints(globalOptions(), verbNames)(text),
    commandPattern(verbNames),
  );
  const act: Act =
    (run) =>
    (...given) =>
      run(
        createContext(
          { options: globalOptions(), terminal, env: surroundings.env },
          { verb, endWith: (code) => (exitCode = code) },
        ),
        ...given,
      );
  try {
    await addVerbs(program, args, act);
    await program.parseAsync(helpInGroup(program, args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      return 0;
    }
    const { showError, showParserError } = await import('./terminal/show-error.ts');
    return error instanceof CommanderError
      ? showParserError(terminal, error, { json, ...typedCommand(program, args) })
      : showError(terminal, error, globalOptions());
  } finally {
    terminal.progress('');
  }
}

const verbNames = verbs.map(({ name }) => name);

export function createProgram(
  json: boolean,
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
): Command {
  return new Command('tokens')
    .description(
      'Keeps the OAuth tokens of your client accounts alive, in a folder or in a deployed stack.',
    )
    .version(version, '--version', 'print the version')
    .option('--home <folder>', 'the folder of your tenants (default: ~/.token-rotator)')
    .option('--stack <name>', 'a deployed stack in place of a folder, such as TokenRotator')
    .option('--json', 'one JSON value on stdout, for programs')
    .option('--debug', 'say on stderr what happens inside; free of secrets')
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => (command.parent ? visibleOptions(rootOf(command)) : []),
      helpWidth: 80,
    })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // A program reads the error as JSON instead.
      writeErr: (text) => !json && stderr.write(text),
      // Errors of the parser have the form of all others: showParserError.
      outputError: () => {},
    })
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

function visibleOptions({ options }: Command): Option[] {
  return options.filter(({ hidden }) => !hidden);
}

/** Returns the command that was typed, such as `tokens app set-secret`, as far as it is known. */
function typedCommand(program: Command, args: readonly string[]): TypedCommand {
  const words = wordsOf(program, args);
  const asked = words.filter((word, at) => at > 1 || word !== 'help');
  const { command, unknown } = findCommand(program, asked);
  const options = [program, command].flatMap((one) => visibleOptions(one));
  return {
    command: `${program.name()} ${fullName(command)}`.trim(),
    options: options.flatMap(({ long }) => long ?? []),
    unknownHelp: asked.length < words.length && command.commands.length > 0 ? unknown : null,
  };
}

/** Finds the innermost command that some words name, and the first word that names none. */
function findCommand(
  program: Command,
  words: readonly string[],
): { command: Command; unknown: string | null } {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) {
      return { command, unknown: word };
    }
    command = next;
  }
  return { command, unknown: null };
}

/** Returns the words before the first option that only a verb knows. */
function wordsOf(program: Command, args: readonly string[]): string[] {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const [name] = word.split('=', 1);
    const option = program.options.find(({ long }) => long === name);
    if (option?.required && name === word) {
      at++;
    } else if (word.startsWith('-') && !option) {
      return words;
    } else if (!option) {
      words.push(word);
    }
  }
  return words;
}

/** The parser itself knows the words of `tokens help app`, and none behind them. */
function helpInGroup(program: Command, args: readonly string[]): readonly string[] {
  const [first, group = '', ...below] = wordsOf(program, args);
  const { command, unknown } = findCommand(program, [group]);
  const isGroup = unknown === null && command.commands.length > 0;
  return first === 'help' && isGroup && below.length > 0 ? [group, 'help', ...below] : args;
}

/** Adds every verb by its name, and loads only the one that was typed. */
export async function addVerbs(program: Command, args: readonly string[], act: Act): Promise<void> {
  const [first, second] = wordsOf(program, args);
  const name = first === 'help' ? second : first;
  for (const verb of verbs) {
    const command = program
      .command(verb.name)
      .summary(verb.summary)
      .description(capitalize(`${verb.summary}.`));
    if (verb.name === name) {
      (await verb.load()).define(command, act);
    }
  }
}

/** Returns a verb's name without the program's, such as `app set-secret`. */
function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}`.trim() : '';
}

function createContext(
  place: Pick<Context, 'options' | 'terminal' | 'env'>,
  { verb, endWith }: { verb: string; endWith: (code: ExitCode) => void },
): Context {
  const { options, terminal } = place;
  return {
    ...place,
    json: options.json === true,
    async openHome({ create = false } = {}) {
      const { openHome } = await import('./homes/open-home.ts');
      const { auditedHome } = await import('./audit/audited-home.ts');
      const home = await openHome(place, create);
      // The browser's page stays open for many edits.
      const isOneEdit = verb !== 'ui';
      return auditedHome(home, { verb, isOneEdit, note: terminal.note });
    },
    verbs,
    endWith,
    fail: () => endWith(1),
  };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
