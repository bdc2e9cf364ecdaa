import { describe, expect, it } from 'vitest';
import type { Drift, Ending } from '../../../lambda/outcome.ts';
import { driftLines, endingLines } from '../../../lambda/report/ahead-lines.ts';

const ending: Ending = {
  tenant: 'acme',
  shard: 'default',
  provider: 'linkedin',
  app: 'agency',
  kind: 'consent',
  ends_at: '2026-12-24T02:00:00.000Z',
  told: false,
  threshold_days: 30,
  next_step: 'Ask the client.',
};
const drift: Drift = {
  provider: 'pinterest',
  grant_type: 'refresh_token',
  aspect: 'refresh_token',
  was: 'repeats',
  is: 'changes',
  since: '2026-03-03T02:00:00.000Z',
  answers: 212,
  of: 212,
};

describe(endingLines.name, () => {
  it('says what ends, when, who can act and what to do', () => {
    expect(endingLines([{ ...ending, owner: 'Ann', contact: 'ann@x.example' }])).toEqual([
      "- acme (linkedin, shard default): the client's consent ends on 2026-12-24, " +
        'as the platform documents it\n  Ask: Ann, ann@x.example\n  To do: Ask the client.',
    ]);
  });

  it('says the end of an app once, and the nearest end first', () => {
    const secret = { ...ending, kind: 'client_secret', told: true } as const;
    const later = { ...ending, tenant: 'z', ends_at: '2026-12-30T00:00:00.000Z' };
    const lines = endingLines([later, secret, { ...secret, tenant: 'b' }]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('app agency (2 tenants): the client secret ends on 2026-12-24\n');
    expect(lines[1]).toContain('- z ');
  });
});

describe(driftLines.name, () => {
  it('says what a platform began to do', () => {
    expect(driftLines([drift])).toEqual([
      '- pinterest (refresh_token) began to replace the refresh token on 2026-03-03: ' +
        '212 of 212 answers',
    ]);
  });

  it('says once what several shards saw', () => {
    const other = { ...drift, since: '2026-03-02T00:00:00.000Z', answers: 8, of: 9 };
    expect(driftLines([drift, other])).toEqual([
      '- pinterest (refresh_token) began to replace the refresh token on 2026-03-02: ' +
        '220 of 221 answers',
    ]);
  });

  it.each<[Partial<Drift>, string]>([
    [{ aspect: 'access_life_s', was: 3600, is: 1800 }, 'from 3600 to 1800 s'],
    [{ aspect: 'refresh_life_s', was: 86_400, is: 3600 }, 'the life of refresh tokens'],
    [{ aspect: 'field:scope', is: 'there' }, 'began to send the field scope'],
    [
      { aspect: 'field:0123456789abcdef', is: 'missing' },
      'stopped sending a field of unknown name',
    ],
    [{ aspect: 'header:retry-after', is: 'there' }, 'began to send the header retry-after'],
    [{ aspect: 'latency_ms', was: 200, is: 9000 }, 'began to answer in 9000 ms'],
    [{ aspect: 'refresh_token', is: 'missing' }, 'stopped sending a refresh token'],
    [
      { aspect: 'refusal:app_rejected', was: '400 invalid_client', is: '401 unlisted' },
      'changed how it refuses',
    ],
  ])('has words for %j', (more, words) => {
    expect(driftLines([{ ...drift, ...more }])[0]).toContain(words);
  });
});
