import { UsageError } from '../errors.ts';
import { askYesOrNo } from './prompts.ts';
import type { Terminal } from './terminal.ts';

/**
 * Whether a person wants what cannot be taken back; `--yes` says so beforehand. Off a terminal that
 * option is required: throws UsageError.
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
