import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';
import { escapeUnseen } from '../../lambda/shown.ts';
import { wrapText } from './wrap-text.ts';

const GAP = '  ';
const LEAST = 6;
/** A longer word, such as an address, makes no column wider. */
const USUAL_WORD = 32;
/** A column is not made narrower than this while another may be left out. */
const READABLE = 16;

/**
 * A column. Where the room is short, a column with `lostFirst` goes before any is made narrower.
 */
export interface Column {
  title: string;
  /** Never cut and never wrapped. */
  whole?: boolean;
  /** Its words are never cut: one that is too long goes on beyond the width. */
  wholeWords?: boolean;
  /** It is left out where the table does not fit, the lowest number first. */
  lostFirst?: number;
}

/** A text, which may come from anywhere, and how it is painted. */
export type Cell = string | { text: string; paint: (text: string) => string };

/** Where a table is shown; a Terminal is one. */
interface TableLook {
  /** In columns. */
  width: number;
  colors?: { bold(text: string): string };
}

/**
 * Returns rows of text under their heads, fitted to a width. Columns that may be lost go first,
 * then the widest give way and their texts go on in further lines. The last cell of a row that has
 * fewer cells than columns takes all the room that is left. Texts are shown escaped. A table library
 * took half of the time of `tokens status` on 1,000 tenants.
 */
export function formatTable(
  heads: readonly (string | Column)[],
  rows: readonly (readonly Cell[])[],
  { width, colors }: TableLook,
): string {
  const columns = heads.map((one) => (typeof one === 'string' ? { title: one } : one));
  const all = [
    columns.map(({ title }): Cell => ({ text: title, paint: colors?.bold ?? plain })),
    ...rows.map((row) => row.map(escaped)),
  ];
  const natural = columns.map((_, index) =>
    Math.max(
      ...all.map((row) => (index < ownCells(row, columns.length) ? widthOf(row[index]) : 0)),
    ),
  );
  const least = columns.map((column, index) => leastOf(column, index, all));
  const kept = keptColumns(columns, { natural, least }, width);
  const widths = shrink(
    kept.map((index) => ({ natural: natural[index] ?? 0, least: least[index] ?? 0 })),
    width - GAP.length * (kept.length - 1),
  );
  const fits = kept.map((column, at) => ({
    column,
    width: widths[at] ?? 0,
    wholeWords: columns[column]?.wholeWords === true,
  }));
  return all
    .flatMap((row) => formatRow(row, fitsOf(row, fits, { width, columns: columns.length })))
    .join('\n');
}

/** Returns how narrow a column may become. Its title is not cut. */
function leastOf(
  { title, whole, wholeWords }: Column,
  index: number,
  rows: readonly (readonly Cell[])[],
): number {
  if (whole) {
    return Number.POSITIVE_INFINITY;
  }
  const texts = wholeWords ? rows.map((row) => textOf(row[index])) : [];
  const words = [title, ...texts].flatMap((text) => text.split(' '));
  const widths = words.map((word) => stringWidth(word)).filter((one) => one <= USUAL_WORD);
  return Math.max(LEAST, ...widths);
}

/** Counts the cells that stand in a column each. */
function ownCells(row: readonly Cell[], columns: number): number {
  return row.length === columns ? columns : row.length - 1;
}

function widthOf(cell: Cell | undefined): number {
  return stringWidth(textOf(cell));
}

/** Returns where the cells of a row stand. */
function fitsOf(
  row: readonly Cell[],
  fits: readonly Fit[],
  { width, columns }: { width: number; columns: number },
): readonly Fit[] {
  if (row.length === columns) {
    return fits;
  }
  const own = fits.filter(({ column }) => column < row.length - 1);
  const taken = own.reduce((sum, fit) => sum + fit.width + GAP.length, 0);
  const rest = { column: row.length - 1, width: width - taken, wholeWords: false };
  return [...own, rest];
}

function escaped(cell: Cell): Cell {
  return typeof cell === 'string'
    ? escapeUnseen(cell)
    : { text: escapeUnseen(cell.text), paint: cell.paint };
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : (cell?.text ?? '');
}

/** Returns the indexes of the columns that stay at this width. */
function keptColumns(
  columns: readonly Column[],
  { natural, least }: { natural: readonly number[]; least: readonly number[] },
  width: number,
): number[] {
  const kept = columns.map((_, index) => index);
  const losable = kept
    .filter((index) => columns[index]?.lostFirst !== undefined)
    .sort((a, b) => (columns[a]?.lostFirst ?? 0) - (columns[b]?.lostFirst ?? 0));
  const readable = (index: number) =>
    Math.min(natural[index] ?? 0, Math.max(READABLE, least[index] ?? 0));
  const needed = () => kept.reduce((sum, index) => sum + readable(index) + GAP.length, 0);
  for (const index of losable) {
    if (needed() - GAP.length <= width) {
      break;
    }
    kept.splice(kept.indexOf(index), 1);
  }
  return kept;
}

interface Fit {
  column: number;
  width: number;
  wholeWords: boolean;
}

function formatRow(row: readonly Cell[], fits: readonly Fit[]): string[] {
  const cells = fits.map((fit) => ({
    lines: wrapCell(textOf(row[fit.column]), fit),
    paint: paintOf(row[fit.column]),
  }));
  const height = Math.max(...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    trimmed(
      cells.map(({ lines, paint }, at) => pad(lines[line] ?? '', fits[at]?.width ?? 0, paint)),
    ),
  );
}

function trimmed(cells: readonly string[]): string {
  const line = cells.join(GAP);
  return stripVTControlCharacters(line).endsWith(' ') ? line.trimEnd() : line;
}

function paintOf(cell: Cell | undefined): (text: string) => string {
  return typeof cell === 'object' ? cell.paint : plain;
}

function plain(text: string): string {
  return text;
}

function wrapCell(text: string, { width, wholeWords }: Fit): string[] {
  if (stringWidth(text) <= width) {
    return [text];
  }
  const lines = wrapText(text, width).split('\n');
  if (wholeWords) {
    return lines;
  }
  return lines.map((line) => (line.length <= width ? line : `${line.slice(0, width - 1)}…`));
}

function pad(text: string, width: number, paint: (text: string) => string): string {
  const spaces = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return text === '' ? spaces : paint(text) + spaces;
}

function shrink(columns: readonly { natural: number; least: number }[], width: number): number[] {
  const widths = columns.map(({ natural }) => natural);
  let excess = widths.reduce((sum, one) => sum + one, 0) - width;
  while (excess > 0) {
    const open = widths.map((one, index) => (one > (columns[index]?.least ?? 0) ? one : 0));
    const widest = open.indexOf(Math.max(...open));
    if (open[widest] === 0) {
      break;
    }
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}
