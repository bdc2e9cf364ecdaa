import { describe, expect, it } from 'vitest';
import { jwtEnd } from '../../../lambda/ahead/jwt-end.ts';

const jwt = (claims: unknown) =>
  ['{"alg":"ES256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

describe('jwtEnd', () => {
  it('reads the end of a secret that is a signed JWT', () => {
    expect(jwtEnd(jwt({ iss: 'TEAM', exp: 1_800_000_000 }))).toBe('2027-01-15T08:00:00.000Z');
  });

  it.each([
    'a-plain-secret',
    'two.parts',
    'a.b.c',
    jwt({ iss: 'TEAM' }),
    jwt({ exp: 'soon' }),
    jwt({ exp: 1e300 }),
    jwt(null),
    '',
  ])('finds none in %j', (secret) => {
    expect(jwtEnd(secret)).toBeNull();
  });
});
