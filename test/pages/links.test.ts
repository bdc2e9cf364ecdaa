import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  anchorsOf,
  linksOf,
  type Page,
  readPage,
  readPages,
  root,
  withoutBlocks,
} from './read-page.ts';

const pages = readPages();

describe('the pages', () => {
  it('begin with a first page that fits on a few screens', () => {
    const { text } = readPage('README.md');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(160);
  });

  it.each(pages.map((page) => [page.path, page] as const))(
    '%s links what is there',
    (_path, page) => {
      expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
    },
  );

  it('do not wrap prose by hand', () => {
    const wrapped = pages.flatMap(({ path, text }) =>
      [...withoutBlocks(text).matchAll(/^[A-Za-z][^\n|]{60,}[a-z,]\n[a-z][^\n]*/gm)].map(
        ([match]) => `${path}: ${match.slice(0, 80)}`,
      ),
    );
    expect(wrapped).toEqual([]);
  });
});

function leadsSomewhere(page: Page, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(root, page.path) : join(root, dirname(page.path), path);
  if (!existsSync(file)) {
    return false;
  }
  if (anchor === undefined) {
    return true;
  }
  return anchorsOf(readPage(relative(root, file))).has(anchor);
}
