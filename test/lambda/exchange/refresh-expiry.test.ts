import { describe, expect, it } from 'vitest';
import { refreshExpiresAt } from '../../../lambda/exchange/refresh-expiry.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';

const exchange = (provider: string, body: object, status = 200) =>
  archivedExchange(body, { provider, status });

describe(refreshExpiresAt.name, () => {
  it.each(['linkedin', 'pinterest', 'google-ads'])('reads what %s tells', (provider) => {
    const told = exchange(provider, { refresh_token_expires_in: 86_400 });
    expect(refreshExpiresAt(told)).toBe('2026-11-23T02:17:03.120Z');
  });

  it.each([0, -5, 'soon', null, 1e12])('takes %j for nothing', (refresh_token_expires_in) => {
    expect(refreshExpiresAt(exchange('linkedin', { refresh_token_expires_in }))).toBeNull();
  });

  it('reads nothing of a refusal, nor of a platform that tells none', () => {
    expect(
      refreshExpiresAt(exchange('linkedin', { refresh_token_expires_in: 60 }, 400)),
    ).toBeNull();
    expect(refreshExpiresAt(exchange('amazon-ads', { refresh_token_expires_in: 60 }))).toBeNull();
  });

  it('keeps to the rules with which the exchange was archived', () => {
    const linkedin = providers.get('linkedin');
    if (!linkedin) {
      throw new Error('There is no definition of linkedin.');
    }
    const { response, errors = {} } = linkedin;
    const old = exchange('amazon-ads', { refresh_token_expires_in: 86_400 });
    expect(refreshExpiresAt({ ...old, reading: { response, errors } })).not.toBeNull();
  });
});
