import { describe, expect, it } from 'vitest';
import { type LogRecord, pickLogFields } from '../../lambda/log.ts';

describe(pickLogFields.name, () => {
  it('keeps the fields that a record may have, and drops what else it was given', () => {
    const record: LogRecord = {
      level: 'info',
      message: 'x',
      tenant: 'acme',
      status: 200,
      rate_limit: { 'x-ratelimit-remaining': '9' },
    };
    const given = {
      ...record,
      refresh_token: 'Atzr|canary',
      body: 'canary',
      error: new Error('canary'),
    };
    expect(pickLogFields(given)).toEqual({
      tenant: 'acme',
      status: 200,
      rate_limit: { 'x-ratelimit-remaining': '9' },
    });
  });
});
