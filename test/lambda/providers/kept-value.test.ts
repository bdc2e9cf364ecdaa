import { describe, expect, it } from 'vitest';
import { keptValue } from '../../../lambda/providers/kept-value.ts';

describe(keptValue.name, () => {
  it('keeps the whole value, or the group of its pattern', () => {
    expect(keptValue('[0-9]+', '4620')).toBe('4620');
    expect(keptValue('https://(accounts\\.zoho\\.(?:com|eu))', 'https://accounts.zoho.eu')).toBe(
      'accounts.zoho.eu',
    );
  });

  it.each([
    'https://accounts.zoho.eu.evil.example',
    'x https://accounts.zoho.eu',
    '',
    'x'.repeat(300),
  ])('keeps nothing of %j', (value) => {
    expect(keptValue('https://(accounts\\.zoho\\.eu)', value)).toBeUndefined();
  });
});
