import { listOf } from './fields.ts';
import type { Fault } from './merge-definition.ts';
import type { ProviderDefinition } from './provider.ts';
import { CONSUMER_SECRETS, fieldsOf, isGenerated, secretFields } from './request-fields.ts';
import { placeholders } from './template.ts';

/** Returns the first place of a definition that would show or publish a secret, or undefined. */
export function secretFault(definition: ProviderDefinition): Fault | undefined {
  return (
    consumerFault(definition) ??
    readFault(definition) ??
    reservedFault(definition) ??
    signedFault(definition) ??
    keyFault(definition)
  );
}

/** Consumers get what is published. No secret of the entry may be in it. */
function consumerFault(definition: ProviderDefinition): Fault | undefined {
  const secrets = new Set([...secretFields(definition), 'credential']);
  for (const field of CONSUMER_SECRETS) {
    secrets.delete(field);
  }
  for (const name of Object.keys(definition.signed ?? {})) {
    secrets.add(name);
  }
  for (const place of ['consumer_headers', 'consumer_params'] as const) {
    const wrong = Object.entries(definition[place] ?? {}).find(([, template]) => {
      const named = [...placeholders(template), ...fieldsOf(definition, [template])];
      return named.some((field) => secrets.has(field));
    });
    if (wrong) {
      return { path: `${place}.${wrong[0]}`, problem: 'consumers get no secret' };
    }
  }
  return undefined;
}

/** What is published or shown of a reply is never a token. */
function readFault({ response, grants }: ProviderDefinition): Fault | undefined {
  const ofGrants = Object.entries(grants).map(([name, grant]) => ({
    path: `grants.${name}.response`,
    part: grant?.response ?? {},
  }));
  for (const { path, part } of [{ path: 'response', part: response }, ...ofGrants]) {
    const { values = {}, scope } = part;
    if (isSecretPath(scope)) {
      return { path: `${path}.scope`, problem: 'a scope is no secret' };
    }
    const secret = Object.entries(values).find(([, paths]) => isSecretPath(paths));
    if (secret) {
      return { path: `${path}.values.${secret[0]}`, problem: 'values hold no secret' };
    }
  }
  return undefined;
}

const SECRET_PATH = /token|refresh|secret|password|jwt|assertion|code$/i;

function isSecretPath(paths: string | readonly string[] | undefined): boolean {
  return listOf(paths).some((path) => SECRET_PATH.test(path));
}

/** Fields that mean something in every entry, or that name where a secret is sent. */
const RESERVED: ReadonlySet<string> = new Set([
  'provider',
  'app',
  'enabled',
  'grant',
  'client_id',
  'redirect_uri',
  'token_url',
  'authorize_url',
  'device_url',
  'revocation_url',
  'account_url',
  'client_auth',
  'body',
  'issuer',
  'headers',
  'account',
]);

/** Neither a redirect nor a default may set what decides over an entry, or a secret. */
function reservedFault(definition: ProviderDefinition): Fault | undefined {
  const secrets = secretFields(definition);
  const isOurs = (field: string) => RESERVED.has(field) || secrets.has(field) || isGenerated(field);
  const kept = Object.entries(definition.authorize?.keep ?? {});
  const wrong = kept.find(([, { field }]) => isOurs(field));
  if (wrong) {
    return { path: `authorize.keep.${wrong[0]}.field`, problem: 'a redirect may not set it' };
  }
  const preset = Object.keys(definition.defaults ?? {}).find(isOurs);
  if (preset === undefined) {
    return undefined;
  }
  return { path: `defaults.${preset}`, problem: 'only an entry may have it' };
}

/** Anyone who gets a signed value can read all that is in it. */
function signedFault(definition: ProviderDefinition): Fault | undefined {
  const { signed = {} } = definition;
  const secrets = new Set([...secretFields(definition), 'credential', ...Object.keys(signed)]);
  for (const [name, { header = {}, claims }] of Object.entries(signed)) {
    const path = `signed.${name}`;
    if (isGenerated(name)) {
      return { path, problem: 'it is a name of another value' };
    }
    if (Object.hasOwn(header, 'alg')) {
      return { path: `${path}.header.alg`, problem: 'the recipe names it' };
    }
    const places = { header, claims };
    for (const [place, named] of Object.entries(places)) {
      const wrong = Object.entries(named).find(([, template]) =>
        placeholders(template).some((field) => secrets.has(field)),
      );
      if (wrong) {
        return { path: `${path}.${place}.${wrong[0]}`, problem: 'a signed value holds no secret' };
      }
    }
  }
  return undefined;
}

/** A signing key is used here, and never sent. A client's secret may be both. */
function keyFault(definition: ProviderDefinition): Fault | undefined {
  const keys = new Set(Object.values(definition.signed ?? {}).map(({ key }) => key));
  keys.delete('client_secret');
  const { grants, request_headers, authorize, revocation, account } = definition;
  const ofGrants = Object.entries(grants).map(([name, grant]) => ({
    path: `grants.${name}`,
    place: [grant?.params, grant?.local],
  }));
  const places: { path: string; place: unknown }[] = [
    ...ofGrants,
    { path: 'request_headers', place: request_headers },
    { path: 'authorize.params', place: authorize?.params },
    { path: 'revocation', place: revocation },
    { path: 'account.headers', place: account?.headers },
  ];
  const wrong = places.find(({ place }) => {
    const named = placeholders(JSON.stringify(place ?? {}));
    return named.some((field) => keys.has(field));
  });
  return wrong && { path: wrong.path, problem: 'a signing key is never sent' };
}
