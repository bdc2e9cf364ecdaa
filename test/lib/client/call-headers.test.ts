import { describe, expect, it } from 'vitest';
import type { PublishedToken } from '../../../lambda/keep/published.ts';
import { callHeaders, platformHeaders } from '../../../lib/client/call-headers.ts';

const NOW = Date.parse('2026-11-22T02:17:03.120Z');

function token(headers: Record<string, string>, token_type = 'bearer'): PublishedToken {
  return { access_token: 'a.1', token_type, expires_at: null, headers, archive_key: '' };
}

describe(callHeaders.name, () => {
  it.each([
    ['bearer', 'Bearer a.1'],
    ['BEARER', 'Bearer a.1'],
    ['MAC', 'MAC a.1'],
  ])('writes the scheme of token type %s', (type, expected) => {
    expect(callHeaders(token({}, type), NOW)).toEqual({ Authorization: expected });
  });

  it("lets a header of the tenant's own take the place of Authorization", () => {
    expect(callHeaders(token({ authorization: 'own' }), NOW)).toEqual({ authorization: 'own' });
  });

  it('sends no Authorization where the platform wants none', () => {
    expect(callHeaders(token({ Authorization: '', 'X-Auth': 'a.1' }), NOW)).toEqual({
      'X-Auth': 'a.1',
    });
  });

  it('fills what is new at each call', () => {
    const asked = token({ 'X-Id': '{uuid}', 'X-At': '{now_ms}', 'X-Sign': 'v1:{now_s}:{uuid}' });
    const headers = callHeaders(asked, NOW);
    expect(headers['X-At']).toBe(String(NOW));
    expect(headers['X-Sign']).toMatch(/^v1:1795313823:[0-9a-f-]{36}$/);
    expect(headers['X-Id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(callHeaders(asked, NOW)['X-Id']).not.toBe(headers['X-Id']);
  });

  it('leaves every other brace as it is', () => {
    expect(callHeaders(token({ 'X-Filter': '{"a":{b}}' }), NOW)['X-Filter']).toBe('{"a":{b}}');
  });
});

describe(platformHeaders.name, () => {
  it('fills the headers of a platform, and adds no Authorization', () => {
    const walmart = token({ Authorization: '', 'X-Id': '{uuid}', 'X-Token': 'a.1' });
    expect(platformHeaders(walmart, NOW)).toEqual({
      'X-Id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'X-Token': 'a.1',
    });
    const zoho = token({ Authorization: 'Zoho-oauthtoken a.1' });
    expect(platformHeaders(zoho, NOW)).toEqual({ Authorization: 'Zoho-oauthtoken a.1' });
  });
});
