import { isIP } from 'node:net';
import { isLoopbackHost } from '../url-policy.ts';
import type { UrlChoice } from './fields.ts';
import type { Fault } from './merge-definition.ts';
import type { ProviderDefinition } from './provider.ts';
import { isGenerated, secretFields } from './request-fields.ts';
import { placeholders } from './template.ts';
import { authorityOf, urlFields, urlTemplates } from './url-choice.ts';

/** The first URL of a definition that could lead a secret astray, or undefined. */
export function urlFault(definition: ProviderDefinition): Fault | undefined {
  for (const [path, choice] of urlsOf(definition)) {
    const fault = choiceFault(definition, path, choice);
    if (fault) return fault;
  }
  return keptHostFault(definition);
}

/** Every URL of a definition, with its path. */
function urlsOf(definition: ProviderDefinition): [path: string, url: UrlChoice][] {
  const { token_url, grants, authorize, device_url, revocation, account } = definition;
  const ofGrants = Object.entries(grants).map(
    ([name, grant]) => [`grants.${name}.token_url`, grant?.token_url] as const,
  );
  const all = [
    ['token_url', token_url] as const,
    ...ofGrants,
    ['authorize.url', authorize?.url] as const,
    ['device_url', device_url] as const,
    ['revocation.url', revocation?.url] as const,
    ['account.url', account?.url] as const,
  ];
  return all.flatMap(([path, url]): [string, UrlChoice][] =>
    url === undefined || url === null ? [] : [[path, url]],
  );
}

function choiceFault(
  definition: ProviderDefinition,
  path: string,
  choice: UrlChoice,
): Fault | undefined {
  const templates = urlTemplates(choice);
  if (!templates.every(isSecureTemplate)) {
    return { path, problem: 'it must be an https URL that names its host' };
  }
  if (typeof choice === 'object' && !Object.hasOwn(choice.urls, choice.default)) {
    return { path: `${path}.default`, problem: 'it must be one of the keys of urls' };
  }
  const secrets = secretFields(definition);
  if (urlFields(choice).some((field) => secrets.has(field) || isGenerated(field))) {
    return { path, problem: 'a URL holds no secret' };
  }
  const open = templates
    .flatMap(placeholders)
    .find((field) => definition.variables?.[field] === undefined);
  return open === undefined ? undefined : { path: `variables.${open}`, problem: 'it is missing' };
}

/** A host that has a name, of which at least the last two labels are the definition's own. */
function isSecureTemplate(template: string): boolean {
  const authority = authorityOf(template);
  if (!authority || !/^[\x21-\x7e]+$/.test(template) || template.includes('#')) return false;
  const host = authority.replace(/:\d{1,5}$/, '');
  const probe = `https://${authority.replace(/\{[^{}]*\}/g, 'x')}/`;
  if (!URL.canParse(probe)) return false;
  const { hostname } = new URL(probe);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) || isOfThisMachine(hostname)) return false;
  return isWholeVariable(host) || OWN_LABELS.test(host);
}

/** Placeholders and labels in any order, then two labels that no placeholder touches. */
const OWN_LABELS =
  /^(?:(?:[a-z0-9-]|\{[a-z][a-z0-9_]*\})+\.)*[a-z0-9][a-z0-9-]*\.[a-z][a-z0-9-]*$/i;

/** Names under `localhost` are this machine (RFC 6761 section 6.3). */
function isOfThisMachine(hostname: string): boolean {
  return isLoopbackHost(hostname) || /(?:^|\.)(?:localhost|localdomain)$/.test(hostname);
}

/** A host that an entry gives whole, such as `{host}`. */
function isWholeVariable(host: string): boolean {
  return /^\{[a-z][a-z0-9_]*\}$/.test(host);
}

/** A pattern that lists all that it matches. */
const LISTED = /^(?:[A-Za-z0-9|()-]|\\[.-]|\(\?:)*$/;

/**
 * Anybody can write a redirect. One that gives a whole host may only choose among those that the
 * definition lists.
 */
function keptHostFault(definition: ProviderDefinition): Fault | undefined {
  const kept = new Set(Object.values(definition.authorize?.keep ?? {}).map(({ field }) => field));
  const hosts = urlsOf(definition)
    .flatMap(([, choice]) => urlTemplates(choice))
    .map((template) => authorityOf(template) ?? '')
    .filter(isWholeVariable);
  const open = hosts
    .flatMap(placeholders)
    .find((field) => kept.has(field) && !LISTED.test(definition.variables?.[field] ?? ''));
  if (open === undefined) return undefined;
  const problem =
    'the redirect chooses this host: list the hosts, such as "a\\.example|b\\.example"';
  return { path: `variables.${open}`, problem };
}
