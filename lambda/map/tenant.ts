import type { GrantName, ProviderDefinition } from '../providers/provider.ts';
import type { ChosenGrant } from './choose-grant.ts';
import type { Endpoint } from './endpoint.ts';
import type { FreeFields } from './tenant-fields.ts';

/**
 * Describes what a tenant holds that is sent and spent. Grants that spend nothing have none. They
 * are told apart by the fingerprint of what their request names and is no secret, such as its URL,
 * client_id, grant, user_id, scope and audience.
 */
type Credential =
  | { kind: 'authorization_code'; value: string; fingerprint: string }
  | { kind: 'refresh_token'; value: string; fingerprint: string }
  | { kind: 'none'; identity: string };

/** Describes one tenant with everything that its app lends it, checked. */
export interface Tenant extends Endpoint, FreeFields {
  valid: true;
  name: string;
  client_id: string;
  app: string | null;
  enabled: boolean;
  provider: ProviderDefinition;
  grant: GrantName;
  /** `habit`: only for a tenant whose history is empty and whose tokens came this way before. */
  grant_chosen_by: ChosenGrant['by'];
  credential: Credential;
  /**
   * The refresh token beside an authorization code, if any, what remains when the code
   * is spent.
   */
  refresh_token: string | null;
  /** Same client, same pacing: the client_id at the token endpoint's URL. */
  client: string;
  /** In the order in which they are tried. The first one is in `fields` too. */
  client_secrets: readonly string[];
  /** The grant that is sent at once with what this one brings, and where to. */
  next: ({ grant: GrantName } & Endpoint) | null;
  /** Merged over the provider's own consumer headers. */
  headers: Readonly<Record<string, string>>;
  max_concurrency: number;
  min_interval_ms: number;
  /**
   * Every text field of the entry and its app, the entry's winning, then the definition's defaults.
   */
  fields: ReadonlyMap<string, string>;
}

/**
 * A tenant whose entry, or whose provider's definition, is wrong. It fails alone. `path` names the
 * field; the message never holds its value.
 */
export interface InvalidTenant {
  valid: false;
  code: 'invalid_entry' | 'invalid_definition';
  name: string;
  enabled: boolean;
  /** The provider's id, where the entry names one that exists. */
  provider: string | null;
  path: string;
  message: string;
  next_step: string;
}
