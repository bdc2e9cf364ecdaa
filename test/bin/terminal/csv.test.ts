import { describe, expect, it } from 'vitest';
import { formatCsv } from '../../../bin/terminal/csv.ts';

describe(formatCsv.name, () => {
  it.each([
    ['plain', 'plain'],
    ['with, comma', '"with, comma"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', 'two\\u{a}lines'],
    ['abc\u202egpj\u001b[2J', 'abc\\u{202e}gpj\\u{1b}[2J'],
    ['\t=1+1', '\\u{9}=1+1'],
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
  ])('writes %j as %s', (value, cell) =>
    expect(
      formatCsv([
        ['a', 'b'],
        [value, 'x'],
      ]),
    ).toBe(`a,b\r\n${cell},x\r\n`),
  );
});
