import { fingerprint } from '../fingerprint.ts';
import { isName } from '../names.ts';
import type { GrantName, ProviderDefinition } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import { chooseUrl } from '../providers/url-choice.ts';
import { isLoopbackHost } from '../url-policy.ts';
import {
  EntryFault,
  type MergedEntry,
  mergeWithApp,
  readBoolean,
  readHeaders,
  readOneOf,
  readText,
  readWhole,
} from './merged-entry.ts';
import { grantNeeds, readFields, requireFields } from './tenant-fields.ts';
import type { VaultMap } from './vault-map.ts';

/** What a tenant holds that is sent and spent; none for grants that spend nothing. */
type Credential =
  | { kind: 'authorization_code'; value: string; fingerprint: string }
  | { kind: 'refresh_token'; value: string; fingerprint: string }
  | { kind: 'none' };

/** One tenant with everything its app lends it, checked (design section 3). */
export interface Tenant {
  valid: true;
  name: string;
  app: string | null;
  enabled: boolean;
  provider: ProviderDefinition;
  grant: GrantName;
  credential: Credential;
  /**
   * The refresh token that stands beside an authorization code, if any: what remains when the code
   * is spent.
   */
  refresh_token: string | null;
  /** Same client, same pacing: the client_id at the token endpoint's URL. */
  client: string;
  token_url: string;
  client_auth: ProviderDefinition['client_auth'];
  body: ProviderDefinition['body'];
  /**
   * Fingerprint of the request's non-secret identity: URL, client_id, grant, user_id, scope,
   * audience (design section 5).
   */
  identity: string;
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
 * A tenant whose entry is wrong: it fails alone. `path` names the field; the message never holds
 * its value.
 */
export interface InvalidTenant {
  valid: false;
  name: string;
  enabled: boolean;
  /** The provider's id, where the entry names one that exists. */
  provider: string | null;
  path: string;
  message: string;
  next_step: string;
}

/** A run asks for the same entries again and again; maps are never changed. */
const resolved = new WeakMap<VaultMap, Map<string, Tenant | InvalidTenant>>();

/**
 * Checks one tenant of the map. Never throws for what the map holds: whatever is wrong with the
 * entry or its app makes it an InvalidTenant.
 */
export function resolveTenant(name: string, map: VaultMap): Tenant | InvalidTenant {
  const known = resolved.get(map) ?? new Map<string, Tenant | InvalidTenant>();
  resolved.set(map, known);
  const tenant = known.get(name) ?? checkEntry(name, map);
  known.set(name, tenant);
  return tenant;
}

function checkEntry(name: string, map: VaultMap): Tenant | InvalidTenant {
  let entry: MergedEntry | undefined;
  try {
    entry = mergeWithApp(name, map);
    return toTenant(entry, definitionOf(entry));
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    return {
      valid: false,
      name,
      enabled: entry ? entry.values.enabled !== false : !isPaused(map.tenants.get(name)),
      provider:
        typeof entry?.values.provider === 'string'
          ? (providers.get(entry.values.provider)?.id ?? null)
          : null,
      path: error.path,
      message: `The entry of tenant ${isName(name) ? name : JSON.stringify(name)} is wrong at ${error.path}: ${error.message}.`,
      next_step: error.nextStep,
    };
  }
}

/** Of an entry that could not be laid over its app: whether it says so itself. */
function isPaused(entry: unknown): boolean {
  return (
    typeof entry === 'object' && entry !== null && 'enabled' in entry && entry.enabled === false
  );
}

/** Whether the entry was right. */
export function isTenant(tenant: Tenant | InvalidTenant): tenant is Tenant {
  return tenant.valid;
}

/** The checked form of a merged entry under a definition. Throws EntryFault. */
export function toTenant(entry: MergedEntry, provider: ProviderDefinition): Tenant {
  const fields = readFields(entry, provider);
  const clientAuth = readOneOf(entry, 'client_auth', ['post', 'basic']) ?? provider.client_auth;
  requireFields(entry, fields, [
    'client_id',
    ...(provider.required_fields ?? []),
    ...(clientAuth === 'basic' ? ['client_secret'] : []),
  ]);
  const tokenUrl = readTokenUrl(entry, provider, fields);
  const grant = chooseGrant(entry, provider, fields);
  const clientId = fields.get('client_id') ?? '';
  return {
    valid: true,
    name: entry.tenant,
    app: entry.app,
    enabled: readBoolean(entry, 'enabled') ?? true,
    provider,
    grant,
    credential: credentialOf(grant, fields),
    refresh_token: fields.get('refresh_token') ?? null,
    client: JSON.stringify([tokenUrl, clientId]),
    token_url: tokenUrl,
    client_auth: clientAuth,
    body: readOneOf(entry, 'body', ['form', 'json']) ?? provider.body,
    identity: fingerprint(
      JSON.stringify([
        tokenUrl,
        clientId,
        grant,
        ...['user_id', 'scope', 'audience'].map((field) => fields.get(field) ?? null),
      ]),
    ),
    headers: readHeaders(entry),
    max_concurrency: readWhole(entry, 'max_concurrency', 1) ?? provider.max_concurrency,
    min_interval_ms: readWhole(entry, 'min_interval_ms', 0) ?? provider.min_interval_ms,
    fields,
  };
}

const KNOWN_PROVIDERS = [...providers.keys()].join(', ');

function definitionOf(entry: MergedEntry): ProviderDefinition {
  const id = readText(entry, 'provider');
  if (id === undefined)
    throw new EntryFault(
      entry.pathOf('provider'),
      'it is missing',
      `Add it: one of ${KNOWN_PROVIDERS}.`,
    );
  const definition = providers.get(id);
  if (!definition)
    throw new EntryFault(
      entry.pathOf('provider'),
      `there is no such provider; there are ${KNOWN_PROVIDERS}`,
    );
  return definition;
}

function readTokenUrl(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): string {
  const url = parseUrl(readText(entry, 'token_url') ?? definedTokenUrl(entry, provider, fields));
  const secure =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!url || !secure) throw new EntryFault(entry.pathOf('token_url'), 'it must be an https URL');
  if (url.username || url.password || url.hash)
    throw new EntryFault(
      entry.pathOf('token_url'),
      'it must hold no user name, password or fragment',
    );
  return url.href;
}

