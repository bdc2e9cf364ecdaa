import { tokenRequest } from '../../lambda/exchange/token-request.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import type { GrantName, ProviderDefinition } from '../../lambda/providers/provider.ts';
import { definitionFields, secretFields } from '../../lambda/providers/request-fields.ts';
import { fillTemplate } from '../../lambda/providers/template.ts';
import { urlTemplates } from '../../lambda/providers/url-choice.ts';

/** The request of one grant, with names in place of values. */
export interface MaskedRequest {
  grant: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** The token is made here. No request is sent. */
  local?: true;
}

const SECRET = '***';

/**
 * Returns the request of every grant, made by the code that asks platforms. Names stand for values,
 * and stars for secrets.
 */
export function maskedRequests(definition: ProviderDefinition): MaskedRequest[] {
  return (Object.keys(definition.grants) as GrantName[]).map((grant) =>
    maskedRequest(definition, grant),
  );
}

function maskedRequest(definition: ProviderDefinition, grant: GrantName): MaskedRequest {
  const own = definition.grants[grant];
  if (own?.local) {
    return {
      grant,
      method: '',
      url: '',
      headers: {},
      body: null,
      local: true,
    };
  }
  const { signed: _, ...unsigned } = definition;
  const fields = placeholderFields(definition);
  const [template = 'https://{token_url}'] = urlTemplates(own?.token_url ?? definition.token_url);
  const token_url = fillTemplate(template, (name) => `x-${name}-x`) ?? '';
  const tenant = {
    name: 'tenant',
    provider: unsigned,
    grant,
    client_id: '{client_id}',
    fields,
    next: null,
    token_url,
    client_auth: own?.client_auth ?? definition.client_auth,
    body: own?.body ?? definition.body,
  } as unknown as Tenant;
  const request = tokenRequest(tenant, { grant, credential: SECRET }, { uuid: '{uuid}', nowMs: 0 });
  const shown = (text: string) => decode(text).replaceAll(/x-([a-z0-9_]+)-x/g, '{$1}');
  return {
    grant,
    method: request.method,
    url: shown(request.url),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, maskHeader(name, value)]),
    ),
    body: request.body === undefined ? null : shown(request.body),
  };
}

/** Returns every field of the definition, by its own name. A signed value counts as a secret. */
function placeholderFields(definition: ProviderDefinition): Map<string, string> {
  const secrets = new Set([...secretFields(definition), ...Object.keys(definition.signed ?? {})]);
  const fields = [
    ...definitionFields(definition),
    ...Object.keys(definition.signed ?? {}),
    'client_id',
    'client_secret',
    'redirect_uri',
    'code_verifier',
  ];
  return new Map(fields.map((field) => [field, secrets.has(field) ? SECRET : `{${field}}`]));
}

function maskHeader(name: string, value: string): string {
  return name === 'authorization' ? `Basic of {client_id}:${SECRET}` : value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
