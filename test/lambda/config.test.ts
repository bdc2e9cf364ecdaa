import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../lambda/config.ts';

const env = {
  TENANTS_SECRET: 'token-rotator/tenants',
  ACCESS_TOKENS_SECRET: 'token-rotator/access-tokens',
  ARCHIVE_BUCKET: 'bucket',
};

describe(readConfig.name, () => {
  it('reads and trims what it is told', () => {
    const topic = 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:alerts';
    expect(
      readConfig({
        ...env,
        ARCHIVE_BUCKET: ' bucket\n',
        ALERTS_TOPIC_ARN: topic,
        ALLOW_LOOPBACK_HTTP: ' true ',
      }),
    ).toEqual({
      tenantsSecret: 'token-rotator/tenants',
      accessTokensSecret: 'token-rotator/access-tokens',
      archiveBucket: 'bucket',
      alertsTopicArn: topic,
      allowLoopbackHttp: true,
      rhythm: null,
    });
  });

  it('needs no topic, and allows no plain http unless told to', () => {
    for (const more of [
      {},
      { ALERTS_TOPIC_ARN: '', ALLOW_LOOPBACK_HTTP: '' },
      { ALLOW_LOOPBACK_HTTP: 'false' },
    ]) {
      expect(readConfig({ ...env, ...more })).toMatchObject({
        alertsTopicArn: null,
        allowLoopbackHttp: false,
      });
    }
  });

  it.each([
    ['604800', 'true', { gapMs: 604_800_000, keepFresh: true }],
    ['none', '', { gapMs: null, keepFresh: false }],
  ])('reads how often tenants are renewed (%s, %s)', (gap, fresh, rhythm) => {
    const more = { RUN_GAP_SECONDS: gap, KEEP_FRESH: fresh };
    expect(readConfig({ ...env, ...more }).rhythm).toEqual(rhythm);
    expect(() => readConfig({ ...env, RUN_GAP_SECONDS: 'weekly' })).toThrow('RUN_GAP_SECONDS must');
  });

  it('names every faulty variable at once', () => {
    const read = () =>
      readConfig({ TENANTS_SECRET: ' ', ALERTS_TOPIC_ARN: 'topic', ALLOW_LOOPBACK_HTTP: '1' });
    expect(read).toThrow(ConfigError);
    for (const name of [
      'TENANTS_SECRET',
      'ACCESS_TOKENS_SECRET',
      'ARCHIVE_BUCKET',
      'ALERTS_TOPIC_ARN',
      'ALLOW_LOOPBACK_HTTP',
    ]) {
      expect(read).toThrow(`${name} must`);
    }
  });

  it.each([
    ['a', 'a'],
    ['a', 'a/b'],
    ['a/b', 'a'],
  ])(
    'refuses secrets %s and %s, of which one would stand among the shards of the other',
    (tenants, accessTokens) => {
      expect(() =>
        readConfig({ ...env, TENANTS_SECRET: tenants, ACCESS_TOKENS_SECRET: accessTokens }),
      ).toThrow(ConfigError);
    },
  );

  it('takes names of which one merely begins like the other', () => {
    expect(() =>
      readConfig({ ...env, TENANTS_SECRET: 'a/b', ACCESS_TOKENS_SECRET: 'a/b2' }),
    ).not.toThrow();
  });
});
