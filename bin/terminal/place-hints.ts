/** Puts the options that name a place into the commands of a text. */
export type PlaceHints = (text: string) => string;

/**
 * Returns what makes the commands in our messages work where they are read: `tokens rotate acme`
 * becomes `tokens rotate acme --stack TokenRotator` where `--stack` was given. A command ends with
 * its line, at a punctuation mark, a bracket, `&&` or a colour, but not within a quoted value.
 * Options of the environment need no repeating, and help is the same everywhere.
 */
export function placeHints(
  { home, stack }: { home?: string; stack?: string },
  verbs: readonly string[],
): PlaceHints {
  const given = stack !== undefined ? ['--stack', stack] : home !== undefined && ['--home', home];
  if (!given) {
    return (text) => text;
  }
  const [option, value = ''] = given;
  const command = new RegExp(commandSource(verbs), 'gm');
  return (text) =>
    text.replace(command, (whole) =>
      / --(home|stack) | --help$/.test(whole) ? whole : `${whole} ${option} ${quoted(value)}`,
    );
}

/** Returns what finds the commands of these verbs in our messages, with the word before them. */
export function commandPattern(verbs: readonly string[]): RegExp {
  const word = String.raw`(?:\b(?:Next|Then): (?:\u001b\[\d+m)?)?`;
  return new RegExp(word + commandSource(verbs), 'gm');
}

function commandSource(verbs: readonly string[]): string {
  return String.raw`${BEFORE}(tokens (?:${verbs.join('|')})\b(?:${QUOTED_VALUE}|.)*?)${END}`;
}

/** A value with blanks in it, such as `scope="read write"`, is part of its command. */
const QUOTED_VALUE = '="[^"\\n]*"';

const BEFORE = String.raw`(?<=^|[\s"'(\x60]|\u001b\[\d+m)`;
const END = String.raw`(?=[.,;:!?)"'\x60]+(?:\s|$|\u001b)|\u001b| \(| && |$)`;

/** Returns a word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
