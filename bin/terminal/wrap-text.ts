import stringWidth from 'fast-string-width';

/** Stands for a blank that no line may be broken at. Our texts do not hold it. */
const JOINT = '\ue000';

/**
 * Breaks a text between words into lines of at most `width` columns. Every line but the first
 * begins with `indent`. A word longer than a line stays whole, and so does what `whole` finds: a
 * command that is copied from a terminal must be one line. Colours take no room.
 */
export function wrapText(text: string, width: number, indent = '', whole?: RegExp): string {
  const joined = whole ? text.replace(whole, (found) => found.replaceAll(' ', JOINT)) : text;
  const [first = '', ...words] = joined.split(/(?<=\S) /);
  const lines = [first];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (stringWidth(line) + 1 + stringWidth(word) <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(`${indent}${word}`);
    }
  }
  return lines.join('\n').replaceAll(JOINT, ' ');
}

/**
 * Breaks each line of a text, which goes on as far to the right as it began. A row of a table, with
 * columns, stays whole, and so do the lines on which its last cell goes on.
 */
export function wrapLines(text: string, width: number, whole?: RegExp): string {
  let isTable = false;
  return text
    .split('\n')
    .map((line) => {
      isTable = /\S {2,}/.test(line) || (isTable && /^ {3}/.test(line));
      return isTable ? line : wrapText(line, width, /^ */.exec(line)?.[0], whole);
    })
    .join('\n');
}
