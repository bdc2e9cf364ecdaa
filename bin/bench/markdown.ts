import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Conditions } from './conditions.ts';

const PAGE = join(import.meta.dirname, 'README.md');

/** Returns a table, as Markdown. */
export function markdownTable(heads: readonly string[], rows: readonly string[][]): string {
  const lines = [heads, heads.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Returns a sentence about where and when something was measured. */
export function describeConditions({ date, commit, machine }: Conditions): string {
  return `Measured on ${date}, ${commit}, ${machine}.`;
}

/** Puts what was measured into the page of the bench, between the marks of its section. */
export async function writeSection(name: string, text: string): Promise<void> {
  await writeFile(PAGE, replaceSection(await readFile(PAGE, 'utf8'), name, text));
}

export function replaceSection(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`The page has no marks "${start.trim()}" and "${end}".`);
  }
  return `${page.slice(0, from + start.length)}\n${text}\n\n${page.slice(to)}`;
}
