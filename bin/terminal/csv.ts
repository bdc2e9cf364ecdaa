import { escapeUnseen } from '../../lambda/shown.ts';

/** Returns rows as CSV (RFC 4180), the heads first. What acts on a terminal is escaped. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(formatField).join(',')}\r\n`).join('');
}

/** Sheets take a field that begins so for a formula. */
const FORMULA = /^[=+\-@]/;

function formatField(text: string): string {
  const seen = escapeUnseen(text);
  const shown = FORMULA.test(seen) ? `'${seen}` : seen;
  return /[",]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
