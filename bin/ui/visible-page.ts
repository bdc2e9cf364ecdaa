import { raw } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import { escapeLines } from '../../lambda/shown.ts';

/**
 * Returns a page in which each character is written out that hides or reorders text. Names and
 * notes of a map may hold them, and would show a row as another one.
 */
export function visiblePage(page: Html): Html {
  return page instanceof Promise ? page.then(visibleText) : visibleText(page);
}

const visibleText = (page: object) => raw(escapeLines(String(page)));
