import { describe, expect, it } from 'vitest';
import {
  hashOf,
  isAttemptId,
  isLinkId,
  matchesHash,
  newAttemptId,
  newLinkToken,
  parseLinkToken,
} from '../../../lambda/connect/link-token.ts';

describe(newLinkToken.name, () => {
  it('makes an id of 16 bytes and a secret of 32, in base 32', () => {
    const { id, secret } = newLinkToken();
    expect(id).toMatch(/^[a-z2-7]{26}$/);
    expect(secret).toMatch(/^[a-z2-7]{52}$/);
  });

  it('never makes the same twice', () => {
    const made = Array.from({ length: 500 }, () => newLinkToken());
    expect(new Set(made.flatMap(({ id, secret }) => [id, secret])).size).toBe(1000);
  });
});

describe(parseLinkToken.name, () => {
  it('takes apart what was made', () => {
    const token = newLinkToken();
    expect(parseLinkToken(token.id + token.secret)).toEqual(token);
  });

  it.each([
    ['nothing', ''],
    ['the id alone', 'a'.repeat(26)],
    ['one letter less', 'a'.repeat(77)],
    ['one letter more', 'a'.repeat(79)],
    ['capitals', 'A'.repeat(78)],
    ['a digit that base 32 has not', `${'a'.repeat(77)}1`],
    ['a path', `${'a'.repeat(70)}/../../x`],
    ['letters that only look the same', `${'a'.repeat(77)}а`],
    ['a line break at its end', `${'a'.repeat(77)}\n`],
  ])('refuses %s', (_what, text) => expect(parseLinkToken(text)).toBeNull());
});

describe(matchesHash.name, () => {
  it('knows a secret by its hash', () => {
    const { secret } = newLinkToken();
    expect(matchesHash(secret, hashOf(secret))).toBe(true);
    expect(matchesHash(newLinkToken().secret, hashOf(secret))).toBe(false);
  });

  it('takes no stored text that is no hash', () => {
    expect(matchesHash('a', 'a')).toBe(false);
    expect(matchesHash('', '')).toBe(false);
  });
});

describe('ids', () => {
  it('tells links and attempts apart by their length', () => {
    expect([isLinkId(newLinkToken().id), isAttemptId(newAttemptId())]).toEqual([true, true]);
    expect([isLinkId(newAttemptId()), isAttemptId(newLinkToken().id)]).toEqual([false, false]);
  });
});
