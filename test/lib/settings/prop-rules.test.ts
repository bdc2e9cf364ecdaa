import { Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { TokenRotator, type TokenRotatorProps } from '../../../lib/token-rotator.ts';
import { createApp } from '../synthesize.ts';

const create = (props: TokenRotatorProps) =>
  new TokenRotator(new Stack(createApp(), 'Mine'), 'Tokens', {
    code: Code.fromInline('export {}'),
    ...props,
  });

describe(TokenRotator.name, () => {
  it.each<[TokenRotatorProps, string]>([
    [{ name: 'Prod/Tokens' }, 'name: must be 2 to 26 small letters'],
    [{ name: 'xn--tokens' }, 'name: must not begin with xn--'],
    [{ name: 'sthree-tokens' }, 'name: must not begin with xn--'],
    [{ name: 'aws.tokens' }, 'name: must be 2 to 26 small letters'],
    [{ schedule: 'every sunday' }, 'schedule: must be cron(…) with six fields'],
    [{ schedule: 'cron(0 5 30 2 ? *)' }, 'schedule: must have a day on which it runs'],
    [{ timeZone: 'Europe/Atlantis' }, 'timeZone: must be an IANA time zone'],
    [{ retention: Duration.days(7) }, 'retention: must be a whole number of days from 30 to 3650'],
    [{ timeout: Duration.minutes(4) }, 'timeout: must be a whole number of seconds from 600'],
    [{ timeout: Duration.millis(600_500) }, 'timeout: must be a whole number of seconds'],
    [{ successWithin: Duration.hours(12) }, 'successWithin: must be a whole number of days'],
    [{ memorySize: 64 }, 'memorySize: must be a whole number of MiB from 256 to 10240'],
    [{ reservedConcurrentExecutions: 0.5 }, 'reservedConcurrentExecutions: must be a whole number'],
    [{ refreshConcurrency: 0 }, 'refreshConcurrency: must be a whole number of invocations'],
    [{ alertAddress: 'ops' }, 'alertAddress: must be a mail address'],
    [{ takeOverKeyArn: 'key' }, 'takeOverKeyArn: must be the ARN of the retained key'],
    [{ connectPage: true, connectTitle: ' ' }, 'connectTitle: must be a text of 1 to 80'],
    [{ connectPage: true, connectTitle: 'A\nB' }, 'connectTitle: must be a text of 1 to 80'],
    [{ connectPage: true, connectContact: 'x'.repeat(201) }, 'connectContact: must be a text of 1'],
    [{ connectPage: true, connectLogo: import.meta.filename }, 'connectLogo: must be the path of'],
    [{ connectPage: true, connectLogo: 'none.png' }, 'connectLogo: must be the path of a PNG or'],
    [{ connectTitle: 'Agency' }, 'connectTitle: needs the connect page'],
    [{ keepfresh: true } as TokenRotatorProps, 'keepfresh: there is no such property'],
  ])('refuses %j', (props, message) => {
    expect(() => create(props)).toThrow(message);
  });

  it('names every wrong property at once', () => {
    const both = () => create({ name: 'Prod/Tokens', timeout: Duration.minutes(1) });
    expect(both).toThrow('name: must be');
    expect(both).toThrow('timeout: must be');
  });

  it('takes the least and the most of each', () => {
    expect(() =>
      create({
        name: 'a1',
        timeout: Duration.minutes(10),
        retention: Duration.days(3650),
        successWithin: Duration.days(400),
        memorySize: 10_240,
      }),
    ).not.toThrow();
  });

  it('takes undefined for what is not given', () => {
    expect(() => create({ name: undefined } as unknown as TokenRotatorProps)).not.toThrow();
  });
});
