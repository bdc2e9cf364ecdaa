import type { Command } from 'commander';
import type { Act, Context, ExitCode } from './context.ts';
import { printJson, type Terminal } from './terminal/terminal.ts';

/** One verb in steps that can be read alone. `Args` are the arguments, then the options. */
export interface VerbSteps<Args extends unknown[], Result extends object> {
  /** Gives the command its arguments, options and examples. */
  usage(command: Command): Command;
  /** Reads, asks, decides and acts. Says nothing on stdout. Throws UsageError and CommandError. */
  run(context: Context, ...args: Args): Promise<Result>;
  /** Prints the result for a person. */
  print(terminal: Terminal, result: Result, ...args: Args): void;
  /** Returns what programs get with `--json`; without it they get the result as it is. */
  json?(result: Result): object;
  /** Returns how the process ends; without it 0. */
  exitCode?(result: Result): ExitCode;
}

/** Gives a command what it needs to run. Each module of bin/commands exports one as `define`. */
export type Define = (command: Command, act: Act) => void;

/** Makes a verb of its steps. */
export function defineVerb<Args extends unknown[], Result extends object>(
  steps: VerbSteps<Args, Result>,
): Define {
  return (command, act) => {
    steps.usage(command).action(
      act(async (context, ...args: Args) => {
        const { terminal } = context;
        const result = await steps.run(context, ...args);
        terminal.progress('');
        if (context.json) {
          printJson(terminal, steps.json?.(result) ?? result);
        } else {
          steps.print(terminal, result, ...args);
        }
        context.endWith(steps.exitCode?.(result) ?? 0);
      }),
    );
  };
}

/** A verb of verbs, such as `tokens shard add`. */
export interface Subverb {
  name: string;
  summary: string;
  define: Define;
}

/** Makes a verb that only groups others. */
export function defineGroup(examples: string, subverbs: readonly Subverb[]): Define {
  return (command, act) => {
    command.addHelpText('after', examples);
    for (const { name, summary, define } of subverbs) {
      define(command.command(name).description(`${summary}.`), act);
    }
  };
}
