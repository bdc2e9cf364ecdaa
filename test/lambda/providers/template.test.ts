import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate, placeholders } from '../../../lambda/providers/template.ts';

describe(fillTemplate.name, () => {
  it('fills every placeholder with its value as it is, and never one inside a value', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const filled = fillTemplate('<{first}|{second}>', (name) => (name === 'first' ? a : b));
        expect(filled).toBe(`<${a}|${b}>`);
      }),
    );
    expect(fillTemplate('{a}', () => '{b}$&$1')).toBe('{b}$&$1');
  });

  it('gives nothing when a value is missing', () => {
    expect(fillTemplate('{a}-{b}', (name) => (name === 'a' ? '' : undefined))).toBeUndefined();
  });

  it('writes an object of one key as Base64 of its JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (user) => {
        const filled = fillTemplate('{user_id|json_base64}', () => user) ?? '';
        expect(JSON.parse(Buffer.from(filled, 'base64').toString())).toEqual({ user_id: user });
      }),
    );
    expect(fillTemplate('{user_id|json_base64}', () => 'kamalsingh1234')).toBe(
      'eyJ1c2VyX2lkIjoia2FtYWxzaW5naDEyMzQifQ==',
    );
  });
});

describe(placeholders.name, () => {
  it('names what a template needs', () => {
    expect(placeholders('https://{shop}.example/{user_id|json_base64}/{X}')).toEqual([
      'shop',
      'user_id',
    ]);
    expect(placeholders('plain')).toEqual([]);
  });
});
