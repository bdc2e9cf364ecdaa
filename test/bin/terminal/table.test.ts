import { describe, expect, it } from 'vitest';
import { commandPattern } from '../../../bin/terminal/place-hints.ts';
import { formatTable } from '../../../bin/terminal/table.ts';
import { agoText, untilText } from '../../../bin/terminal/time-text.ts';
import { wrapText } from '../../../bin/terminal/wrap-text.ts';

const green = (text: string) => `\u001b[32m${text}\u001b[39m`;

describe(formatTable.name, () => {
  it('puts texts under their heads, two columns apart', () => {
    const rows = [
      ['a', 'long one'],
      ['bb', ''],
    ];
    expect(formatTable(['X', 'Y'], rows, { width: 80 })).toBe('X   Y\na   long one\nbb');
  });

  it('keeps to the width, wraps the widest column, and cuts a word that is too long', () => {
    const table = formatTable(
      ['NAME', 'WHAT'],
      [['n'.repeat(64), 'several words that need more room than there is']],
      { width: 40 },
    );
    for (const line of table.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(40);
    }
    expect(table).toContain('…');
    expect(table.replaceAll(/\s+/g, ' ')).toContain('several words');
  });

  it('does not count colours', () => {
    const table = formatTable(['S', 'T'], [[{ text: 'ok', paint: green }, 'x']], { width: 80 });
    expect(table.split('\n')[1]).toBe('\u001b[32mok\u001b[39m  x');
  });
});

const STATUS = [
  { title: 'TENANT', whole: true },
  { title: 'PROVIDER', lostFirst: 1 },
  { title: 'STATE', whole: true },
  { title: 'EXPIRES' },
  { title: 'LAST ROTATED' },
];
const ROW = ['client-of-the-agency-0001', 'instacart-connect', 'needs_authorization', 'in 59 min'];

describe('a table of tenants', () => {
  it('loses its provider at 60 columns, and cuts no tenant and no state', () => {
    const table = formatTable(STATUS, [[...ROW, '3 days ago']], { width: 60 });
    expect(table).not.toContain('PROVIDER');
    expect(table).toContain('client-of-the-agency-0001');
    expect(table).toContain('needs_authorization');
    for (const line of table.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(72);
    }
  });

  it('shows all at 120 columns, each row on one line', () => {
    const table = formatTable(STATUS, [[...ROW, '3 days ago']], { width: 120 });
    expect(table.split('\n')).toHaveLength(2);
    for (const cell of ROW) {
      expect(table).toContain(cell);
    }
  });

  it('shows what a map may hold escaped, on one line', () => {
    const evil = 'a\u001b]0;title\u0007\u202eb\nc';
    const table = formatTable(['T'], [[evil], [{ text: evil, paint: green }]], { width: 120 });
    expect(table.split('\n')).toHaveLength(3);
    expect(table).toContain('a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{a}c');
  });

  it('counts wide letters as two columns', () => {
    const table = formatTable(
      ['A', 'B'],
      [
        ['東京', 'x'],
        ['abcd', 'y'],
      ],
      { width: 80 },
    );
    expect(table.split('\n').slice(1)).toEqual(['東京  x', 'abcd  y']);
  });
});

describe('a column whose words stay whole', () => {
  it('goes beyond the width with a word that is too long, and cuts none', () => {
    const address = 'https://connect.agency.example/callback/amazon-ads';
    const heads = [
      { title: 'CHECK', whole: true },
      { title: 'FOUND', wholeWords: true },
    ];
    const table = formatTable(heads, [['redirect', `Amazon Ads: ${address}`]], { width: 40 });
    expect(table.split('\n')).toEqual([
      'CHECK     FOUND',
      'redirect  Amazon Ads:',
      `          ${address}`,
    ]);
  });
});

describe(wrapText.name, () => {
  it('breaks between words, and indents what follows', () => {
    expect(wrapText('- one two three', 9, '  ')).toBe('- one two\n  three');
  });

  it('keeps a command on one line, so that it can be copied', () => {
    const commands = commandPattern(['connect']);
    const text = 'Ask again: tokens connect acme --home /tmp/x. Then wait a while.';
    expect(wrapText(text, 24, '  ', commands).split('\n')).toEqual([
      'Ask again:',
      '  tokens connect acme --home /tmp/x.',
      '  Then wait a while.',
    ]);
  });

  it('keeps the indent of the first line, and words that are too long', () => {
    expect(wrapText(`  ${'x'.repeat(12)} y`, 8, '  ')).toBe(`  ${'x'.repeat(12)}\n  y`);
  });
});

describe(untilText.name, () => {
  it.each([
    [-1, 'expired'],
    [400, 'in 1 s'],
    [59_000, 'in 59 s'],
    [3_600_000, 'in 60 min'],
    [86_400_000, 'in 24 h'],
    [60 * 86_400_000, 'in 60 days'],
  ])('says of %i ms: %s', (ms, text) => expect(untilText(1_000_000 + ms, 1_000_000)).toBe(text));
});

describe(agoText.name, () => {
  it.each([
    [500, 'just now'],
    [180_000, '3 min ago'],
    [3 * 86_400_000, '3 days ago'],
  ])('says of %i ms: %s', (ms, text) => expect(agoText(1_000_000, 1_000_000 + ms)).toBe(text));
});
