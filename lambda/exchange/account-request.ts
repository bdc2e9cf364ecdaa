import { otherEndpoint } from '../map/other-endpoint.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { HttpAnswer, HttpRequest } from '../ports.ts';
import { answerBody, isWholeSuccess } from './answer-body.ts';
import { valueAt } from './reply-fields.ts';
import { fillNamed, type Generated, lookUpIn } from './token-request.ts';

/**
 * The request that tells whose token it is, or null where the definition names none. The request is
 * a secret.
 */
export function accountRequest(
  tenant: Tenant,
  accessToken: string,
  generated: Generated,
): HttpRequest | null {
  const { account } = tenant.provider;
  if (!account) return null;
  const found = otherEndpoint(tenant, 'account_url', account.url);
  if ('problem' in found) return null;
  const lookUp = lookUpIn(tenant, { ...generated, credential: null, tokenUrl: found.url });
  const own = fillNamed(
    tenant,
    account.headers ?? { authorization: 'Bearer {access_token}' },
    (name) => (name === 'access_token' ? accessToken : lookUp(name)),
  );
  const headers = { accept: 'application/json', ...(own as Record<string, string>) };
  return { method: 'GET', url: found.url, headers, body: undefined };
}

/** The account that an answer names, as a text, or null where it names none. */
export function readAccount(
  { provider }: Pick<Tenant, 'provider'>,
  answer: HttpAnswer,
): string | null {
  if (!provider.account || !isWholeSuccess(answer)) return null;
  const value = valueAt(answerBody(answer), provider.account.path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
