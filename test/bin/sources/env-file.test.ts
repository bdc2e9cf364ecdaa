import { describe, expect, it } from 'vitest';
import { readEnvFile } from '../../../bin/sources/env-file.ts';

function pairs(text: string): Record<string, string> {
  const { bindings, faults } = readEnvFile(text);
  expect(faults).toEqual([]);
  return Object.fromEntries(bindings.map(({ key, value }) => [key, value]));
}

function faults(text: string): string[] {
  return readEnvFile(text).faults.map(({ place, message }) => `${place.line}: ${message}`);
}

describe(readEnvFile.name, () => {
  // Each line as python-dotenv 0.21 reads it (Debian's python3-dotenv).
  it.each([
    ['A=abc#def', 'abc#def'],
    ['A=abc #def', 'abc'],
    ['A=abc\t#def', 'abc'],
    ['A="ab\\"c"', 'ab"c'],
    ["A='ab\\'c'", "ab'c"],
    ["A='a\\nb'", 'a\\nb'],
    ['A="a\\nb"', 'a\nb'],
    ['A="a\\\\nb"', 'a\\nb'],
    ['A=a\\nb', 'a\\nb'],
    ['A="a # b" # c', 'a # b'],
    ['A="a"#c', 'a'],
    ['A = abc ', 'abc'],
    ['\tA=abc', 'abc'],
    ['   \n \t\nA=abc', 'abc'],
    ['export A=abc', 'abc'],
    ["'A'=abc", 'abc'],
    ['A=', ''],
    ['A=""', ''],
    ['A=a b', 'a b'],
    ['A=a=b==', 'a=b=='],
    ['# B=1\nA=abc', 'abc'],
    [`A=$\{HOME}`, `$\{HOME}`],
    ['A=abc\u2028', 'abc'],
    ['A=it\'s "x"', 'it\'s "x"'],
  ])('reads %j', (text, value) => {
    expect(pairs(text)).toEqual({ A: value });
  });

  it.each(['\n', '\r\n', '\r'])('takes %j for the end of a line', (end) => {
    expect(pairs(`A=1${end}B="2"${end}# c${end}C=3`)).toEqual({ A: '1', B: '2', C: '3' });
  });

  it('lets a quoted value go over several lines', () => {
    const key = '-----BEGIN KEY-----\nabc+/\ndEf==\n-----END KEY-----';
    expect(pairs(`A="${key}"\nB=1`)).toEqual({ A: key, B: '1' });
  });

  it.each([
    ['KEY: value', /1: this is YAML/],
    ['set X=abc', /1: this is a command of a shell/],
    ['setx X abc', /1: this is a command of a shell/],
    ['$env:X="abc"', /1: this is a command of a shell/],
    ['[section]', /1: this is the head of a section/],
    ['A=1\nrest-of-a-token', /2: .*the rest of a value/],
    ['A=1\n\nrest/of+a/token==', /3: .*the rest of a value/],
    ['A="abc" def', /1: there is text behind the closing quote/],
    ['A="abc', /1: the quote that opens here does not close/],
    ["A='abc\nB=1", /1: the quote that opens here does not close/],
    ['A="abc\nB="def"\nC=1', /1: there is text behind the closing quote/],
    ['A="abc\nB=1\nC=2"', /1: the quote that opens here closes on a later line/],
    ['=abc', /1: this is not NAME=value/],
    ['export A', /1: this is not NAME=value/],
    ['A', /1: this is not NAME=value/],
  ])('refuses %j by its line', (text, fault) => {
    expect(faults(text)[0]).toMatch(fault);
  });

  it('names every line that it does not understand', () => {
    expect(faults('A=1\nB: 2\nC=3\nset D=4\n')).toEqual([
      '2: this is YAML. Write NAME=value',
      '4: this is a command of a shell. Write NAME=value alone',
    ]);
  });
});
