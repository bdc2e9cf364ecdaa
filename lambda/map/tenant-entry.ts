import { fingerprint } from '../fingerprint.ts';
import { isObject } from '../is-object.ts';
import { isName } from '../names.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import type { GrantName, ProviderDefinition } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import { grantFields } from '../providers/request-fields.ts';
import { remembered } from '../remembered.ts';
import { chooseGrant } from './choose-grant.ts';
import { additionOf } from './correction.ts';
import { DefinitionFault, findProvider, providerIds } from './definitions.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import {
  EntryFault,
  type MergedEntry,
  mergeWithApp,
  readBoolean,
  readHeaders,
  readText,
  readWhole,
} from './merged-entry.ts';
import type { InvalidTenant, Tenant } from './tenant.ts';
import {
  identifyingFields,
  readClientSecrets,
  readFields,
  readFreeFields,
  requireFields,
} from './tenant-fields.ts';
import type { VaultMap } from './vault-map.ts';

/** A run asks for the same entries many times. Maps are never changed. */
const resolved = new WeakMap<VaultMap, Map<string, Tenant | InvalidTenant>>();

/**
 * Checks one tenant of the map. Never throws for what the map holds. Whatever is wrong with the
 * entry, its app or its provider's definition makes it an InvalidTenant.
 */
export function resolveTenant(name: string, map: VaultMap): Tenant | InvalidTenant {
  const tenants = remembered(resolved, map, () => new Map<string, Tenant | InvalidTenant>());
  return remembered(tenants, name, () => checkEntry(name, map));
}

/** Returns whether the entry was right. */
export function isTenant(tenant: Tenant | InvalidTenant): tenant is Tenant {
  return tenant.valid;
}

/** Returns the checked form of a merged entry under a definition. Throws EntryFault. */
export function toTenant(entry: MergedEntry, provider: ProviderDefinition): Tenant {
  const secrets = readClientSecrets(entry);
  const fields = readFields(entry, provider);
  const [firstSecret] = secrets;
  if (firstSecret !== undefined) {
    fields.set('client_secret', firstSecret);
  }
  requireFields(entry, fields, ['client_id', ...(provider.required_fields ?? [])]);
  const { grant, by } = chooseGrant(entry, provider, fields);
  const endpoint = readEndpoint(entry, provider, grant, fields);
  if (endpoint.client_auth.startsWith('basic')) {
    requireFields(entry, fields, ['client_secret']);
  }
  const clientId = fields.get('client_id') ?? '';
  return {
    valid: true,
    name: entry.tenant,
    client_id: clientId,
    app: entry.app,
    enabled: readBoolean(entry, 'enabled') ?? true,
    provider,
    grant,
    grant_chosen_by: by,
    credential: credentialOf(provider, grant, endpoint, fields),
    refresh_token: fields.get('refresh_token') ?? null,
    client: JSON.stringify([endpoint.token_url, clientId]),
    client_secrets: secrets,
    ...endpoint,
    next: readNext(entry, provider, grant, fields),
    headers: readHeaders(entry),
    max_concurrency: readWhole(entry, 'max_concurrency', 1) ?? provider.max_concurrency,
    min_interval_ms: readWhole(entry, 'min_interval_ms', 0) ?? provider.min_interval_ms,
    fields,
    ...readFreeFields(entry),
  };
}

function checkEntry(name: string, map: VaultMap): Tenant | InvalidTenant {
  let entry: MergedEntry | undefined;
  try {
    const { isIssued } = map;
    entry = Object.assign(mergeWithApp(name, map), isIssued && { isIssued });
    return toTenant(entry, definitionOf(entry, map));
  } catch (error) {
    if (!(error instanceof EntryFault)) {
      throw error;
    }
    return invalidTenant(name, map, entry, error);
  }
}

