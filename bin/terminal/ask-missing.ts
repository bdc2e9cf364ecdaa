import { UsageError } from '../errors.ts';
import { askSecret, askText } from './prompts.ts';
import { readInput } from './read-input.ts';
import type { Terminal } from './terminal.ts';

/** A value that a verb needs. */
export interface Question {
  field: string;
  /** The question, such as `Client secret`. */
  label: string;
  secret: boolean;
  /** How it is given without a person, such as `--client-id TEXT`, `--client-secret-file FILE`. */
  option: string;
  /** It may be left empty, and is not missed off a terminal. */
  optional?: boolean;
  /** The only values there are. */
  choices?: readonly string[];
  /** Says what is wrong with a value. */
  check?: (value: string) => string | undefined;
}

/**
 * Returns the values given, and asks for those that are missing, with secrets hidden. Off a
 * terminal all that is missing is named at once. Throws UsageError, also for a given value that its
 * check refuses, and CommandError when the person leaves.
 */
export async function askMissing(
  terminal: Terminal,
  given: ReadonlyMap<string, string>,
  questions: readonly Question[],
): Promise<Map<string, string>> {
  for (const { field, option, check } of questions) {
    const problem = given.has(field) ? check?.(given.get(field) ?? '') : undefined;
    if (problem) {
      throw new UsageError(`${option}: ${problem}`);
    }
  }
  const unanswered = questions.filter(({ field }) => !given.has(field));
  if (!terminal.interactive) {
    nameMissing(unanswered);
  }
  const answers = new Map(given);
  for (const question of terminal.interactive ? unanswered : []) {
    const answer = await ask(terminal, question);
    if (answer !== '') {
      answers.set(question.field, answer);
    }
  }
  return answers;
}

function nameMissing(unanswered: readonly Question[]): void {
  const missing = unanswered.filter(({ optional }) => !optional).map(({ option }) => option);
  if (missing.length > 0) {
    throw new UsageError(
      `There is no terminal to ask on, and these are missing: ${missing.join(', ')}.`,
    );
  }
}

function ask(terminal: Terminal, { label, secret, optional, check }: Question): Promise<string> {
  const rules = { ...(check && { check }), ...(optional && { optional }) };
  return secret ? askSecret(terminal, label, rules) : askText(terminal, label, rules);
}

/**
 * Reads a secret from a file, or from stdin where the path is `-`, as it is there. At a terminal
 * stdin is the keyboard, so it is asked for unseen. Throws UsageError where there is none to read.
 * Secrets are never arguments. Other users of the machine can read those.
 */
export async function readSecret(
  terminal: Terminal,
  option: string,
  path: string,
): Promise<string> {
  if (path === '-' && terminal.interactive) {
    return askSecret(terminal, `${option}, unseen`);
  }
  const secret = await readInput(terminal, path);
  if (secret.trim() === '') {
    throw new UsageError(`${option}: ${path === '-' ? 'stdin' : path} is empty.`);
  }
  return secret;
}
