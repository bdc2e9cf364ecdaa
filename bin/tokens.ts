#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import type { Act, Context, GlobalOptions } from './context.ts';
import { openTerminal, type Terminal } from './terminal/terminal.ts';
import { verbs } from './verbs.ts';

const EXAMPLES = `
Begin:
  tokens import .env       add tenants from CLIENTS=A,B with A_CLIENT_ID, …
  tokens rotate            get fresh tokens for all of them
  tokens status            see where each one stands

Exit codes: 0 fine, 1 something failed, 2 used wrongly.`;

/** Takes the arguments after the program's name, runs one verb, and returns the exit code. */
async function runCli(args: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  let failed = false;
  const program = createProgram();
  const act: Act =
    (run) =>
    (...given) =>
      run(
        createContext(program.opts<GlobalOptions>(), terminal, () => (failed = true)),
        ...given,
      );
  try {
    await addVerbs(program, args, act);
    await program.parseAsync(args, { from: 'user' });
    return failed ? 1 : 0;
  } catch (error) {
    // Commander has said what is wrong by then.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { showError } = await import('./terminal/show-error.ts');
    return showError(terminal, error, program.opts<GlobalOptions>());
  } finally {
    terminal.progress('');
  }
}

function createProgram(): Command {
  return new Command('tokens')
    .description(
      'Keeps the OAuth tokens of your client accounts alive, in a folder or in a deployed stack.',
    )
    .option(
      '--home <folder>',
      'the folder where tenants live (default: $TOKENS_HOME, or ~/.token-rotator)',
    )
    .option('--stack <name>', 'a deployed stack in place of a folder, such as TokenRotator')
    .option('--json', 'one JSON value on stdout, for programs')
    .option('--debug', 'say on stderr what happens inside; free of secrets')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'Error: ')) })
    .showHelpAfterError('(tokens --help, or tokens <verb> --help, says how)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
}

/** Every verb's name is known, and only the one that was typed is loaded. */
async function addVerbs(program: Command, args: readonly string[], act: Act): Promise<void> {
  const typed = program.parseOptions([...args]).operands;
  const name = typed[0] === 'help' ? typed[1] : typed[0];
  for (const verb of verbs) {
    const command = program
      .command(verb.name)
      .summary(verb.summary)
      .description(capitalize(`${verb.summary}.`));
    if (verb.name === name) (await verb.load()).define(command, act);
  }
}

function createContext(options: GlobalOptions, terminal: Terminal, fail: () => void): Context {
  return {
    terminal,
    json: options.json === true,
    async openHome({ create = false } = {}) {
      const { openHome } = await import('./homes/open-home.ts');
      return openHome(options, terminal, create);
    },
    fail,
  };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Whoever reads us may have seen enough (`tokens status | head`): what is under way is still
// brought to its end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
// stdout may be a pipe that still has to be emptied: the process ends by itself.
process.exitCode = await runCli(process.argv.slice(2));
