import { secretFault } from './definition-secret-fault.ts';
import { urlFault } from './definition-url-fault.ts';
import { listOf } from './fields.ts';
import type { Fault } from './merge-definition.ts';
import { patternProblem, shownPatternProblem } from './pattern-problem.ts';
import type { ProviderDefinition } from './provider.ts';
import { isStatic } from './request-fields.ts';

/** Looks for one kind of fault. */
type Check = (definition: ProviderDefinition) => Fault | undefined;

/**
 * Returns the first thing in a well-formed definition that could lead a secret astray or never
 * work, or undefined. A test holds shipped definitions to the same rules.
 */
export function definitionFault(definition: ProviderDefinition): Fault | undefined {
  for (const check of CHECKS) {
    const fault = check(definition);
    if (fault) {
      return fault;
    }
  }
  return undefined;
}

const CHECKS: readonly Check[] = [
  urlFault,
  variableFault,
  keptFault,
  shownFault,
  secretFault,
  headerFault,
  grantFault,
  titleFault,
];

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
    if (problem) {
      return { path: `${path}.${name}`, problem };
    }
  }
  return undefined;
}

function shownFault({ errors }: ProviderDefinition): Fault | undefined {
  for (const [index, pattern] of (errors?.show_patterns ?? []).entries()) {
    const problem = shownPatternProblem(pattern);
    if (problem) {
      return { path: `errors.show_patterns.${index}`, problem };
    }
  }
  return undefined;
}

/** Headers of the connection and of the message's framing (RFC 9110 sections 7.2, 7.6 and 8.6). */
const OF_CONNECTION =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|proxy-.+)\??$/i;
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
    if (wrong) {
      return { path: `${place}.${wrong[0]}`, problem: 'no HTTP header can carry it' };
    }
    const taken = Object.keys(headers).find((name) => OF_CONNECTION.test(name));
    if (taken) {
      return { path: `${place}.${taken}`, problem: 'the connection sets it itself' };
    }
  }
  return undefined;
}

function grantFault(definition: ProviderDefinition): Fault | undefined {
  const { grants, default_grant, renewal } = definition;
  if (isStatic(definition) && renewal !== 'none') {
    return { path: 'grants', problem: 'it names no grant, and renewal is not "none"' };
  }
  if (listOf(default_grant).some((name) => !grants[name])) {
    return { path: 'default_grant', problem: 'it must be one of its grants' };
  }
  for (const [name, grant] of Object.entries(grants)) {
    const follows = grant?.followed_by;
    if (follows && (follows === name || !grants[follows] || grants[follows]?.followed_by)) {
      return {
        path: `grants.${name}.followed_by`,
        problem: 'it must be another of its grants, the last one',
      };
    }
  }
  return undefined;
}

/** A title is shown in terminals and on pages. */
function titleFault({ title }: ProviderDefinition): Fault | undefined {
  const isPlain = !/[\p{C}\p{Zl}\p{Zp}]/u.test(title);
  return isPlain ? undefined : { path: 'title', problem: 'it has characters that nobody sees' };
}
