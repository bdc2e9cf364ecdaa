import { describe, expect, it } from 'vitest';
import { isAllowedUrl, isLoopbackHost } from '../../../lambda/providers/url-policy.ts';

const STACK = { allowLoopbackHttp: false, allowIpLiterals: false };
const TESTS = { allowLoopbackHttp: true, allowIpLiterals: false };
const LAPTOP = { allowLoopbackHttp: false, allowIpLiterals: true };

describe(isAllowedUrl.name, () => {
  it('allows https to a named host under every policy', () => {
    for (const policy of [STACK, TESTS, LAPTOP]) {
      expect(isAllowedUrl('https://api.amazon.com/auth/o2/token', policy)).toBe(true);
    }
  });

  it.each([
    'http://127.0.0.1:8080/',
    'http://127.9.9.9/',
    'http://localhost:1/',
    'http://[::1]:2/',
    'http://2130706433/',
    'http://0x7f.1/',
  ])('allows %s only where loopback http is allowed', (url) => {
    expect([STACK, TESTS, LAPTOP].map((policy) => isAllowedUrl(url, policy))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each([
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://3232235777/',
    'https://10.0.0.1./',
    'https://[fe80::1]/',
    'https://[::ffff:7f00:1]/',
  ])('allows %s only where IP literals are allowed', (url) => {
    expect([STACK, TESTS, LAPTOP].map((policy) => isAllowedUrl(url, policy))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it.each([
    'http://api.amazon.com/',
    'http://10.0.0.1/',
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'file:///etc/passwd',
    '',
  ])('never allows %j', (url) => {
    expect([STACK, TESTS, LAPTOP].map((policy) => isAllowedUrl(url, policy))).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe(isLoopbackHost.name, () => {
  it('knows this machine by its names only', () => {
    expect(['localhost', '[::1]', '127.0.0.1', '127.255.0.3'].every(isLoopbackHost)).toBe(true);
    expect(
      ['localhost.example', '128.0.0.1', '[::2]', '127.0.0.1.example', ''].some(isLoopbackHost),
    ).toBe(false);
  });
});
