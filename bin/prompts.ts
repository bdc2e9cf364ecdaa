import * as clack from '@clack/prompts';
import { CommandError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/*
 * Questions for a person at a terminal: only where `terminal.interactive`. Whoever presses Ctrl-C or Escape leaves by a CommandError.
 */

/** stdout stays the result. */
const where = { output: process.stderr };

/** Asks for a text that is not empty; `check` says what is wrong with it. */
export async function askText(terminal: Terminal, message: string, check?: (value: string) => string | undefined): Promise<string> {
  terminal.progress('');
  return answered(await clack.text({ ...where, message, validate: (value) => problemOf(value, check) })).trim();
}

/** Asks for a secret: what is typed is not shown. */
export async function askSecret(terminal: Terminal, message: string, check?: (value: string) => string | undefined): Promise<string> {
  terminal.progress('');
  return answered(await clack.password({ ...where, message, validate: (value) => problemOf(value, check) })).trim();
}

/** Asks, no being the answer of whoever only presses Enter. */
export async function askYesOrNo(terminal: Terminal, message: string): Promise<boolean> {
  terminal.progress('');
  return answered(await clack.confirm({ ...where, message, initialValue: false }));
}

/** Lets one of several be chosen. */
export async function askOneOf(terminal: Terminal, message: string, options: { value: string; label: string }[]): Promise<string> {
  terminal.progress('');
  return answered(await clack.select<string>({ ...where, message, options }));
}

function problemOf(value: string | undefined, check?: (value: string) => string | undefined): string | undefined {
  const text = value?.trim() ?? '';
  return text === '' ? 'Type a value, or press Ctrl-C to leave.' : check?.(text);
}

function answered<T>(answer: T | symbol): Exclude<T, symbol> {
  if (clack.isCancel(answer)) throw new CommandError('Left without an answer: nothing was changed.');
  return answer as Exclude<T, symbol>;
}
