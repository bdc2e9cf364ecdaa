import type { Command } from 'commander';
import { credentialFault, trimCredential } from '../../lambda/map/credential-text.ts';
import { UsageError } from '../errors.ts';
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

/**
 * The secret that the options name, or that a person types unseen. Throws UsageError where there is
 * none.
 */
export async function takeSecret(
  terminal: Terminal,
  { stdin, file }: SecretOptions,
  label: string,
): Promise<string> {
  if (stdin && file !== undefined) throw new UsageError('Give --stdin or --file, not both.');
  const given = stdin
    ? await readSecret('--stdin', '-')
    : file === undefined
      ? null
      : await readSecret('--file', file);
  if (given === null && !terminal.interactive)
    throw new UsageError('There is no terminal to ask on: give the secret with --stdin or --file.');
  const secret = trimCredential(given ?? (await askSecret(terminal, label)));
  const fault = credentialFault(secret);
  if (fault !== null) throw new UsageError(`${label}: it ${fault}.`);
  // A credential may hold blanks, but nobody has seen one that does.
  if (secret.includes(' ')) throw new UsageError(`${label}: it must be one line without spaces.`);
  return secret;
}
