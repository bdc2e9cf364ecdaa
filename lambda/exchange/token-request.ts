import type { Endpoint } from '../map/endpoint.ts';
import type { Tenant } from '../map/tenant.ts';
import type { HttpRequest } from '../ports.ts';
import type { ParamValue } from '../providers/grant-definition.ts';
import type { GrantName } from '../providers/provider.ts';
import { signJwt } from '../providers/sign-jwt.ts';
import { fillValue, type LookUp, parameterName } from '../providers/template.ts';

/** Describes what is sent, the grant and the code or token that it spends. */
export interface CredentialUse {
  grant: GrantName;
  credential: string | null;
}

/** Holds what is new in each request. */
export interface Generated {
  uuid: string;
  nowMs: number;
}

/**
 * Returns the request of a tenant's grant to its token endpoint (RFC 6749 sections 2.3.1, 4 and 6),
 * or of the grant that follows it. The request is a secret, its URL included. Throws for a tenant
 * that lacks what the grant needs, which resolveTenant refuses.
 */
export function tokenRequest(
  tenant: Tenant,
  use: CredentialUse,
  generated: Generated,
): HttpRequest {
  const endpoint = tenant.next?.grant === use.grant ? tenant.next : tenant;
  const lookUp = lookUpIn(tenant, {
    ...generated,
    ...use,
    tokenUrl: endpoint.token_url,
  });
  const { provider } = tenant;
  const params = Object.assign(
    grantParams(tenant, use.grant, lookUp),
    clientParams(tenant, endpoint.client_auth),
  );
  const headers = {
    accept: 'application/json',
    ...clientHeaders(tenant, endpoint.client_auth),
    ...(fillNamed(tenant, provider.request_headers ?? {}, lookUp) as Record<string, string>),
  };
  return encode(endpoint, params, headers);
}

/** Holds what a request's templates may name beside the fields of the entry. */
interface Fresh extends Generated {
  credential: string | null;
  tokenUrl: string;
}

/** Looks up the placeholders of a request's templates, signed values included. */
export function lookUpIn(
  { fields, provider }: Pick<Tenant, 'fields' | 'provider'>,
  fresh: Fresh,
): LookUp {
  const plain: LookUp = (name) => generatedValue(name, fresh) ?? fields.get(name);
  return (name) => {
    const recipe = provider.signed?.[name];
    return recipe ? signJwt(recipe, plain, fresh.nowMs) : plain(name);
  };
}

function generatedValue(
  name: string,
  { uuid, nowMs, credential, tokenUrl }: Fresh,
): string | undefined {
  switch (name) {
    case 'uuid':
      return uuid;
    case 'now_s':
      return String(Math.floor(nowMs / 1000));
    case 'now_ms':
      return String(nowMs);
    case 'token_url':
      return tokenUrl;
    case 'credential':
      return credential ?? undefined;
    default:
      return undefined;
  }
}

/** Puts parameters where an endpoint takes them. */
export function encode(
  { token_url, body }: Pick<Endpoint, 'token_url' | 'body'>,
  params: Readonly<Record<string, ParamValue>>,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  const texts = () =>
    Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]);
  switch (body) {
    case 'query': {
      const url = new URL(token_url);
      for (const [name, value] of texts()) {
        url.searchParams.set(name, value);
      }
      return {
        method: 'GET',
        url: url.href,
        headers,
        body: undefined,
      };
    }
    case 'json':
      return {
        method: 'POST',
        url: token_url,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(params),
      };
    case 'form': {
      const type = 'application/x-www-form-urlencoded;charset=UTF-8';
      return {
        method: 'POST',
        url: token_url,
        headers: { ...headers, 'content-type': type },
        body: new URLSearchParams(texts()).toString(),
      };
    }
  }
}

/** Returns `id:secret` in Base64, both form-encoded first (RFC 6749 section 2.3.1). */
export function basicCredentials(clientId: string, clientSecret: string): string {
  return rawCredentials(formEncode(clientId), formEncode(clientSecret));
}

function rawCredentials(clientId: string, clientSecret: string): string {
  return Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
}

function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

function grantParams(
  tenant: Tenant,
  grantName: GrantName,
  lookUp: LookUp,
): Record<string, ParamValue> {
  const grant = tenant.provider.grants[grantName];
  if (!grant) {
    throw new Error(`Tenant ${tenant.name}: ${tenant.provider.id} has no grant ${grantName}`);
  }
  const { grant_type = grantName, params } = grant;
  const filled = fillNamed(tenant, params, lookUp);
  return grant_type === null ? filled : { grant_type, ...filled };
}

/**
 * Fills the templates of a request's parameters or headers. Leaves out an optional one whose field
 * the tenant lacks, and throws for any other.
 */
export function fillNamed(
  tenant: Tenant,
  named: Readonly<Record<string, ParamValue>>,
  lookUp: LookUp,
): Record<string, ParamValue> {
  const filled: Record<string, ParamValue> = {};
  for (const [name, template] of Object.entries(named)) {
    const { sentAs, optional } = parameterName(name);
    const value = fillValue(template, lookUp);
    if (value !== undefined) {
      filled[sentAs] = value;
    } else if (!optional) {
      throw new Error(`Tenant ${tenant.name} lacks a field that ${tenant.provider.id} needs`);
    }
  }
  return filled;
}

/** Returns the parameters by which a client authenticates, where it does so in the body. */
export function clientParams(
  { client_id, fields, provider }: Pick<Tenant, 'client_id' | 'fields' | 'provider'>,
  auth: Endpoint['client_auth'],
): Record<string, string> {
  if (auth !== 'post') {
    return {};
  }
  const names = provider.client_names ?? {
    client_id: 'client_id',
    client_secret: 'client_secret',
  };
  const secret = fields.get('client_secret');
  return {
    [names.client_id]: client_id,
    ...(secret !== undefined && { [names.client_secret]: secret }),
  };
}

/** Returns the Authorization header of a client that authenticates by HTTP Basic. */
export function clientHeaders(
  { client_id: id, fields }: Pick<Tenant, 'client_id' | 'fields'>,
  auth: Endpoint['client_auth'],
): Record<string, string> {
  const secret = fields.get('client_secret') ?? '';
  switch (auth) {
    case 'basic':
      return { authorization: `Basic ${basicCredentials(id, secret)}` };
    case 'basic_raw':
      return { authorization: `Basic ${rawCredentials(id, secret)}` };
    case 'post':
    case 'none':
      return {};
  }
}