function invalidTenant(
  name: string,
  map: VaultMap,
  entry: MergedEntry | undefined,
  fault: EntryFault,
): InvalidTenant {
  const shown = isName(name) ? name : JSON.stringify(name);
  const isDefinition = fault instanceof DefinitionFault;
  const place = isDefinition
    ? `The provider of tenant ${shown} is defined wrongly at`
    : `The entry of tenant ${shown} is wrong at`;
  return {
    valid: false,
    code: isDefinition ? 'invalid_definition' : 'invalid_entry',
    name,
    enabled: entry ? entry.values.enabled !== false : !isPaused(map.tenants.get(name)),
    provider: knownProvider(entry?.values.provider, map),
    path: fault.path,
    message: `${place} ${fault.path}: ${fault.message}.`,
    next_step: fault.nextStep,
  };
}

function knownProvider(id: unknown, map: VaultMap): string | null {
  return typeof id === 'string' && providerIds(map).includes(id) ? id : null;
}

/** Looks at an entry that could not be laid over its app. */
function isPaused(entry: unknown): boolean {
  return isObject(entry) && entry.enabled === false;
}

function definitionOf(entry: MergedEntry, map: VaultMap): ProviderDefinition {
  const id = readText(entry, 'provider');
  const path = entry.pathOf('provider');
  const ids = () => providerIds(map).filter(isName).join(', ');
  if (id === undefined) {
    throw new EntryFault(
      path,
      'it is missing',
      `${additionOf(path, 'provider')}. One of ${ids()}.`,
    );
  }
  const definition = findProvider(map, id);
  if (!definition) {
    throw new EntryFault(path, `there is no such provider; there are ${ids()}`);
  }
  return definition;
}

/** Returns the endpoint of the grant that follows another one, or that a code's token awaits. */
function readNext(
  entry: MergedEntry,
  provider: ProviderDefinition,
  grant: GrantName,
  fields: ReadonlyMap<string, string>,
): Tenant['next'] {
  const { authorization_code, [grant]: own } = provider.grants;
  const next = own?.followed_by ?? authorization_code?.followed_by;
  if (!next) {
    return null;
  }
  return { grant: next, ...readEndpoint(entry, provider, next, fields) };
}

/** An identity of version 0.1 held these fields, named by the request or not. */
const FIRST_IDENTITY = ['user_id', 'scope', 'audience'];

/** The texts of an operator's own request may name an account themselves. */
function ownRequest(provider: ProviderDefinition, grant: GrantName): string[] {
  const isShipped = providers.get(provider.id) === provider;
  const { params = {} } = provider.grants[grant] ?? {};
  return isShipped ? [] : [JSON.stringify([params, provider.request_headers ?? {}])];
}

/** Fields that another exchange may change, and that are no part of what is asked for. */
const NO_IDENTITY: ReadonlySet<string> = new Set(['client_id', ...FIRST_IDENTITY]);

function identityOf(
  provider: ProviderDefinition,
  grant: GrantName,
  { token_url }: Endpoint,
  fields: ReadonlyMap<string, string>,
): string {
  const named = identifyingFields(provider, grantFields(provider, grant), fields);
  const identity = [
    token_url,
    fields.get('client_id') ?? '',
    grant,
    ...FIRST_IDENTITY.map((field) => fields.get(field) ?? null),
    ...named.filter(([field]) => !NO_IDENTITY.has(field)),
    ...ownRequest(provider, grant),
  ];
  return fingerprint(JSON.stringify(identity));
}

function credentialOf(
  provider: ProviderDefinition,
  grant: GrantName,
  endpoint: Endpoint,
  fields: ReadonlyMap<string, string>,
): Tenant['credential'] {
  const isCode = isCodeGrant(grant);
  const spendsField = isCode || grant === 'refresh_token';
  const value = spendsField ? fields.get(grant) : undefined;
  if (value === undefined) {
    return { kind: 'none', identity: identityOf(provider, grant, endpoint, fields) };
  }
  return {
    kind: isCode ? 'authorization_code' : 'refresh_token',
    value,
    fingerprint: fingerprint(value),
  };
}
