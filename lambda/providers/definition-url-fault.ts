import { isIP } from 'node:net';
import type { UrlChoice } from './fields.ts';
import type { Fault } from './merge-definition.ts';
import type { ProviderDefinition } from './provider.ts';
import { isGenerated, secretFields } from './request-fields.ts';
import { placeholders } from './template.ts';
import { authorityOf, urlFields, urlTemplates } from './url-choice.ts';
import { isLoopbackHost } from './url-policy.ts';

/** Returns the first URL of a definition that could lead a secret astray, or undefined. */
export function urlFault(definition: ProviderDefinition): Fault | undefined {
  for (const place of urlsOf(definition)) {
    const fault = choiceFault(definition, place);
    if (fault) {
      return fault;
    }
  }
  return keptHostFault(definition);
}

/** A URL of a definition, with its path. */
interface Place {
  path: string;
  choice: UrlChoice;
}

/** Returns every URL of a definition. */
function urlsOf(definition: ProviderDefinition): Place[] {
  const { token_url, grants, authorize, device_url, revocation, account } = definition;
  const ofGrants = Object.entries(grants).map(([name, grant]) => ({
    path: `grants.${name}.token_url`,
    choice: grant?.token_url,
  }));
  const all = [
    { path: 'token_url', choice: token_url },
    ...ofGrants,
    { path: 'authorize.url', choice: authorize?.url },
    { path: 'device_url', choice: device_url },
    { path: 'revocation.url', choice: revocation?.url },
    { path: 'account.url', choice: account?.url },
  ];
  return all.flatMap(({ path, choice }) => (choice ? [{ path, choice }] : []));
}

function choiceFault(definition: ProviderDefinition, { path, choice }: Place): Fault | undefined {
  const templates = urlTemplates(choice);
  if (!templates.every(isSecureTemplate)) {
    return { path, problem: 'it must be an https URL that names its host' };
  }
  if (typeof choice === 'object' && !Object.hasOwn(choice.urls, choice.default)) {
    return { path: `${path}.default`, problem: 'it must be one of the keys of urls' };
  }
  const secrets = secretFields(definition);
  const isSecret = (field: string) => secrets.has(field) || isGenerated(field);
  if (urlFields(choice).some(isSecret)) {
    return { path, problem: 'a URL holds no secret' };
  }
  const { variables = {} } = definition;
  const open = templates.flatMap(placeholders).find((field) => variables[field] === undefined);
  return open === undefined ? undefined : { path: `variables.${open}`, problem: 'it is missing' };
}

/**
 * Returns true for a URL whose host has a name, of which at least the last two labels are the
 * definition's own.
 */
function isSecureTemplate(template: string): boolean {
  const authority = authorityOf(template);
  if (!authority || !isPlainText(template)) {
    return false;
  }
  const probe = `https://${authority.replace(/\{[^{}]*\}/g, 'x')}/`;
  if (!URL.canParse(probe)) {
    return false;
  }
  const { hostname } = new URL(probe);
  if (isAddress(hostname) || isOfThisMachine(hostname)) {
    return false;
  }
  const host = authority.replace(/:\d{1,5}$/, '');
  return isWholeVariable(host) || OWN_LABELS.test(host);
}

function isPlainText(template: string): boolean {
  return /^[\x21-\x7e]+$/.test(template) && !template.includes('#');
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

/** Placeholders and labels in any order, then two labels that no placeholder touches. */
const OWN_LABELS =
  /^(?:(?:[a-z0-9-]|\{[a-z][a-z0-9_]*\})+\.)*[a-z0-9][a-z0-9-]*\.[a-z][a-z0-9-]*$/i;

/** Names under `localhost` are this machine (RFC 6761 section 6.3). */
function isOfThisMachine(hostname: string): boolean {
  return isLoopbackHost(hostname) || /(?:^|\.)(?:localhost|localdomain)$/.test(hostname);
}

/** Returns true for a host that an entry gives whole, such as `{host}`. */
function isWholeVariable(host: string): boolean {
  return /^\{[a-z][a-z0-9_]*\}$/.test(host);
}

/** Matches a pattern that lists all that it matches. */
const LISTED = /^(?:[A-Za-z0-9|()-]|\\[.-]|\(\?:)*$/;

/**
 * Anybody can write a redirect. One that gives a whole host may only choose among those that the
 * definition lists.
 */
function keptHostFault(definition: ProviderDefinition): Fault | undefined {
  const { authorize, variables = {} } = definition;
  const kept = new Set(Object.values(authorize?.keep ?? {}).map(({ field }) => field));
  const templates = urlsOf(definition).flatMap(({ choice }) => urlTemplates(choice));
  const hosts = templates.map((template) => authorityOf(template) ?? '').filter(isWholeVariable);
  const chosen = hosts.flatMap(placeholders).filter((field) => kept.has(field));
  const open = chosen.find((field) => !LISTED.test(variables[field] ?? ''));
  if (open === undefined) {
    return undefined;
  }
  const problem =
    'the redirect chooses this host: list the hosts, such as "a\\.example|b\\.example"';
  return { path: `variables.${open}`, problem };
}
