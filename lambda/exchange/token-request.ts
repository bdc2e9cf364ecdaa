import type { Tenant } from '../map/tenant-entry.ts';
import type { HttpRequest } from '../ports.ts';
import type { GrantName } from '../providers/provider.ts';
import { fillTemplate } from '../providers/template.ts';

/** What is sent: the grant, and the code or refresh token that it spends. */
export interface CredentialUse {
  grant: GrantName;
  credential: string | null;
}

/**
 * The request of a tenant's grant to its token endpoint (RFC 6749 sections 2.3.1, 4 and 6).
 * `generated.uuid` fills `{uuid}`: fresh per request. The request is a secret, its URL included.
 * Throws for a tenant that lacks what the grant needs, which resolveTenant refuses.
 */
export function tokenRequest(
  tenant: Tenant,
  use: CredentialUse,
  generated: { uuid: string },
): HttpRequest {
  const lookUp = (name: string) =>
    name === 'uuid'
      ? generated.uuid
      : name === 'credential'
        ? (use.credential ?? undefined)
        : tenant.fields.get(name);
  const params = { ...grantParams(tenant, use.grant, lookUp), ...clientParams(tenant) };
  const headers: Record<string, string> = { accept: 'application/json', ...clientHeaders(tenant) };
  for (const [name, template] of Object.entries(tenant.provider.request_headers ?? {}))
    headers[name] = fill(tenant, template, lookUp);
  switch (tenant.body) {
    case 'query': {
      const url = new URL(tenant.token_url);
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return { method: 'GET', url: url.href, headers, body: undefined };
    }
    case 'json':
      return {
        method: 'POST',
        url: tenant.token_url,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(params),
      };
    case 'form': {
      const type = 'application/x-www-form-urlencoded;charset=UTF-8';
      return {
        method: 'POST',
        url: tenant.token_url,
        headers: { ...headers, 'content-type': type },
        body: new URLSearchParams(params).toString(),
      };
    }
  }
}

/** `id:secret` in Base64, both form-encoded first (RFC 6749 section 2.3.1). */
export function basicCredentials(clientId: string, clientSecret: string): string {
  return Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64');
}

function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

type LookUp = (name: string) => string | undefined;

function grantParams(tenant: Tenant, grantName: GrantName, lookUp: LookUp): Record<string, string> {
  const grant = tenant.provider.grants[grantName];
  if (!grant)
    throw new Error(`Tenant ${tenant.name}: ${tenant.provider.id} has no grant ${grantName}`);
  const params: Record<string, string> = {};
  if (grant.grant_type !== null) params.grant_type = grant.grant_type ?? grantName;
  for (const [name, template] of Object.entries(grant.params)) {
    const optional = name.endsWith('?');
    const value = optional ? fillTemplate(template, lookUp) : fill(tenant, template, lookUp);
    if (value !== undefined) params[optional ? name.slice(0, -1) : name] = value;
  }
  return params;
}

function fill(tenant: Tenant, template: string, lookUp: LookUp): string {
  const filled = fillTemplate(template, lookUp);
  if (filled === undefined)
    throw new Error(`Tenant ${tenant.name} lacks a field that ${tenant.provider.id} needs`);
  return filled;
}

function clientParams(tenant: Tenant): Record<string, string> {
  if (tenant.client_auth !== 'post') return {};
  const names = tenant.provider.client_names ?? {
    client_id: 'client_id',
    client_secret: 'client_secret',
  };
  const secret = tenant.fields.get('client_secret');
  return {
    [names.client_id]: tenant.fields.get('client_id') ?? '',
    ...(secret === undefined ? {} : { [names.client_secret]: secret }),
  };
}

function clientHeaders(tenant: Tenant): Record<string, string> {
  if (tenant.client_auth !== 'basic') return {};
  return {
    authorization: `Basic ${basicCredentials(tenant.fields.get('client_id') ?? '', tenant.fields.get('client_secret') ?? '')}`,
  };
}
