import { describe, expect, it } from 'vitest';
import { readPastedCode } from '../../../bin/consent/pasted-code.ts';

describe(readPastedCode.name, () => {
  it.each([
    '4/0Abc',
    ' 4/0Abc\n',
    '"4/0Abc"',
    '<4/0Abc>',
    '4%2F0Abc',
    '4%2f0Abc',
    'code=4%2F0Abc',
    'code=4%252F0Abc',
    'https://app.example/cb?code=4%252F0Abc',
    'code=4/0Abc&scope=https://x.example/a',
    '4%2F0Abc&scope=ads%20read',
    '4/0Abc&amp;scope=ads',
    '4/0Abc#_=_',
    '4/0Abc#_',
    '?code=4%2F0Abc&state=s',
    'https://app.example/cb?code=4%2F0Abc&state=s',
    'https://app.example/cb?state=s&amp;code=4%2F0Abc',
    '<https://app.example/cb/?code=4%2F0Abc>',
    'https://app.example/cb?code=4%2F0\n  Abc&state=s',
    'https://app.example/cb#code=4%2F0Abc&state=s',
    'com.example.app://cb?code=4/0Abc',
    '/cb?code=4/0Abc',
  ])('finds the code in %j', (pasted) => {
    expect(readPastedCode(pasted)).toEqual({ value: '4/0Abc' });
  });

  it.each([
    'code=one&code=two',
    'https://app.example/cb?code=one&state=s&code=two',
    'https://app.example/cb?code=one&amp;code=one',
    'https://app.example/cb?code=one#code=two',
    '?code=one&state=s#code=two&state=s',
  ])('refuses %j, which names a code twice', (pasted) => {
    const read = readPastedCode(pasted);
    expect(read).toEqual({ fault: expect.stringContaining('twice') });
    expect(JSON.stringify(read)).not.toMatch(/one|two/);
  });

  it.each(['abc+def', 'code=abc+def', 'code=abc%2Bdef', 'abc%2Bdef'])(
    'keeps the plus sign of %j',
    (pasted) => {
      expect(readPastedCode(pasted)).toEqual({ value: 'abc+def' });
    },
  );

  it('takes the parameter that the platform calls its code', () => {
    const address = 'https://app.example/cb?spapi_oauth_code=ABC&code=no';
    expect(readPastedCode(address, 'spapi_oauth_code')).toEqual({ value: 'ABC' });
  });

  it.each([
    ['', /is empty/],
    ['https://app.example/cb?error=access_denied', /refused consent/],
    ['error=access_denied&state=CANARY', /refused consent/],
    ['https://app.example/cb?state=CANARY', /address without a code/],
    ['CANARY CANARY', /a blank/],
    ['{"code":"CANARY"}', /JSON/],
    ['AUTH_CODE=CANARY', /name and its value/],
    ['CANARY\nCANARY', /a blank/],
    ['CANARY\ufffd', /U\+FFFD/],
    ['code=CANARY,', /the sign ,/],
    ['[here](https://app.example/cb?code=CANARY)', /the sign \)/],
    ['<a href="https://app.example/cb?code=CANARY">', /the sign "/],
    ['state=CANARY', /a parameter/],
  ])('refuses %j, and repeats none of it', (pasted, fault) => {
    const read = readPastedCode(pasted);
    expect(read).toEqual({ fault: expect.stringMatching(fault) });
    expect(JSON.stringify(read)).not.toContain('CANARY');
  });
});
