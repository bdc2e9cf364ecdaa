import { randomUUID } from 'node:crypto';
import type { ConsentQuestion } from '../../lambda/connect/connect-link.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { fillTemplate } from '../../lambda/providers/template.ts';
import { chooseUrl } from '../../lambda/providers/url-choice.ts';
import { isLoopbackHost } from '../../lambda/providers/url-policy.ts';
import { CommandError } from '../errors.ts';

/**
 * Returns what a tenant's consent page is asked (RFC 6749 section 4.1.1), all but the state and the
 * code challenge of one attempt. Throws CommandError for a tenant whose provider has no consent
 * page that is known.
 */
export function consentQuestion(tenant: Tenant, redirectUri: string): ConsentQuestion {
  const { authorize } = tenant.provider;
  if (!authorize) {
    throw new CommandError(
      `${tenant.provider.title} asks nobody for consent: tenant ${tenant.name} needs no connect.`,
    );
  }
  const page = consentPage(tenant);
  for (const [name, value] of questionParameters(tenant, redirectUri)) {
    page.searchParams.set(name, value);
  }
  return {
    url: page.href,
    code_param: authorize.code_param,
    pkce: authorize.pkce,
    issuer: expectedIssuer(tenant, page.origin),
    keep: { ...authorize.keep },
    code_lifetime_s: authorize.code_lifetime_s,
  };
}

/** Returns the standard parameters under the platform's names, and the platform's own. */
function questionParameters(tenant: Tenant, redirectUri: string): [name: string, value: string][] {
  const { fields, provider } = tenant;
  const { names = {}, default_scope, params = {} } = provider.authorize ?? {};
  const clientId =
    names.client_id === undefined ? provider.client_names?.client_id : names.client_id;
  const standard: [name: string | null | undefined, usual: string, value: string | undefined][] = [
    [names.response_type, 'response_type', 'code'],
    [clientId, 'client_id', tenant.client_id],
    [names.redirect_uri, 'redirect_uri', redirectUri],
    [names.scope, 'scope', fields.get('scope') ?? default_scope],
    [undefined, 'audience', fields.get('audience')],
  ];
  const own = Object.entries(params).map(([name, template]): [string, string | undefined] => {
    const optional = name.endsWith('?');
    const value = fillTemplate(template, (field) =>
      field === 'uuid' ? randomUUID() : fields.get(field),
    );
    if (value === undefined && !optional) {
      throw new CommandError(`Tenant ${tenant.name} lacks a field that its consent page needs.`);
    }
    return [optional ? name.slice(0, -1) : name, value];
  });
  return [
    ...standard.map(([name, usual, value]) => [name === undefined ? usual : name, value] as const),
    ...own,
  ].filter((pair): pair is [string, string] => pair[0] !== null && pair[1] !== undefined);
}

/**
 * The `iss` of the redirect (RFC 9207): the definition's, which each redirect carries; else the
 * entry's; else all that is known is the origin of the consent page.
 */
function expectedIssuer({ provider, fields }: Tenant, origin: string): ConsentQuestion['issuer'] {
  const told = fields.get('issuer');
  const sent = fillTemplate(provider.authorize?.issuer ?? '', (field) => fields.get(field));
  if (told !== undefined) {
    return {
      kind: 'exact',
      value: told,
      required: Boolean(sent),
    };
  }
  return sent
    ? { kind: 'exact', value: sent, required: true }
    : { kind: 'origin', value: origin, required: false };
}

function consentPage({ name, provider, fields }: Tenant): URL {
  const choice = fields.get('authorize_url') ?? provider.authorize?.url ?? null;
  if (choice === null) {
    throw new CommandError(
      `Where ${provider.title} asks for consent is not known. ` +
        `Add authorize_url to tenant ${name} or its app (tokens set ${name} authorize_url=URL); ` +
        `or open the page of the platform ` +
        `yourself, and give the code it shows to: tokens connect ${name} --code-stdin`,
    );
  }
  const chosen = fields.has('authorize_url')
    ? { url: String(choice) }
    : chooseUrl(choice, provider, fields);
  if (!('url' in chosen)) {
    throw new CommandError(`Field ${chosen.field} of tenant ${name}: ${chosen.problem}.`);
  }
  const url = URL.canParse(chosen.url) ? new URL(chosen.url) : null;
  const isSecure =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!url || !isSecure || url.username || url.password || url.hash) {
    throw new CommandError(
      `Field authorize_url of tenant ${name} must be an https URL without user name and fragment.`,
    );
  }
  return url;
}
