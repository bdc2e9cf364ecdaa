import type { Home } from './homes/home.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What every verb may be told (`tokens --help`). */
export interface GlobalOptions {
  home?: string;
  stack?: string;
  json?: boolean;
  debug?: boolean;
}

/** 0: all went well. 1: something failed. 2: used wrongly. 3: `--exit-code` found something. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a verb works with. */
export interface Context {
  terminal: Terminal;
  /** One JSON value on stdout in place of tables and sentences. */
  json: boolean;
  /** The options before the verb, as they were typed. */
  options: Readonly<GlobalOptions>;
  /**
   * Opens the home that the options name: a folder, or a deployed stack. `create` makes a folder
   * home where there is none; without it that is an error which says how to begin. Throws
   * CommandError and StoreError.
   */
  openHome(options?: { create?: boolean }): Promise<Home>;
  /** Sets the exit code of the process. What was done stays done. */
  endWith(code: ExitCode): void;
  /** Sets exit code 1. */
  fail(): void;
}

/**
 * Wraps what a verb does for commander: `command.action(act(async (context, …arguments, options) =>
 * …))`.
 */
export type Act = <Args extends unknown[]>(
  run: (context: Context, ...args: Args) => Promise<void>,
) => (...args: Args) => Promise<void>;
