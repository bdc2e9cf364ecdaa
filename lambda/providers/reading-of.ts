import type { GrantName, ProviderDefinition } from './provider.ts';
import type { ReadingRules, ResponseDefinition, ResponseOfGrant } from './reading.ts';

/** Returns the rules by which the replies of a grant are read. */
export function readingOf(definition: ProviderDefinition, grant: string): ReadingRules {
  const { response, errors = {}, grants } = definition;
  const { response: own, local } = grants[grant as GrantName] ?? {};
  if (local) {
    return { response: { ...response, ...LOCAL_RESPONSE }, errors };
  }
  return { response: own ? { ...response, ...definedOf(own) } : response, errors };
}

/** Tokens that are made here come in the form of RFC 6749 section 5.1. */
const LOCAL_RESPONSE = {
  ok_when: undefined,
  access_token: 'access_token',
  refresh_token: null,
  token_type: 'token_type',
  expires: { path: 'expires_in', kind: 'seconds' },
} satisfies Partial<ResponseDefinition>;

function definedOf(partial: ResponseOfGrant): Partial<ResponseDefinition> {
  const defined = Object.entries(partial).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Partial<ResponseDefinition>;
}
