import { UsageError } from '../errors.ts';
import { askYesOrNo } from './prompts.ts';
import type { Terminal } from './terminal.ts';

/** Says yes beforehand. */
export interface SureOption {
  yes?: boolean;
}

/**
 * Returns whether a person wants what cannot simply be undone; `--yes` says so beforehand. Throws
 * UsageError off a terminal without that option.
 */
export async function askSure(
  terminal: Terminal,
  yes: boolean | undefined,
  question: string,
): Promise<boolean> {
  if (yes) return true;
  if (!terminal.interactive)
    throw new UsageError(`${question} There is no terminal to answer on: give --yes.`);
  return askYesOrNo(terminal, question);
}
