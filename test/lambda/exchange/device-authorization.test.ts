import { describe, expect, it } from 'vitest';
import {
  deviceProgress,
  deviceRequest,
  readDeviceCodes,
} from '../../../lambda/exchange/device-authorization.ts';
import { resolveTenant, type Tenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';

function tenantOf(entry: object): Tenant {
  const acme = { client_id: 'c', client_secret: 's', refresh_token: 'r', ...entry };
  const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme } }));
  return resolveTenant('acme', map) as Tenant;
}

const answer = (body: unknown, status = 200) => ({
  status,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});

describe(deviceRequest.name, () => {
  it('asks for the codes of a scope (RFC 8628 section 3.1)', () => {
    const request = deviceRequest(tenantOf({ provider: 'microsoft-ads', scope: 'a b' }));
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://login.microsoftonline.com/common/oauth2/v2.0/devicecode',
    });
    const { body } = request as { body: string };
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
      client_id: 'c',
      scope: 'a b',
    });
  });

  it('asks any server whose device_url an entry names', () => {
    const oauth2 = { provider: 'oauth2', token_url: 'https://as.example/t' };
    const named = { ...oauth2, device_url: 'https://as.example/device' };
    expect(deviceRequest(tenantOf(named))).toMatchObject({ url: 'https://as.example/device' });
    expect(deviceRequest(tenantOf(oauth2))).toHaveProperty('problem');
    expect(deviceRequest(tenantOf({ provider: 'meta' }))).toHaveProperty('problem');
  });
});

describe(readDeviceCodes.name, () => {
  const codes = {
    device_code: 'dc',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://as.example/device',
    expires_in: 1800,
  };

  it("reads the server's codes, and waits 5 seconds unless told", () => {
    expect(readDeviceCodes(answer({ ...codes, other: 1 }))).toEqual({ ...codes, interval: 5 });
    const { verification_uri: verification_url, ...google } = codes;
    expect(readDeviceCodes(answer({ ...google, verification_url, interval: 7 }))).toMatchObject({
      verification_uri: 'https://as.example/device',
      interval: 7,
    });
  });

  it.each([
    {},
    { ...codes, user_code: 'two\nlines' },
    { ...codes, verification_uri: 'javascript:alert(1)' },
    { ...codes, verification_uri: undefined },
    { ...codes, expires_in: -1 },
    { ...codes, device_code: '' },
  ])('reads none of %j', (body) => {
    expect(readDeviceCodes(answer(body))).toBeUndefined();
  });
});

describe(deviceProgress.name, () => {
  it.each([
    ['authorization_pending', 'waiting'],
    ['slow_down', 'slow_down'],
    ['access_denied', 'refused'],
    ['authorization_declined', 'refused'],
    ['expired_token', 'expired'],
    ['invalid_client', 'answered'],
  ])('reads %s as %s', (error, progress) => {
    expect(deviceProgress(answer({ error }, 400))).toBe(progress);
  });

  it('takes a token reply as the answer', () => {
    expect(deviceProgress(answer({ access_token: 'at' }))).toBe('answered');
  });
});
