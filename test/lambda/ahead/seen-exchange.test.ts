import { describe, expect, it } from 'vitest';
import { toSeenExchange } from '../../../lambda/ahead/seen-exchange.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';

const CANARY = 'CANARY-5';

function seen(provider: string, ...[body, more]: Parameters<typeof archivedExchange>) {
  const definition = providers.get(provider);
  if (!definition) {
    throw new Error(`There is no definition of ${provider}.`);
  }
  return toSeenExchange(archivedExchange(body, { provider, ...more }), definition);
}

const reply = { access_token: 'a', expires_in: 3600, refresh_token: 'r', token_type: 'bearer' };

describe(toSeenExchange.name, () => {
  it('sees lives, latency, and that the refresh token changes', () => {
    expect(seen('linkedin', { ...reply, refresh_token_expires_in: '86400' })).toEqual({
      provider: 'linkedin',
      grant_type: 'refresh_token',
      status: 200,
      outcome: 'issued',
      oauth_error: null,
      refresh_token: 'changes',
      access_life_s: 3600,
      refresh_life_s: 86_400,
      latency_ms: 300,
      fields: [
        'access_token',
        'expires_in',
        'refresh_token',
        'refresh_token_expires_in',
        'token_type',
      ],
      headers: [],
    });
  });

  it('sees that the refresh token is repeated, or does not come', () => {
    const spent = fingerprint('r');
    expect(seen('linkedin', reply, { spent }).refresh_token).toBe('repeats');
    const { refresh_token: _, ...without } = reply;
    expect(seen('linkedin', without).refresh_token).toBe('missing');
    expect(seen('criteo', without, { grant_type: 'client_credentials' }).refresh_token).toBeNull();
  });

  it('sees how a refusal looks, and which rate-limit headers came', () => {
    const headers = { 'retry-after': CANARY, 'x-secret': CANARY };
    const refused = seen('linkedin', { error: 'invalid_grant' }, { status: 400, headers });
    expect(refused).toMatchObject({
      status: 400,
      outcome: 'needs_authorization',
      oauth_error: 'invalid_grant',
      headers: ['retry-after'],
    });
  });

  it('keeps no name that a definition does not know, and no value', () => {
    const echo = { ...reply, [CANARY]: CANARY, access_token: CANARY, refresh_token: CANARY };
    const { fields, ...more } = seen('linkedin', echo);
    expect(fields).toContain(fingerprint(CANARY));
    expect(JSON.stringify({ fields, ...more })).not.toContain(CANARY);
  });
});
