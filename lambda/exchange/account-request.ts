import { otherEndpoint } from '../map/other-endpoint.ts';
import type { Tenant } from '../map/tenant.ts';
import type { HttpAnswer, HttpRequest } from '../ports.ts';
import { fillValue, type LookUp, parameterName } from '../providers/template.ts';
import { isWholeSuccess } from './answer-body.ts';
import { decodeBytes } from './decode-bytes.ts';
import { parseJson } from './parse-reply.ts';
import { isBlank, valueAt } from './reply-fields.ts';
import { type Generated, lookUpIn } from './token-request.ts';

/**
 * Returns the request that asks whose token it is, or null where the definition names none. The
 * request is a secret.
 */
export function accountRequest(
  tenant: Tenant,
  accessToken: string,
  generated: Generated,
): HttpRequest | null {
  const { account } = tenant.provider;
  if (!account) {
    return null;
  }
  const found = otherEndpoint(tenant, 'account_url', account.url);
  if ('problem' in found) {
    return null;
  }
  const { url } = found;
  const fields = lookUpIn(tenant, {
    ...generated,
    credential: null,
    tokenUrl: url,
  });
  const lookUp: LookUp = (name) => (name === 'access_token' ? accessToken : fields(name));
  const headers = fillKnown(account.headers ?? BEARER, lookUp);
  if (headers === null) {
    return null;
  }
  return {
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...headers },
    body: undefined,
  };
}

const BEARER = { authorization: 'Bearer {access_token}' };

/** Returns the filled headers, or null where the entry lacks a field that one of them needs. */
function fillKnown(
  named: Readonly<Record<string, string>>,
  lookUp: LookUp,
): Record<string, string> | null {
  const filled: Record<string, string> = {};
  for (const [name, template] of Object.entries(named)) {
    const { sentAs, optional } = parameterName(name);
    const value = fillValue(template, lookUp);
    if (value === undefined && !optional) {
      return null;
    }
    if (value !== undefined) {
      filled[sentAs] = String(value);
    }
  }
  return filled;
}

/** Returns the accounts that an answer names. None where it is no whole success. */
export function readAccounts({ provider }: Pick<Tenant, 'provider'>, answer: HttpAnswer): string[] {
  if (!provider.account || !isWholeSuccess(answer)) {
    return [];
  }
  const { text, fault } = decodeBytes(Buffer.from(answer.body));
  // Nothing is salvaged here. Who an account is must be certain.
  if (fault !== undefined) {
    return [];
  }
  const path = provider.account.path.split('.');
  return valuesAt(parseJson(text)?.value, path).filter(isAccount).map(String);
}

/** Returns the values at a path. The step `*` leads into every element of a list. */
function valuesAt(body: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) {
    return [body];
  }
  if (step !== '*') {
    return valuesAt(valueAt(body, step), rest);
  }
  const elements = Array.isArray(body) ? body : [];
  return elements.flatMap((element) => valuesAt(element, rest));
}

function isAccount(value: unknown): value is string | number {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value);
  }
  return typeof value === 'string' && !isBlank(value);
}
