import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { showReport } from '../../../bin/terminal/report-view.ts';
import { openTerminal } from '../../../bin/terminal/terminal.ts';
import type { Outcome, Report } from '../../../lambda/outcome.ts';

const NOW = Date.parse('2026-11-22T03:00:00.000Z');
const LONG = 'client-of-the-agency-0001';

const OUTCOMES: Outcome[] = [
  {
    ...about(LONG),
    status: 'rotated',
    expires_at: '2026-11-22T04:00:00.000Z',
    refresh_token_changed: true,
  },
  {
    ...about('shares'),
    status: 'rotated',
    expires_at: null,
    warning: 'It shares one credential with brandx.',
  },
  {
    ...about('dead'),
    status: 'failed',
    error: {
      code: 'needs_authorization',
      retryable: false,
      message: 'Amazon Ads no longer accepts the refresh token of tenant dead.',
      next_step: 'Ask the client to consent again: tokens connect dead',
    },
  },
  { ...about('late'), status: 'deferred', reason: 'there was no time left for it in this run' },
];

function about(tenant: string): Pick<Outcome, 'tenant' | 'shard' | 'provider'> {
  return { tenant, shard: 'default', provider: 'salesforce-marketing-cloud' };
}

const REPORT: Report = {
  run_id: 'run',
  started_at: new Date(NOW).toISOString(),
  finished_at: new Date(NOW).toISOString(),
  outcomes: OUTCOMES,
  summary: {
    total: 4,
    rotated: 2,
    recovered: 0,
    failed: 1,
    skipped: 0,
    deferred: 1,
    busy: 0,
    uncommitted: 0,
  },
};

function linesAt(columns: number, report = REPORT): string[] {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
  const streams = { stdin: new PassThrough(), stdout, stderr: new PassThrough() };
  showReport(openTerminal({ env: { NO_COLOR: '1' }, ...streams }), report, NOW);
  return String(stdout.read()).trimEnd().split('\n');
}

describe(showReport.name, () => {
  it.each([60, 80, 120, 300])('fits %i columns, and cuts no name, state or word', (columns) => {
    const lines = linesAt(columns);
    expect(lines.filter((line) => line.length > columns || line.includes('…'))).toEqual([]);
    for (const { tenant, status } of OUTCOMES) {
      expect(lines.some((line) => line.startsWith(tenant) && line.includes(status))).toBe(true);
    }
    expect(lines.join('\n')).toContain('needs_authorization');
  });

  it('says why a tenant was not asked, and what else is to be known of it', () => {
    const outcome: Outcome = {
      ...about('twin'),
      status: 'busy',
      reason: 'another run holds the shard',
      warning: 'it shares one credential with acme.',
    };
    const lines = linesAt(120, { ...REPORT, outcomes: [outcome] });
    expect(lines[1]).toContain('another run holds the shard. It shares one credential with acme.');
  });

  it('breaks what happened between words, below where it began', () => {
    const lines = linesAt(60);
    const at = lines.findIndex((line) => line.startsWith('late'));
    const column = lines[0]?.indexOf('WHAT HAPPENED') ?? 0;
    const said = lines.slice(at, at + 2).map((line) => line.slice(column));
    expect(said.join(' ')).toBe('there was no time left for it in this run');
  });
});
