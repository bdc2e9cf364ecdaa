/**
 * Characters that move a cursor, reorder or hide text, or break a line (Unicode Cc, Cf, Zl, Zp,
 * Cs).
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const MAX_LENGTH = 120;

/**
 * Returns a text from a map, a reply or a file as people may see it. It is on one line, with every
 * character that acts on a terminal written as `\u{…}`, and it is cut where it is very long. An
 * empty one is written as `""`, since a sentence would seem to lack a word.
 */
export function shown(text: string): string {
  if (text.trim() === '') {
    return JSON.stringify(escapeUnseen(text));
  }
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return escapeUnseen(cut);
}

/** Escapes each line of a text, whose line ends are its own. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeUnseen).join('\n');
}

/** Writes every character that acts on a terminal as `\u{…}`. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
