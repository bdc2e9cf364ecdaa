import type { UrlChoice } from '../providers/fields.ts';
import type { GrantName, ProviderDefinition } from '../providers/provider.ts';
import { chooseUrl } from '../providers/url-choice.ts';
import { isLoopbackHost } from '../providers/url-policy.ts';
import { additionOf } from './correction.ts';
import { EntryFault, type MergedEntry, readOneOf, readText } from './merged-entry.ts';

/** Says where and how the request of one grant is sent. */
export interface Endpoint {
  token_url: string;
  client_auth: ProviderDefinition['client_auth'];
  body: ProviderDefinition['body'];
}

/**
 * Returns the endpoint of a grant. The entry's own fields win over the grant's, and those over the
 * definition's. A `token_url` of the entry replaces the definition's only. Throws EntryFault.
 */
export function readEndpoint(
  entry: MergedEntry,
  provider: ProviderDefinition,
  grant: GrantName,
  fields: ReadonlyMap<string, string>,
): Endpoint {
  const own = provider.grants[grant] ?? { params: {} };
  const named = own.token_url === undefined ? readText(entry, 'token_url') : undefined;
  const choice = own.token_url ?? provider.token_url;
  const url = named ?? definedUrl(entry, provider, choice, fields);
  const clientAuth = readOneOf(entry, 'client_auth', CLIENT_AUTH);
  const body = readOneOf(entry, 'body', ['form', 'json']);
  return {
    token_url: checkUrl(entry, url),
    client_auth: clientAuth ?? own.client_auth ?? provider.client_auth,
    body: body ?? own.body ?? provider.body,
  };
}

const CLIENT_AUTH = ['post', 'basic', 'basic_raw', 'none'] as const;

/** Returns the href of an https URL without user info and fragment. Throws EntryFault otherwise. */
function checkUrl(entry: MergedEntry, text: string): string {
  const path = entry.pathOf('token_url');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !isSecure(url)) {
    throw new EntryFault(path, 'it must be an https URL');
  }
  if (url.username || url.password || url.hash) {
    throw new EntryFault(path, 'it must hold no user name, password or fragment');
  }
  return url.href;
}

function isSecure({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') {
    return true;
  }
  return protocol === 'http:' && isLoopbackHost(hostname);
}

function definedUrl(
  entry: MergedEntry,
  provider: ProviderDefinition,
  choice: UrlChoice | null,
  fields: ReadonlyMap<string, string>,
): string {
  if (choice === null) {
    const path = entry.pathOf('token_url');
    throw new EntryFault(path, 'it is missing', additionOf(path, 'token_url'));
  }
  const chosen = chooseUrl(choice, provider, fields);
  if ('url' in chosen) {
    return chosen.url;
  }
  throw new EntryFault(entry.pathOf(chosen.field), chosen.problem);
}
