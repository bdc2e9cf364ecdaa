import type { GrantName, ProviderDefinition } from './providers/provider.ts';

/** What a tenant holds that is sent and spent; none for grants that spend nothing. */
export type Credential =
  | { kind: 'authorization_code'; value: string; fingerprint: string }
  | { kind: 'refresh_token'; value: string; fingerprint: string }
  | { kind: 'none' };

/** One tenant with everything its app lends it, checked (design section 3). */
export interface Tenant {
  name: string;
  app: string | null;
  enabled: boolean;
  provider: ProviderDefinition;
  grant: GrantName;
  credential: Credential;
  /** The refresh token that stands beside an authorization code, if any: what remains when the code is spent. */
  refresh_token: string | null;
  /** Same client, same pacing: the client_id at the token endpoint's URL. */
  client: string;
  token_url: string;
  client_auth: ProviderDefinition['client_auth'];
  body: ProviderDefinition['body'];
  /** Fingerprint of the request's non-secret identity: URL, client_id, grant, user_id, scope, audience (design section 5). */
  identity: string;
  /** Merged over the provider's own consumer headers. */
  headers: Readonly<Record<string, string>>;
  max_concurrency: number;
  min_interval_ms: number;
  /** Every text field of the entry and its app, the entry's winning. */
  fields: ReadonlyMap<string, string>;
}

/** A tenant whose entry is wrong: it fails alone. `path` names the field; the message never holds its value. */
export interface InvalidTenant {
  name: string;
  path: string;
  message: string;
  next_step: string;
}
