import { describe, expect, it } from 'vitest';
import { definedAspect } from '../../../lambda/ahead/defined-aspect.ts';
import { providers } from '../../../lambda/providers/registry.ts';

const defined = (provider: string, aspect: string) => {
  const definition = providers.get(provider);
  return definition && definedAspect(definition, aspect);
};

describe(definedAspect.name, () => {
  it.each([
    ['hubspot', 'refresh_token', 'repeats'],
    ['linkedin', 'refresh_life_s', 365 * 86_400],
    ['amazon-ads', 'access_life_s', 3_600],
    ['amazon-ads', 'field:scope', null],
    ['amazon-ads', 'latency_ms', null],
  ])('says of %s and %s what the definition says', (provider, aspect, said) => {
    expect(defined(provider, aspect)).toBe(said);
  });
});
