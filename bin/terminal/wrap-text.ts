import stringWidth from 'fast-string-width';

/**
 * Breaks a text between words into lines of at most `width` columns. Every line but the first
 * begins with `indent`. A word longer than a line stays whole. Colours take no room.
 */
export function wrapText(text: string, width: number, indent = ''): string {
  const [first = '', ...words] = text.split(/(?<=\S) /);
  const lines = [first];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (stringWidth(line) + 1 + stringWidth(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
