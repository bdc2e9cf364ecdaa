import type { Command } from 'commander';
import type { AuditedHome } from './audit/audited-home.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Options that every verb takes (`tokens --help`). */
export interface GlobalOptions {
  home?: string;
  stack?: string;
  json?: boolean;
  debug?: boolean;
}

/**
 * 0: all went well. 1: something failed. 2: used wrongly. 3: `--exit-code` found something. Any
 * other is that of the program that `tokens exec` ran.
 */
export type ExitCode = number;

/** One verb, as the help lists it. */
export interface Verb {
  name: string;
  summary: string;
  /**
   * Loads the module of bin/commands, which gives a command its arguments, options, an example in
   * the help, and what it does. Only the verb that runs is loaded: `tokens --help` loads none.
   */
  load(): Promise<{ define(command: Command, act: Act): void }>;
}

/** Everything that a verb works with. */
export interface Context {
  terminal: Terminal;
  /** One JSON value on stdout in place of tables and sentences. */
  json: boolean;
  /** The environment variables. */
  env: NodeJS.ProcessEnv;
  /** The options before the verb, as they were typed. */
  options: Readonly<GlobalOptions>;
  /**
   * Opens the home that the options name, either a folder, or a deployed stack. `create` makes a
   * folder home where there is none; without it that is an error which says how to begin. Throws
   * CommandError and StoreError.
   */
  openHome(options?: { create?: boolean }): Promise<AuditedHome>;
  /** Every verb, for who completes what is typed. */
  verbs: readonly Verb[];
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
