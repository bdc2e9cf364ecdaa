import { EventError } from '../../lambda/event.ts';
import { toPublicError } from '../../lambda/fault.ts';
import { VaultMapError } from '../../lambda/map/vault-map.ts';
import { StoreError } from '../../lambda/ports.ts';
import type { GlobalOptions } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/**
 * Says on stderr what went wrong, in our own words, and returns the exit code: 2 for a wrong use,
 * else 1.
 */
export function showError(
  terminal: Terminal,
  error: unknown,
  { json, debug }: GlobalOptions,
): 1 | 2 {
  const shown = publicError(error);
  const message = shown instanceof StoreError ? sentence(shown.message) : shown.message;
  terminal.note(
    json ? JSON.stringify({ error: { name: shown.name, message } }) : `Error: ${message}`,
  );
  if (debug && shown.stack) terminal.note(frames(shown.stack));
  return error instanceof UsageError || error instanceof EventError ? 2 : 1;
}

function publicError(error: unknown): Error {
  const ours = error instanceof UsageError || error instanceof CommandError;
  if (error instanceof VaultMapError)
    return new CommandError(`The tenant credential map cannot be read: ${error.message}.`);
  return ours ? error : toPublicError(error);
}

/** Stores speak in half sentences. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}

function frames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
