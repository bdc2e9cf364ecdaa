import type { ProviderDefinition } from '../providers/provider.ts';

/**
 * Returns what a definition says of an aspect that runs observe, or null where it says nothing of
 * it.
 */
export function definedAspect(
  { rotates, response }: ProviderDefinition,
  aspect: string,
): string | number | null {
  switch (aspect) {
    case 'refresh_token':
      return rotates === undefined ? null : REFRESH_TOKEN[rotates];
    case 'access_life_s':
      return response.default_expires_in_s;
    case 'refresh_life_s':
      return response.refresh_expires?.find(({ path }) => path !== undefined)?.after_s ?? null;
    default:
      return null;
  }
}

const REFRESH_TOKEN = {
  always: 'changes',
  sometimes: 'differs',
  never: 'repeats',
} as const;
