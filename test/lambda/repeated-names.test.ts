import { describe, expect, it } from 'vitest';
import { mayRepeatName } from '../../lambda/repeated-names.ts';

describe(mayRepeatName.name, () => {
  it.each([
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '{ "a" : 1,\n"b"\t:\r\n[] }',
    '{"a":"b: c","d:":"{}"}',
    '["a:", 1, null, ""]',
    '"text"',
    '{}',
  ])('is certain of %j that it repeats none', (text) => {
    expect(mayRepeatName(text, JSON.parse(text))).toBe(false);
  });

  it.each([
    ['in one object', '{"a":1,"b":2,"a":3}'],
    ['deep within', '{"b":[{"c":{"a":1,"a":1}}]}'],
    ['once as an escape', String.raw`{"a":1,"\u0061":2}`],
    ['with blanks before the colon', '{"a" :1,"a"\n:2}'],
  ])('finds a name that stands twice %s', (_where, text) => {
    expect(mayRepeatName(text, JSON.parse(text))).toBe(true);
  });

  it.each([
    ['a value looks like a name', String.raw`{"a":"b\":1"}`],
    ['it is nested too deeply', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`],
  ])('leaves it open where %s', (_where, text) => {
    expect(mayRepeatName(text, JSON.parse(text))).toBe(true);
  });
});
