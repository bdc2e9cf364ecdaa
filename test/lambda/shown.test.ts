import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUnseen, shown } from '../../lambda/shown.ts';
import { anyText } from '../fakes/any-text.ts';

describe(shown.name, () => {
  it.each([
    ['a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['abc\u202egpj', 'abc\\u{202e}gpj'],
    ['a\r\nb', 'a\\u{d}\\u{a}b'],
    ['a\u2028b', 'a\\u{2028}b'],
    ['a\u0085b', 'a\\u{85}b'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['lone\ud800', 'lone\\u{d800}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['Müller & Söhne, 東京', 'Müller & Söhne, 東京'],
  ])('shows %j as %s', (text, seen) => expect(shown(text)).toBe(seen));

  it('cuts a long text', () => expect(shown('x'.repeat(500))).toHaveLength(121));
});

describe(escapeUnseen.name, () => {
  it('leaves nothing that acts on a terminal', () =>
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(escapeUnseen(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    ));
});
