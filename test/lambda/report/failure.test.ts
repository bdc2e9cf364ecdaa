import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../lambda/outcome.ts';
import { describeFailure } from '../../../lambda/report/failure.ts';

const CODES: Record<ErrorCode, boolean> = {
  invalid_entry: false,
  duplicate_credential: false,
  needs_authorization: false,
  app_rejected: false,
  app_blocked: true,
  request_rejected: false,
  throttled: true,
  provider_unavailable: true,
  unknown_outcome: true,
  bad_response: true,
  unread_response: false,
  account_changed: false,
  needs_decision: false,
  invalid_definition: false,
  shard_full: false,
  shard_unreadable: false,
  archive_failed: true,
  commit_failed: true,
};

describe(describeFailure.name, () => {
  it.each(Object.entries(CODES) as [ErrorCode, boolean][])(
    'names the tenant and a next step for %s (retryable: %s)',
    (code, retryable) => {
      const failure = describeFailure(code, { tenant: 'acme' });
      expect(failure).toMatchObject({ code, retryable });
      expect(failure.message).toMatch(/\bacme\b.*\.$/);
      expect(failure.next_step.length).toBeGreaterThan(10);
      expect(JSON.stringify(failure)).not.toMatch(/undefined|null/);
    },
  );

  it('tells status, code and patterns of the answer', () => {
    const facts = {
      tenant: 'acme',
      provider: 'Amazon Ads',
      status: 400,
      oauth_error: 'invalid_grant',
      shown: 'AADSTS1',
    };
    expect(describeFailure('needs_authorization', facts).message).toContain('Amazon Ads');
    expect(describeFailure('needs_authorization', facts).message).toContain(
      '(HTTP 400, invalid_grant, AADSTS1)',
    );
    expect(
      describeFailure('provider_unavailable', {
        tenant: 'acme',
        status: null,
        network: 'ECONNREFUSED',
      }).message,
    ).toContain('(ECONNREFUSED)');
  });

  it('says of an answer whether it was a success or no HTTP at all', () => {
    const message = (facts: object) =>
      describeFailure('unread_response', { tenant: 'acme', ...facts }).message;
    expect(message({ status: 200 })).toContain('with success (HTTP 200)');
    expect(message({ status: 204, network: 'HPE_INVALID_CONSTANT' })).toContain('with success');
    expect(message({ status: null, network: 'HPE_INVALID_CONSTANT' })).toContain('no HTTP');
    expect(message({ status: 502 })).toContain('with a fault (HTTP 502)');
    expect(message({ status: 502 })).not.toContain('success');
  });

  it('says what is wrong with an entry, or with a URL that may not be asked', () => {
    const wrong = describeFailure('invalid_entry', {
      tenant: 'acme',
      path: 'tenants.acme.region',
      cause: 'it is odd',
    });
    expect(wrong.message).toBe(
      'The entry of tenant acme is wrong at tenants.acme.region: it is odd.',
    );
    expect(
      describeFailure('invalid_entry', { tenant: 'acme', network: 'url_refused' }).next_step,
    ).toContain('token_url');
  });

  it('sends each kind of refusal to whom can mend it', () => {
    const step = (facts: object) =>
      describeFailure('needs_authorization', { tenant: 'acme', ...facts }).next_step;
    expect(step({ grant_type: 'refresh_token' })).toContain('tokens connect acme');
    expect(step({ grant_type: 'authorization_code' })).toContain('tokens connect acme');
    expect(step({ oauth_error: 'unauthorized_client' })).toContain('right app');
    expect(step({ grant_type: 'fulfillment_user_assertion' })).toContain('user_id');
    expect(describeFailure('app_rejected', { tenant: 'acme', app: 'lwa' }).next_step).toContain(
      'tokens app set-secret lwa',
    );
  });
});
