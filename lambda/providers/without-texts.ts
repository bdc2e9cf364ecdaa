import type { ProviderDefinition } from './provider.ts';

/** Returns a definition without what it says to people alone. Bundles leave that out. */
export function withoutTexts({
  register_url: _,
  unconfirmed: __,
  ...facts
}: ProviderDefinition): Omit<ProviderDefinition, 'register_url' | 'unconfirmed'> {
  return facts;
}