function definedTokenUrl(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): string {
  if (provider.token_url === null)
    throw new EntryFault(
      entry.pathOf('token_url'),
      'it is missing',
      'Add token_url to the tenant or its app.',
    );
  const chosen = chooseUrl(provider.token_url, provider, fields);
  if ('url' in chosen) return chosen.url;
  throw new EntryFault(entry.pathOf(chosen.field), chosen.problem);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function chooseGrant(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): GrantName {
  for (const held of ['authorization_code', 'refresh_token'] as const) {
    if (!fields.has(held)) continue;
    if (!provider.grants[held])
      throw new EntryFault(
        entry.pathOf(held),
        `${provider.title} takes none`,
        `Remove ${entry.pathOf(held)}.`,
      );
    requireFields(entry, fields, grantNeeds(provider, held));
    return held;
  }
  const own = provider.own_grants ?? [];
  const usable = own.find((grant) =>
    grantNeeds(provider, grant).every((field) => fields.has(field)),
  );
  if (usable) return usable;
  if (!provider.grants.refresh_token && own[0])
    requireFields(entry, fields, grantNeeds(provider, own[0]));
  throw new EntryFault(
    entry.pathOf('refresh_token'),
    'it holds no credential yet',
    `Run: tokens connect ${entry.tenant}`,
  );
}

function credentialOf(grant: GrantName, fields: ReadonlyMap<string, string>): Credential {
  if (grant !== 'authorization_code' && grant !== 'refresh_token') return { kind: 'none' };
  const value = fields.get(grant) ?? '';
  return { kind: grant, value, fingerprint: fingerprint(value) };
}
