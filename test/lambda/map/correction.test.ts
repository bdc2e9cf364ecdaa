import { describe, expect, it } from 'vitest';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';

const stepOf = (entry: object) => {
  const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme: entry } }));
  const tenant = resolveTenant('acme', map);
  return 'next_step' in tenant ? tenant.next_step : null;
};
const CLIENT = { client_id: 'c', client_secret: 's', refresh_token: 't' };

describe('the next step of a wrong entry', () => {
  it.each([
    [{ provider: 'amazon-ads', refresh_token: 't' }, 'tokens set acme client_id=VALUE'],
    [{ provider: 'oauth2', ...CLIENT }, 'tokens set acme token_url=VALUE'],
    [{ provider: 'amazon-ads', ...CLIENT, region: 'mars' }, 'tokens set acme region=VALUE'],
    [{ provider: 'amazon-ads', ...CLIENT, enabled: 'yes' }, 'tokens resume acme'],
    [{ provider: 'amazon-ads', ...CLIENT, refresh_token: ' t' }, 'tokens set-refresh-token acme'],
    [{ provider: 'apple-ads', ...CLIENT }, 'tokens clear acme'],
    [{ provider: 'doordash', client_id: 'c', authorization_code: 'x' }, 'tokens clear acme'],
  ])('of %j is a command', (entry, command) => {
    expect(stepOf(entry)).toContain(command);
  });

  it('asks for a secret unseen', () => {
    const step = stepOf({ provider: 'walmart-connect', client_id: 'c' });
    expect(step).toMatch(/: tokens set acme private_key$/);
  });

  it('takes no refresh token away along with a code', () => {
    const entry = { provider: 'snowflake', ...CLIENT, device_code: 'd' };
    expect(stepOf(entry)).not.toContain('tokens clear');
  });

  it('says that the app may hold what is missing', () => {
    expect(stepOf({ provider: 'amazon-ads', refresh_token: 't' })).toBe(
      'Add client_id to the tenant or its app: tokens set acme client_id=VALUE',
    );
  });
});
