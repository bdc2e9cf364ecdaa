import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialFault, trimCredential } from '../../../lambda/map/credential-text.ts';
import { anyText } from '../../fakes/any-text.ts';

const REAL = [
  'Atzr|IwEBIJx-9cg_1.2~3',
  '1//0gCANARY-x_y',
  'GOCSPX-abc_DEF-123',
  'M.C507_BAY.0.U.-Cg5*y!kS$',
  'YWJjZGVm/+Zw==',
  'ABCDEF==',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
  'xoxe-1-My0xLTE',
  'A=qVDHXBngo1tEtzox.JMhzd91Rk99',
  'a secret with spaces',
  '"only-an-opening-quote',
  'tokens-and-codes',
  "it's",
  '=x',
  '{a}b',
];

describe(trimCredential.name, () => {
  it.each(REAL)('leaves %s as it is', (text) => {
    expect(trimCredential(text)).toBe(text);
  });

  it.each([
    ['line ends', 'abc\r\n'],
    ['blanks', ' \t abc\u00a0\u3000'],
    ['a byte order mark', '\ufeffabc'],
    ['invisible characters', '\u200babc\u2060'],
    ['double quotes', '"abc"'],
    ['single quotes', "'abc'\n"],
    ['quotes of a word processor', '\u201cabc\u201d'],
    ['blanks inside quotes', '" abc\n"'],
    ['a separator of lines', 'abc\u2028\u0085'],
  ])('takes off %s', (_what, text) => {
    expect(trimCredential(text)).toBe('abc');
  });

  it('takes off one pair of quotes and no more', () => {
    expect(trimCredential(`'"abc"'`)).toBe('"abc"');
    expect(trimCredential('"')).toBe('"');
    expect(trimCredential('"abc')).toBe('"abc');
  });
});

describe(credentialFault.name, () => {
  it.each(REAL)('finds nothing wrong with %s', (text) => {
    expect(credentialFault(text)).toBeNull();
  });

  it.each([
    ['', /^is empty$/],
    [' "" ', /^is empty$/],
    ['abc\n', /line end before or after/],
    ['abc ', /blank before or after/],
    ['\ufeffabc', /byte order mark/],
    ['"abc"', /quotes around/],
    ['ab\nc', /^holds a line end \(character 3\)$/],
    ['ab\u2028c', /a line end/],
    ['ab\tc', /a tab/],
    ['a\u0000b\u0000', /a control character/],
    ['ab\ufffdc', /U\+FFFD/],
    ['ab\u200bc', /an invisible character/],
    ['ab\u00a0c', /not a plain space/],
    ['abcé', /outside ASCII/],
    ['ab\u{1f511}c', /outside ASCII/],
    ['REFRESH_TOKEN=abc', /name and its value/],
    ['ACME_X = abc', /name and its value/],
    ['refresh_token=abc', /name and its value/],
    ['refreshToken: abc', /name and its value/],
    ['"refresh_token": "abc",', /name and its value/],
    ['client_id=abc', /name and its value/],
    ['code=abc', /name and its value/],
    ['export TOKEN=abc', /command/],
    ['set X=abc', /command/],
    ['$env:X = "abc"', /command/],
    ['{"refresh_token":"abc"}', /is JSON/],
    ['{ "refresh_token": "ab', /is JSON/],
    ['["abc"]', /is JSON/],
    ['"abc",', /comma/],
    ['Bearer abc', /Authorization header/],
    ['Authorization: Basic abc', /Authorization header/],
  ])('says what %j is', (text, fault) => {
    expect(credentialFault(text)).toMatch(fault);
  });

  it('repeats nothing of the text', () => {
    fc.assert(
      fc.property(anyText(), (noise) => {
        const fault = credentialFault(`CANARY${noise}CANARY`);
        expect(fault ?? '').not.toContain('CANARY');
      }),
    );
  });

  it('finds nothing wrong with base64 of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(credentialFault(Buffer.from(bytes).toString('base64'))).toBeNull();
        expect(credentialFault(Buffer.from(bytes).toString('base64url'))).toBeNull();
      }),
    );
  });
});
