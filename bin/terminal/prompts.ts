import * as clack from '@clack/prompts';
import { CommandError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/*
 * Questions for a person at a terminal: only where `terminal.interactive`. A person who
 * presses Ctrl-C, Ctrl-D or Escape leaves by a CommandError.
 */

// Ctrl-D closes what reads the keys: a question without an answer would end the process unsaid.
clack.updateSettings({ aliases: { '\u0004': 'cancel' } });

/** stdout stays the result. */
const where = { output: process.stderr };

interface Rules {
  /** Says what is wrong with a value. */
  check?: (value: string) => string | undefined;
  /** It may be left empty. */
  optional?: boolean;
}

/** Asks for a text. */
export function askText(terminal: Terminal, message: string, rules: Rules = {}): Promise<string> {
  return askBy(clack.text, terminal, message, rules);
}

/** Asks for a secret. What is typed is not shown. */
export function askSecret(terminal: Terminal, message: string, rules: Rules = {}): Promise<string> {
  return askBy(clack.password, terminal, message, rules);
}

async function askBy(
  prompt: typeof clack.text | typeof clack.password,
  terminal: Terminal,
  message: string,
  rules: Rules,
): Promise<string> {
  terminal.progress('');
  const validate = (value: string | undefined) => problemOf(value, rules);
  return answered(await prompt({ ...where, message, validate })).trim();
}

/** Asks, and takes Enter alone for no. */
export async function askYesOrNo(terminal: Terminal, message: string): Promise<boolean> {
  terminal.progress('');
  return answered(
    await clack.confirm({
      ...where,
      message,
      initialValue: false,
    }),
  );
}

/** Lets one of several be chosen. */
export async function askOneOf(
  terminal: Terminal,
  message: string,
  options: { value: string; label: string }[],
): Promise<string> {
  terminal.progress('');
  const question = {
    ...where,
    message,
    options,
    maxItems: MOST_SHOWN,
  };
  // A long list is searched by typing.
  return answered(
    await (options.length > MOST_SHOWN
      ? clack.autocomplete<string>({ ...question, placeholder: 'type to search' })
      : clack.select<string>(question)),
  );
}

const MOST_SHOWN = 12;

function problemOf(value: string | undefined, { check, optional }: Rules): string | undefined {
  const text = value?.trim() ?? '';
  if (text !== '') {
    return check?.(text);
  }
  return optional ? undefined : 'Type a value, or press Ctrl-C to leave.';
}

function answered<T>(answer: T | symbol): Exclude<T, symbol> {
  if (clack.isCancel(answer)) {
    throw new CommandError('Left without an answer: nothing was changed.', { code: 'cancelled' });
  }
  return answer as Exclude<T, symbol>;
}
