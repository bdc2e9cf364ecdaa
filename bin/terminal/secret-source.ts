import type { Command } from 'commander';
import { trimCredential } from '../../lambda/map/credential-text.ts';
import { UsageError } from '../errors.ts';
import { cleanField } from '../sources/clean-field.ts';
import { readSecret } from './ask-missing.ts';
import { askSecret } from './prompts.ts';
import type { Terminal } from './terminal.ts';

/** Where a verb takes its one secret from. */
export interface SecretOptions {
  stdin?: boolean;
  file?: string;
}

/** Gives a verb the options for its one secret. */
export function addSecretOptions(command: Command): Command {
  return command
    .option('--stdin', 'read it from stdin')
    .option('--file <file>', 'read it from a file');
}

/** Which secret is wanted. */
export interface WantedSecret {
  field: string;
  /** What a question and an error call it. */
  label: string;
}

/**
 * Returns the secret that the options name, or that a person types unseen. Throws UsageError where
 * there is none, and where what came is no secret alone.
 */
export async function takeSecret(
  terminal: Terminal,
  options: SecretOptions,
  wanted: WantedSecret,
): Promise<string> {
  const given = await readGiven(terminal, options);
  return toSecret(given ?? (await askForSecret(terminal, wanted)), wanted);
}

/** Returns the text of the file or of stdin as it is; null where the options name neither. */
export async function readGiven(
  terminal: Terminal,
  { stdin, file }: SecretOptions,
): Promise<string | null> {
  if (stdin && file !== undefined) {
    throw new UsageError('Give --stdin or --file, not both.');
  }
  if (stdin) {
    return readSecret(terminal, '--stdin', '-');
  }
  return file === undefined ? null : readSecret(terminal, '--file', file);
}

async function askForSecret(terminal: Terminal, { field, label }: WantedSecret): Promise<string> {
  if (!terminal.interactive) {
    throw new UsageError('There is no terminal to ask on: give the secret with --stdin or --file.');
  }
  return askSecret(terminal, label, { check: (text) => faultOf(field, text) });
}

/** Returns a text as a secret, or throws UsageError. */
export function toSecret(text: string, { field, label }: WantedSecret): string {
  const fault = faultOf(field, text);
  if (fault !== undefined) {
    throw new UsageError(`${label}: ${fault}`);
  }
  return trimCredential(text);
}

/** A key that a client signs with has several lines. */
function faultOf(field: string, text: string): string | undefined {
  const cleaned = cleanField(field, text);
  if ('fault' in cleaned) {
    return `it ${cleaned.fault}.`;
  }
  const isKey = cleaned.value.startsWith('-----BEGIN ');
  // A credential may hold blanks, but nobody has seen one that does.
  return !isKey && cleaned.value.includes(' ') ? 'it must be one line without spaces.' : undefined;
}
