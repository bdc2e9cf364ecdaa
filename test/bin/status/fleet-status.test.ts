import { describe, expect, it } from 'vitest';
import { statusOfShard } from '../../../bin/status/fleet-status.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { type Knowledge, newKnowledge, unite } from '../../../lambda/history/families.ts';
import { newTenantState, type TenantState } from '../../../lambda/history/shard-state.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { describeFailure } from '../../../lambda/report/failure.ts';

const NOW = Date.parse('2026-11-23T05:00:00.000Z');
const ENTRY = {
  provider: 'amazon-ads',
  client_id: 'c',
  client_secret: 'canary',
  refresh_token: 'canary-token',
};

interface Known extends Partial<TenantState> {
  expires_at?: string;
}

function knowledgeOf(expiresAt: string | undefined): Knowledge {
  const knowledge = newKnowledge();
  if (expiresAt === undefined) {
    return knowledge;
  }
  const family = unite(knowledge, ['f1', 'f2']);
  const rotated_at = '2026-11-23T04:30:00.000Z';
  const token = { for: 'f2', key: 'k', stamp: '1', rotated_at, expires_at: expiresAt };
  Object.assign(family, { current: 'f2', stamp: '1', token });
  family.roots.add('f1');
  knowledge.tenants.set('acme', { root: 'f1', joined: '', had: new Set(), namedAt: '' });
  return knowledge;
}

function statusOf(entry: object, { expires_at, ...state }: Known = {}) {
  const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme: entry } }));
  const [status] = statusOfShard(
    'eu',
    map,
    {
      tenants: new Map([['acme', { ...newTenantState, ...state }]]),
      knowledge: knowledgeOf(expires_at),
    },
    NOW,
  );
  expect(JSON.stringify(status)).not.toContain('canary');
  return status;
}

describe(statusOfShard.name, () => {
  const fresh = {
    expires_at: '2026-11-23T05:30:00.000Z',
  };

  it('has nothing to say of a tenant with a valid token', () => {
    expect(statusOf(ENTRY, fresh)).toMatchObject({
      shard: 'eu',
      state: 'ok',
      fingerprint: 'f2',
      next_step: null,
    });
  });

  it('asks for a rotation of what was never rotated, or has expired', () => {
    expect(statusOf(ENTRY)).toMatchObject({
      state: 'new',
      next_step: 'Get its first token: tokens rotate acme',
    });
    expect(statusOf(ENTRY, { ...fresh, expires_at: '2026-11-23T04:59:59.000Z' })).toMatchObject({
      state: 'expired',
    });
  });

  it('says why a tenant fails, since when, and what to do, even while its token lives', () => {
    const error = {
      code: 'needs_authorization' as const,
      since: '2026-11-22T00:00:00.000Z',
      attempts: 2,
      tried_at: '2026-11-23T00:00:00.000Z',
      credential: fingerprint('canary-token'),
    };
    expect(statusOf(ENTRY, { ...fresh, error })).toMatchObject({
      state: 'needs_authorization',
      failing_since: '2026-11-22T00:00:00.000Z',
      next_step: 'Ask the client to consent again: tokens connect acme',
    });
  });

  it('says that a failure is older than the credential that replaced the one which failed', () => {
    const error = {
      code: 'needs_authorization' as const,
      since: '2026-11-22T00:00:00.000Z',
      attempts: 2,
      tried_at: '2026-11-23T00:00:00.000Z',
      credential: fingerprint('the one before'),
    };
    expect(statusOf(ENTRY, { ...fresh, error })?.next_step).toBe(
      'This failure is older than your fix. See if it is gone: tokens rotate acme',
    );
  });

  it('says of a failure what a run says', () => {
    const error = { since: '', attempts: 1, tried_at: '', credential: null };
    const codes = ['app_rejected', 'throttled', 'shard_full', 'bad_response'] as const;
    for (const code of codes) {
      const facts = {
        tenant: 'acme',
        shard: 'eu',
        provider: 'Amazon Ads',
        grant_type: 'refresh_token',
      };
      expect(statusOf(ENTRY, { ...fresh, error: { ...error, code } })).toMatchObject({
        state: code,
        next_step: describeFailure(code, facts).next_step,
      });
    }
  });

  it('names the field of an entry that is wrong', () => {
    expect(statusOf({ ...ENTRY, region: 'mars' })).toMatchObject({
      state: 'invalid_entry',
      next_step: expect.stringContaining('tenants.acme.region'),
    });
  });

  it('asks for a connection of a tenant without credential', () => {
    const { refresh_token: _, ...entry } = ENTRY;
    expect(statusOf(entry)).toMatchObject({
      state: 'needs_authorization',
      next_step: expect.stringContaining('tokens connect acme'),
    });
  });

  it('leaves disabled and moved tenants alone', () => {
    expect(statusOf({ ...ENTRY, enabled: false })).toMatchObject({
      state: 'disabled',
      next_step: null,
    });
    expect(statusOf(ENTRY, { ...fresh, moved_to: 'us' })).toMatchObject({
      state: 'moved',
      next_step: expect.stringContaining('tokens shard split'),
    });
  });
});
