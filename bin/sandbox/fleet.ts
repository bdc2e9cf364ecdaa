import type { Newcomers } from '../sources/tenant-source.ts';
import type { Sandbox, SandboxAccount } from './server.ts';

/** Returns the sandbox's clients, one of each kind that the providers have. */
export const sandboxAccounts: ReadonlyMap<string, SandboxAccount> = new Map([
  ['amazon', account('amazon', false)],
  ['instacart-ads', account('instacart-ads', true)],
  ['instacart-connect', account('instacart-connect', false)],
  ['oauth2', account('oauth2', true)],
]);

/** The tenant whose refresh token another program will have used. */
export const USED_ELSEWHERE = 'northwind';

/**
 * Returns tenants of every required provider, each with the sandbox's token URL in place of the
 * provider's own.
 */
export function sandboxTenants(sandbox: Sandbox): Newcomers {
  const client = (name: string) => ({
    client_id: sandboxAccounts.get(name)?.clientId,
    client_secret: sandboxAccounts.get(name)?.clientSecret,
    token_url: sandbox.tokenUrl(name),
  });
  const refreshToken = (name: string) => ({ refresh_token: sandbox.issueRefreshToken(name) });
  return {
    apps: new Map([['agency-amazon', { provider: 'amazon-ads', ...client('amazon') }]]),
    tenants: new Map<string, Record<string, unknown>>([
      ['acme-us', { app: 'agency-amazon', ...refreshToken('amazon') }],
      ['acme-eu', { app: 'agency-amazon', ...refreshToken('amazon') }],
      [
        'brandx',
        {
          provider: 'instacart-ads',
          ...client('instacart-ads'),
          redirect_uri: 'https://agency.example/callback',
          authorization_code: sandbox.consent('instacart-ads'),
        },
      ],
      [
        'brandy',
        { provider: 'instacart-ads', ...client('instacart-ads'), ...refreshToken('instacart-ads') },
      ],
      [
        'shopper',
        {
          provider: 'instacart-connect',
          ...client('instacart-connect'),
          user_id: 'u-123',
          scope: 'connect:fulfillment',
        },
      ],
      [
        'storefront',
        {
          provider: 'instacart-connect',
          ...client('instacart-connect'),
          scope: 'connect:recommendations',
        },
      ],
      [
        USED_ELSEWHERE,
        {
          provider: 'oauth2',
          ...client('oauth2'),
          client_auth: 'basic',
          ...refreshToken('oauth2'),
        },
      ],
    ]),
  };
}

function account(name: string, rotates: boolean): SandboxAccount {
  return {
    clientId: `sandbox-${name}`,
    clientSecret: `sandbox-secret-of-${name}`,
    rotates,
  };
}
