import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markdownTable, replaceSection } from '../../../bin/bench/markdown.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'bin', 'bench', 'README.md'), 'utf8');

describe('the page of the bench', () => {
  it.each(['beside', 'consumers'])('has one place for %s, which can be filled again', (name) => {
    const once = replaceSection(page, name, 'new figures');
    expect(once).toContain(`<!-- ${name} -->\n\nnew figures\n\n<!-- end of ${name} -->`);
    expect(replaceSection(once, name, 'new figures')).toBe(once);
  });

  it('refuses a section that it does not have', () => {
    expect(() => replaceSection(page, 'speed', '')).toThrow('no marks "<!-- speed -->"');
  });

  it('shows tables as Markdown', () => {
    expect(markdownTable(['way', 'wall'], [['a script', '2 s']])).toBe(
      '| way | wall |\n| --- | --- |\n| a script | 2 s |',
    );
  });
});
