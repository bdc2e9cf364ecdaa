import type { Home } from './homes/home.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What every verb may be told (`tokens --help`). */
export interface GlobalOptions {
  home?: string;
  stack?: string;
  json?: boolean;
  debug?: boolean;
}

/** What a verb works with. */
export interface Context {
  terminal: Terminal;
  /** One JSON value on stdout in place of tables and sentences. */
  json: boolean;
  /**
   * Opens the home that the options name: a folder, or a deployed stack. `create` makes a folder
   * home where there is none; without it that is an error which says how to begin. Throws
   * CommandError and StoreError.
   */
  openHome(options?: { create?: boolean }): Promise<Home>;
  /** Marks that something failed: the process ends with exit code 1. What was done stays done. */
  fail(): void;
}

/**
 * Wraps what a verb does for commander: `command.action(act(async (context, …arguments, options) =>
 * …))`.
 */
export type Act = <Args extends unknown[]>(
  run: (context: Context, ...args: Args) => Promise<void>,
) => (...args: Args) => Promise<void>;
