/**
 * Breaks a text into lines of at most `width` columns between words; every line but the first
 * begins with `indent`.
 */
export function wrapText(text: string, width: number, indent = ''): string {
  const [first = '', ...words] = text.split(/(?<=\S) /);
  const lines = [first];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
