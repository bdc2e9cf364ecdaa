import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../lambda/outcome.ts';
import { groupByCause, type Trouble } from '../../../lambda/report/cause-groups.ts';
import { describeFailure } from '../../../lambda/report/failure.ts';
import type { FailureFacts } from '../../../lambda/report/failure-facts.ts';

function trouble(tenant: string, code: ErrorCode, facts: Partial<FailureFacts> = {}): Trouble {
  return {
    tenant,
    shard: facts.shard ?? 'default',
    provider: 'amazon-ads',
    grant_type: 'refresh_token',
    error: describeFailure(code, {
      tenant,
      provider: 'Amazon Ads',
      grant_type: 'refresh_token',
      ...facts,
    }),
  };
}
const many = (count: number, make: (name: string) => Trouble) =>
  Array.from({ length: count }, (_, index) => make(`client-${index + 1}`));

describe(groupByCause.name, () => {
  it('makes one group and one next step of 500 tenants of a refused app', () => {
    const rejected = trouble('zeta', 'app_rejected', { app: 'lwa', status: 401 });
    const blocked = many(499, (name) => trouble(name, 'app_blocked', { app: 'lwa' }));
    const [group, ...others] = groupByCause([...blocked, rejected]);
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      code: 'app_rejected',
      app: 'lwa',
      message:
        'Amazon Ads refused the client credentials of app lwa (HTTP 401). 500 tenants get no token.',
      next_step: expect.stringContaining('tokens app set-secret lwa'),
    });
    expect(group?.tenants).toHaveLength(500);
  });

  it('makes one group of 64 revoked tenants, whatever each answer said, in natural order', () => {
    const revoked = many(64, (name) =>
      trouble(name, 'needs_authorization', { status: name.endsWith('1') ? 401 : 400 }),
    );
    const [group, ...others] = groupByCause(revoked.toReversed());
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      message: expect.stringContaining('the refresh token of 64 tenants'),
      next_step: 'Ask the client to consent again: tokens connect NAME',
    });
    expect(group?.tenants.slice(0, 11).at(-1)).toBe('client-11');
  });

  it('keeps apart what needs another step, another provider or another client', () => {
    const groups = groupByCause([
      trouble('a', 'needs_authorization'),
      trouble('b', 'needs_authorization', { oauth_error: 'unauthorized_client' }),
      { ...trouble('c', 'needs_authorization'), provider: 'google-ads' },
      trouble('d', 'app_rejected', { app: 'one' }),
      trouble('e', 'app_rejected', { app: 'two' }),
      trouble('f', 'shard_full', { shard: 'eu' }),
      trouble('g', 'shard_full', { shard: 'us' }),
    ]);
    expect(groups.map(({ tenants }) => tenants)).toEqual([...'abcdefg'].map((name) => [name]));
  });

  it('says a fault of an app’s entry once', () => {
    const [group] = groupByCause(
      ['a', 'b', 'c'].map((name) =>
        trouble(name, 'invalid_entry', { path: 'apps.lwa.client_id', cause: 'it is missing' }),
      ),
    );
    expect(group).toMatchObject({
      message: expect.stringContaining('The same is true of 2 more.'),
      next_step: 'Correct apps.lwa.client_id: tokens app set lwa client_id=VALUE',
    });
  });

  it('leaves one tenant its own words', () => {
    const one = trouble('acme', 'throttled', { status: 429 });
    expect(groupByCause([one])).toEqual([
      {
        cause: 'throttled',
        certainty: null,
        also: [],
        code: 'throttled',
        provider: 'amazon-ads',
        app: null,
        tenants: ['acme'],
        message: one.error.message,
        prevention: null,
        next_step: one.error.next_step,
      },
    ]);
  });
});
