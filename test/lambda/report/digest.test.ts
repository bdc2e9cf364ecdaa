import { describe, expect, it } from 'vitest';
import type { Drift, Ending, Failure, ShardFailure } from '../../../lambda/outcome.ts';
import { digest } from '../../../lambda/report/digest.ts';
import { describeFailure } from '../../../lambda/report/failure.ts';
import { makeOutcome, makeReport } from '../../fakes/report.ts';

const consent: Failure = {
  code: 'needs_authorization',
  retryable: false,
  message: 'the grant of acme ended',
  next_step: 'connect acme again',
};
const outage: Failure = {
  code: 'provider_unavailable',
  retryable: true,
  message: 'no answer',
  next_step: 'nothing: the next run tries again',
};
const failure: ShardFailure = {
  shard: 'eu',
  code: 'commit_failed',
  message: 'AWS throttles',
  next_step: 'look at the quota',
};

describe(digest.name, () => {
  it('is no mail when nothing changed', () => {
    expect(digest([makeReport([])], 'token-rotator')).toBeNull();
    const outcomes = [makeOutcome('a', 'rotated'), makeOutcome('b', 'failed', { error: consent })];
    expect(
      digest(
        [makeReport(outcomes, { failures: [{ ...failure, repeated: true }] })],
        'token-rotator',
      ),
    ).toBeNull();
  });

  it('is no mail for a dry run', () => {
    const outcomes = [makeOutcome('b', 'failed', { error: consent, newly_failing: true })];
    expect(digest([makeReport(outcomes, { dry_run: true })], 'token-rotator')).toBeNull();
  });

  it('tells who newly fails, who is well again, which shards failed, what to do', () => {
    const report = makeReport(
      [
        makeOutcome('acme', 'failed', { error: consent, newly_failing: true }),
        makeOutcome('known', 'failed', { error: consent }),
        makeOutcome('brandx', 'rotated', { healed: true, shard: 'eu', provider: 'oauth2' }),
      ],
      { failures: [failure] },
    );
    expect(digest([report], 'token-rotator')).toEqual({
      subject: 'token-rotator: 1 shard failed, 1 newly failing, 1 well again',
      message: [
        'Deployment token-rotator',
        'Shards that failed (1):\n- shard eu: commit_failed\n  AWS throttles\n  To do: ' +
          'look at the quota',
        'Tenants that newly fail (1):\n- acme (amazon-ads, shard default): ' +
          'needs_authorization\n  the grant of acme ended\n  To do: connect acme again',
        'Tenants that are well again (1):\n- brandx (oauth2, shard eu)',
        'Runs (1):\n- run-1 of 2026-11-22T02:17:03.120Z: 3 tenants, 1 rotated, 2 failed; ' +
          'report runs/2026-11-22T02:17:03.120Z-run-1.json in the archive bucket',
      ].join('\n\n'),
    });
  });

  it('tells first what needs a person', () => {
    const report = makeReport([
      makeOutcome('outage', 'failed', { error: outage, newly_failing: true }),
      makeOutcome('consent', 'failed', { error: consent, newly_failing: true }),
    ]);
    const message = digest([report], 'token-rotator')?.message ?? '';
    expect(message.indexOf('- consent')).toBeLessThan(message.indexOf('- outage'));
  });

  it('stays within what SNS takes, whatever the name and the number of tenants', () => {
    const outcomes = Array.from({ length: 10_000 }, (_, index) =>
      makeOutcome(`tenant-${index}`, 'failed', { error: consent, newly_failing: true }),
    );
    const mail = digest([makeReport(outcomes)], 'n'.repeat(500));
    expect(mail?.subject).toMatch(/^n+: 10000 newly failing$/);
    expect(mail?.subject.length).toBeLessThan(100);
    expect(mail?.message.length).toBeLessThan(50_000);
    expect(mail?.message).toContain('- and 9950 more: the reports name them all');
  });

  it('says so when there is no report to look into', () => {
    const { report_key: _key, ...report } = makeReport([], { failures: [failure] });
    expect(digest([report], 'token-rotator')?.message).toContain(
      '0 tenants; its report could not be archived',
    );
  });

  it('tells of the shards of a fan-out in one mail, of each only its last failure', () => {
    const first = makeReport(
      [makeOutcome('acme', 'failed', { error: consent, newly_failing: true })],
      { failures: [failure] },
    );
    const second = makeReport([makeOutcome('brandx', 'rotated', { healed: true })], {
      failures: [{ ...failure, message: 'AWS refuses' }],
    });
    const mail = digest([first, second], 'token-rotator', ['us']);
    expect(mail?.subject).toBe('token-rotator: 2 shards failed, 1 newly failing, 1 well again');
    expect(mail?.message).toContain(
      'Shards that failed (1):\n- shard eu: commit_failed\n  AWS refuses',
    );
    expect(mail?.message).toContain('Shards whose run ended without a report (1):\n- shard us\n');
    expect(mail?.message).toContain('Runs (2):');
  });

  it('says what ends soon and which platform changed, with who can act', () => {
    const ending: Ending = {
      tenant: 'acme',
      shard: 'default',
      provider: 'linkedin',
      app: null,
      kind: 'consent',
      ends_at: '2026-12-24T00:00:00.000Z',
      told: true,
      threshold_days: 14,
      next_step: 'Ask the client.',
      owner: 'Ann',
    };
    const drift: Drift = {
      provider: 'pinterest',
      grant_type: 'refresh_token',
      aspect: 'refresh_token',
      was: 'repeats',
      is: 'changes',
      since: '2026-03-03T00:00:00.000Z',
      answers: 212,
      of: 212,
    };
    const report = makeReport([], { endings: [ending], drifts: [drift] });
    const mail = digest([report], 'token-rotator');
    expect(mail?.subject).toBe('token-rotator: 1 ending soon, 1 platform changed');
    expect(mail?.message).toContain('What ends soon (1):\n- acme (linkedin, shard default)');
    expect(mail?.message).toContain('Ask: Ann');
    expect(mail?.message).toContain('began to replace the refresh token on 2026-03-03: 212 of 212');
    expect(digest([{ ...report, dry_run: true }], 'token-rotator')).toBeNull();
  });

  it('says whom to ask about a tenant that newly fails', () => {
    const error = describeFailure('needs_authorization', { tenant: 'acme' });
    const failed = makeOutcome('acme', 'failed', { error, newly_failing: true, owner: 'Ann' });
    expect(digest([makeReport([failed])], 'token-rotator')?.message).toContain(', ask Ann');
  });
});

