/** Returns rows as CSV (RFC 4180), the heads first. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(formatField).join(',')}\r\n`).join('');
}

/** Sheets take a field that begins so for a formula. */
const FORMULA = /^[=+\-@\t]/;

function formatField(text: string): string {
  const shown = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
