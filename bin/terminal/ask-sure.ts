import { UsageError } from '../errors.ts';
import { askYesOrNo } from './prompts.ts';
import type { Terminal } from './terminal.ts';

/** Says yes in advance. */
export interface SureOption {
  yes?: boolean;
}

/**
 * Returns whether a person wants what cannot simply be undone; `--yes` says so in advance. Throws
 * UsageError off a terminal without that option.
 */
export async function askSure(
  terminal: Terminal,
  yes: boolean | undefined,
  question: string,
): Promise<boolean> {
  if (yes) {
    return true;
  }
  if (!terminal.interactive) {
    throw new UsageError(`${question} There is no terminal to answer on: give --yes.`);
  }
  return askYesOrNo(terminal, question);
}

/**
 * Returns whether a person wants a refresh token that a newer one has replaced, or may have. Throws
 * as askSure.
 */
export function askForReplaced(
  terminal: Terminal,
  yes: boolean | undefined,
  tenant: string,
): Promise<boolean> {
  const question =
    `A newer token has replaced this one at tenant ${tenant}, or may have. ` +
    'Its provider may refuse it, or take it for stolen and end the newer one. Use it?';
  return askSure(terminal, yes, question);
}
