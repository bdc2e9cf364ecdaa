import type { CommanderError } from 'commander';
import { EventError } from '../../lambda/event.ts';
import { toPublicError } from '../../lambda/handlers/public-error.ts';
import { saidOf, VaultMapError } from '../../lambda/map/vault-map.ts';
import { StoreError } from '../../lambda/ports.ts';
import { escapeLines, shown } from '../../lambda/shown.ts';
import type { ExitCode, GlobalOptions } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { jsonLine, type Terminal } from './terminal.ts';

/** An error as people and programs get it. Holds no secret. */
interface ShownError {
  code: string;
  message: string;
  next_step: string | null;
}

/**
 * Says on stderr what went wrong, in our own words, and returns the exit code, which is 2 for a
 * wrong use, else 1.
 */
export function showError(
  terminal: Terminal,
  error: unknown,
  { json, debug }: GlobalOptions,
): ExitCode {
  say(terminal, shownError(error), json === true);
  const stack = isOurs(error) ? error.stack : toPublicError(error).stack;
  if (debug && stack) {
    terminal.note(frames(stack));
  }
  return error instanceof UsageError || error instanceof EventError ? 2 : 1;
}

/** What was typed, as far as the parser knows it. */
export interface TypedCommand {
  /** Such as `tokens app set-secret`. */
  command: string;
  /** Its options, such as `--file`. */
  options: readonly string[];
  /** The word after `tokens help`, where it is no command. */
  unknownHelp: string | null;
}

/** Says what the parser refused, unless it has shown its help instead, and returns 2. */
export function showParserError(
  terminal: Terminal,
  { code, message }: CommanderError,
  { json, ...typed }: TypedCommand & { json: boolean },
): ExitCode {
  const refusal = code === 'commander.help' ? helpRefusal(typed) : refusalText(message, typed);
  if (json || code !== 'commander.help' || typed.unknownHelp !== null) {
    say(
      terminal,
      {
        code: 'usage',
        message: sentence(refusal),
        next_step: `See: ${typed.command} --help`,
      },
      json,
    );
  }
  return 2;
}

function helpRefusal({ unknownHelp }: TypedCommand): string {
  return unknownHelp === null ? 'a command is missing' : `unknown command '${shown(unknownHelp)}'`;
}

/** The parser repeats an unknown option with its value, which may be a secret. */
function refusalText(message: string, { options }: TypedCommand): string {
  const told = message
    .replace(/^error: /, '')
    .replace(/'(--?[\w-]+)=.*'/s, "'$1'")
    .replace(/\n\((.*)\)$/s, '. $1');
  const [, typed] = /^unknown option '(--[\w-]+)'$/.exec(told) ?? [];
  const longer = options.filter((option) => typed !== undefined && option.startsWith(typed));
  return longer.length === 1 ? `${told}. Did you mean ${longer[0]}?` : told;
}

function say(terminal: Terminal, error: ShownError, json: boolean): void {
  const next = error.next_step === null ? '' : `\n  ${error.next_step}`;
  if (json) {
    terminal.noteRaw(jsonLine(terminal, { error }));
  } else {
    // Colours in an error are none of ours: they were typed, or stand in a file.
    terminal.note(escapeLines(`Error: ${error.message}${next}`));
  }
}

function isOurs(error: unknown): error is UsageError | CommandError {
  return error instanceof UsageError || error instanceof CommandError;
}

function shownError(error: unknown): ShownError {
  if (isOurs(error)) {
    return {
      code: error.code,
      message: error.message,
      next_step: error.nextStep,
    };
  }
  if (error instanceof VaultMapError) {
    return {
      code: 'shard_unreadable',
      message: saidOf(error),
      next_step: 'Correct the secret, or bring back its previous version.',
    };
  }
  const { message } = toPublicError(error);
  if (error instanceof StoreError) {
    return {
      code: error.reason,
      message: sentence(message),
      next_step: null,
    };
  }
  if (error instanceof EventError) {
    return {
      code: 'usage',
      message,
      next_step: null,
    };
  }
  return {
    code: 'fault',
    message,
    next_step: null,
  };
}

/** Stores speak in half sentences. */
function sentence(message: string): string {
  const isAction = /^[a-z0-9]+:[A-Z]/.test(message);
  const text = isAction
    ? `The call ${message}`
    : message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}

function frames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