describe('a mail about many tenants', () => {
  it('says whom to ask about which of them, and the tags of one', () => {
    const fails = (tenant: string, more: object) =>
      makeOutcome(tenant, 'failed', {
        newly_failing: true,
        error: describeFailure('needs_authorization', { tenant, provider: 'Amazon Ads' }),
        ...more,
      });
    const outcomes = [
      fails('a', { owner: 'Ann', tags: ['eu', 'vip'] }),
      fails('b', { owner: 'Bob', contact: 'bob@agency.example' }),
      fails('c', { owner: 'Ann' }),
      fails('d', {}),
    ];
    const message = digest([makeReport(outcomes)], 'token-rotator')?.message ?? '';
    expect(message).toContain('  Ask Ann: a, c\n  Ask Bob, bob@agency.example: b\n  d\n');
    const alone = digest([makeReport(outcomes.slice(0, 1))], 'token-rotator')?.message;
    expect(alone).toContain('- a (amazon-ads, shard default), ask Ann, tags eu, vip: ');
  });

  it('tells a cause once, with all the names', () => {
    const fails = (tenant: string) =>
      makeOutcome(tenant, 'failed', {
        newly_failing: true,
        error: describeFailure('app_blocked', { tenant, provider: 'Amazon Ads', app: 'lwa' }),
      });
    const names = Array.from({ length: 12 }, (_, index) => `client-${index + 1}`);
    const message = digest([makeReport(names.map(fails))], 'token-rotator')?.message ?? '';
    expect(message.match(/To do:/g)).toHaveLength(1);
    expect(message).toContain('- 12 tenants (amazon-ads): app_blocked\n');
    expect(message).toContain('client-2, client-3, client-4');
    expect(message).toContain('client-9, client-10');
  });

  it('is not sent to nobody for texts of a map that are long', () => {
    const long = '\u05d0'.repeat(16_000);
    const owners = Array.from({ length: 60 }, (_, index) =>
      makeOutcome(`t${index}`, 'rotated', {
        healed: true,
        owner: long,
        tags: Array(900).fill('eu'),
      }),
    );
    const mail = digest([makeReport(owners)], 'token-rotator')?.message ?? '';
    expect(Buffer.byteLength(mail)).toBeLessThan(60_000);
    expect(mail).toContain('eu and 890 more');
  });

  it('ends behind a whole line where SNS would not take it, and says so', () => {
    const failures = Array.from({ length: 50 }, (_, index) => ({
      shard: `s${index}`,
      code: 'shard_unreadable' as const,
      message: '\u05d0'.repeat(9000),
      next_step: 'S',
    }));
    const mail = digest([makeReport([], { failures })], 'token-rotator')?.message ?? '';
    expect(Buffer.byteLength(mail)).toBeLessThan(262_144);
    const [last, blank, ending] = mail.split('\n').slice(-3);
    expect(last).toMatch(/^ {2}To do: S$|^ {2}\u05d0{9000}$|^- shard s\d+: shard_unreadable$/);
    expect([blank, ending]).toEqual(['', 'This mail was too long: the reports hold the rest.']);
  });

  it('shows what a map may hold escaped', () => {
    const names = ['a\u001b[2J', 'b\u202egnp.exe', 'c\r\nFrom: ceo', 'd\u2028e'];
    const fails = (tenant: string) =>
      makeOutcome(tenant, 'failed', {
        newly_failing: true,
        error: describeFailure('invalid_entry', { tenant, path: `tenants.${tenant}.app` }),
      });
    for (const outcomes of [names.map(fails), names.slice(0, 1).map(fails)]) {
      const message = digest([makeReport(outcomes)], 'token-rotator')?.message ?? '';
      expect(message).toContain('\\u{1b}');
      expect(message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(message).not.toMatch(/^From:/m);
    }
  });
});
