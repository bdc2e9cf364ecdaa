import { isIP } from 'node:net';
import { listOf, type UrlChoice } from './fields.ts';
import type { Fault } from './merge-definition.ts';
import { patternProblem, shownPatternProblem } from './pattern-problem.ts';
import type { ProviderDefinition } from './provider.ts';
import { CONSUMER_SECRETS, fieldsOf, secretFields } from './request-fields.ts';
import { placeholders } from './template.ts';
import { urlFields, urlTemplates } from './url-choice.ts';

/** Looks for one kind of fault. */
type Check = (definition: ProviderDefinition) => Fault | undefined;

/**
 * The first thing in a well-formed definition that could lead a secret astray or never work, or
 * undefined. Shipped definitions are held to the same by a test.
 */
export function definitionFault(definition: ProviderDefinition): Fault | undefined {
  for (const check of CHECKS) {
    const fault = check(definition);
    if (fault) return fault;
  }
  return undefined;
}

const CHECKS: readonly Check[] = [
  urlFault,
  variableFault,
  keptFault,
  shownFault,
  consumerFault,
  valueFault,
  headerFault,
  grantFault,
];

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

function urlFault(definition: ProviderDefinition): Fault | undefined {
  const secrets = secretFields(definition);
  for (const [path, choice] of urlsOf(definition)) {
    if (urlTemplates(choice).some((url) => !isSecureTemplate(url)))
      return { path, problem: 'it must be an https URL that names its host' };
    if (typeof choice === 'object' && !Object.hasOwn(choice.urls, choice.default))
      return { path: `${path}.default`, problem: 'it must be one of the keys of urls' };
    const fields = urlFields(choice);
    if (fields.some((field) => secrets.has(field) || isGenerated(field)))
      return { path, problem: 'a URL holds no secret' };
    const filled = urlTemplates(choice).flatMap(placeholders);
    const open = filled.find((field) => definition.variables?.[field] === undefined);
    if (open) return { path: `variables.${open}`, problem: 'it is missing' };
  }
  return undefined;
}

/** A host that has a name, of which at least the last two labels are the definition's own. */
function isSecureTemplate(template: string): boolean {
  const authority = /^https:\/\/([^/?#\\\s]+)(?:[/?]|$)/.exec(template)?.[1];
  if (!authority || authority.includes('@')) return false;
  const host = authority.replace(/:\d{1,5}$/, '');
  const probe = `https://${host.replace(/\{[^{}]*\}/g, 'x')}/`;
  if (!URL.canParse(probe) || isIP(new URL(probe).hostname.replace(/^\[|\]$/g, ''))) return false;
  return (
    isWholeVariable(host) ||
    /(^|[^}{]*\})[A-Za-z0-9.-]*[A-Za-z0-9-]+\.[A-Za-z][A-Za-z0-9-]*$/.test(host)
  );
}

/** A host that an entry gives whole, such as `{host}`: its pattern must name it. */
function isWholeVariable(host: string): boolean {
  return /^\{[a-z][a-z0-9_]*\}$/.test(host);
}

function isGenerated(field: string): boolean {
  return ['credential', 'access_token', 'uuid', 'now_s', 'now_ms'].includes(field);
}

function variableFault({ variables = {} }: ProviderDefinition): Fault | undefined {
  return patternFault('variables', Object.entries(variables));
}

function keptFault({ authorize }: ProviderDefinition): Fault | undefined {
  const kept = Object.entries(authorize?.keep ?? {});
  return patternFault(
    'authorize.keep',
    kept.map(([parameter, { pattern }]) => [parameter, pattern]),
  );
}

function patternFault(path: string, named: [string, string][]): Fault | undefined {
  for (const [name, pattern] of named) {
    const problem = patternProblem(pattern);
    if (problem) return { path: `${path}.${name}`, problem };
  }
  return undefined;
}

function shownFault({ errors }: ProviderDefinition): Fault | undefined {
  for (const [index, pattern] of (errors?.show_patterns ?? []).entries()) {
    const problem = shownPatternProblem(pattern);
    if (problem) return { path: `errors.show_patterns.${index}`, problem };
  }
  return undefined;
}

/** Consumers get what is published: no secret of the entry may stand in it. */
function consumerFault(definition: ProviderDefinition): Fault | undefined {
  const secrets = new Set([...secretFields(definition), 'credential']);
  for (const field of CONSUMER_SECRETS) secrets.delete(field);
  for (const place of ['consumer_headers', 'consumer_params'] as const) {
    for (const [name, template] of Object.entries(definition[place] ?? {})) {
      const named = [...placeholders(template), ...fieldsOf(definition, [template])];
      const isSecret = named.some((field) => secrets.has(field) || definition.signed?.[field]);
      if (isSecret) return { path: `${place}.${name}`, problem: 'consumers get no secret' };
    }
  }
  return undefined;
}

function valueFault({ response, grants }: ProviderDefinition): Fault | undefined {
  const responses = [
    ['response', response] as const,
    ...Object.entries(grants).map(
      ([name, grant]) => [`grants.${name}.response`, grant?.response] as const,
    ),
  ];
  for (const [path, { values = {} } = {}] of responses) {
    const secret = Object.entries(values).find(([, paths]) =>
      listOf(paths).some((one) => /token|secret|password|code$|assertion/i.test(one)),
    );
    if (secret) return { path: `${path}.values.${secret[0]}`, problem: 'values hold no secret' };
  }
  return undefined;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\??$/;

function headerFault(definition: ProviderDefinition): Fault | undefined {
  const { request_headers, consumer_headers, account, revocation } = definition;
  const places = {
    request_headers,
    consumer_headers,
    account: account?.headers,
    revocation: revocation?.request_headers,
  };
  for (const [place, headers = {}] of Object.entries(places)) {
    const wrong = Object.entries(headers).find(
      ([name, value]) => !HEADER_NAME.test(name) || !/^[\x20-\x7e]*$/.test(value),
    );
    if (wrong) return { path: `${place}.${wrong[0]}`, problem: 'no HTTP header can carry it' };
    const host = Object.keys(headers).find((name) =>
      /^(host|content-length|transfer-encoding|connection)\??$/i.test(name),
    );
    if (host) return { path: `${place}.${host}`, problem: 'the request sets it itself' };
  }
  return undefined;
}

function grantFault({ grants, default_grant, signed = {} }: ProviderDefinition): Fault | undefined {
  if (Object.keys(grants).length === 0) return { path: 'grants', problem: 'it names no grant' };
  if (listOf(default_grant).some((name) => !grants[name]))
    return { path: 'default_grant', problem: 'it must be one of its grants' };
  for (const [name, grant] of Object.entries(grants)) {
    const follows = grant?.followed_by;
    if (follows && (follows === name || !grants[follows] || grants[follows]?.followed_by))
      return {
        path: `grants.${name}.followed_by`,
        problem: 'it must be another of its grants, the last one',
      };
  }
  const taken = Object.keys(signed).find(isGenerated);
  return taken ? { path: `signed.${taken}`, problem: 'it is a name of another value' } : undefined;
}
