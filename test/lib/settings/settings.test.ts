import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../lib/settings/settings.ts';

describe(parseSettings.name, () => {
  it('sets nothing where nothing is given', () => {
    expect(parseSettings({})).toEqual({});
  });

  it('takes every setting as the command line gives it', () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/30f33115-677c-49f8-935d-763e5c141f52';
    const { retention, timeout, successWithin, ...rest } = parseSettings({
      name: 'tokens-eu',
      schedule: 'cron(0 3 ? * MON-FRI *)',
      timeZone: 'Europe/Berlin',
      keepFresh: 'true',
      retentionDays: '90',
      alertAddress: 'ops@example.com',
      memory: '1024',
      timeout: '600',
      reservedConcurrency: '2',
      refreshConcurrency: '20',
      fanOut: 'false',
      connectPage: 'true',
      connectTitle: 'Agency',
      connectContact: 'ops@example.com',
      successWithinDays: '35',
      takeOver: key,
    });
    expect(rest).toEqual({
      name: 'tokens-eu',
      schedule: 'cron(0 3 ? * MON-FRI *)',
      timeZone: 'Europe/Berlin',
      keepFresh: true,
      alertAddress: 'ops@example.com',
      memorySize: 1024,
      reservedConcurrentExecutions: 2,
      refreshConcurrency: 20,
      fanOut: false,
      connectPage: true,
      connectTitle: 'Agency',
      connectContact: 'ops@example.com',
      takeOverKeyArn: key,
    });
    expect([retention?.toDays(), timeout?.toSeconds(), successWithin?.toDays()]).toEqual([
      90, 600, 35,
    ]);
  });

  it('takes numbers and truth values as cdk.json gives them', () => {
    expect(parseSettings({ memory: 256, keepFresh: true })).toEqual({
      memorySize: 256,
      keepFresh: true,
    });
  });

  it("lets the CDK's own context pass", () => {
    const context = {
      'aws:cdk:bundling-stacks': ['**'],
      'aws-cdk:enableDiffNoFail': true,
      '@aws-cdk/core:newStyleStackSynthesis': true,
      'availability-zones:account=1:region=eu-west-1': [],
    };
    expect(parseSettings(context)).toEqual({});
  });

  it.each([
    ['name', 'Tokens', 'small letters'],
    ['name', 'a', '2 to 26'],
    ['name', 'a/b', 'small letters'],
    ['name', 'aws.tokens', 'small letters'],
    ['schedule', 'every sunday', 'cron(…) with six fields'],
    ['schedule', 'cron(17 2 * * SUN)', 'six fields'],
    ['schedule', 'rate(0 days)', 'rate(…)'],
    ['schedule', 'cron(17 25 ? * SUN *)', 'six fields'],
    ['schedule', 'cron(0 5 31 2,4,6,9,11 ? *)', 'a day on which it runs'],
    ['schedule', 'cron(0 5 ? * SUN 2020)', 'a day on which it runs'],
    ['timeZone', 'Europe/Atlantis', 'IANA time zone'],
    ['timeZone', 'europe/berlin', 'IANA time zone'],
    ['timeZone', 'EUROPE/BERLIN', 'IANA time zone'],
    ['timeZone', '+01:00', 'IANA time zone'],
    ['keepFresh', 'yes', 'true or false'],
    ['retentionDays', '7', 'from 30 to 3650'],
    ['retentionDays', '', 'whole number of days'],
    ['retentionDays', '90.5', 'whole number of days'],
    ['alertAddress', 'ops', 'mail address'],
    ['memory', '64', 'from 256 to 10240'],
    ['timeout', '3600', 'from 600 to 900'],
    ['timeout', '599', 'from 600 to 900'],
    ['timeout', -1, 'from 600 to 900'],
    ['refreshConcurrency', '0', 'from 1 to 1000'],
    ['reservedConcurrency', '0', 'from 1 to 1000'],
    ['fanOut', '1', 'true or false'],
    ['connectPage', 'on', 'true or false'],
    ['connectTitle', 'Agency', 'set connectPage to true'],
    ['successWithinDays', 'soon', 'whole number of days'],
    ['takeOver', 'true', 'ARN of the retained key'],
  ])('refuses %s=%j', (key, value, message) => {
    expect(() => parseSettings({ [key]: value })).toThrow(
      new RegExp(`-c ${key}=…: .*${message.replace(/[()]/g, '\\$&')}`),
    );
  });

  it('takes none for the schedule', () => {
    expect(parseSettings({ schedule: 'none' })).toEqual({ schedule: 'none' });
  });

  it('names every fault at once, and what settings there are', () => {
    const read = () => parseSettings({ keepfresh: 'true', retention: '90', memory: 'lots' });
    expect(read).toThrow('-c keepfresh=…: there is no such setting; there are name, schedule,');
    expect(read).toThrow('-c retention=…: there is no such setting');
    expect(read).toThrow('-c memory=…: must be a whole number of MiB');
  });
});
