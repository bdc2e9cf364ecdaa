import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stage, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE, NAME_DIMENSION } from '../../lambda/report/metric-names.ts';
import { TokenRotatorStack } from '../../lib/rotation-stack.ts';
import { createApp, createStack, synthesize } from './synthesize.ts';

const template = synthesize({ alertAddress: 'ops@example.com' });
const full = synthesize({ keepFresh: 'true', fanOut: 'true' });
const RETAINED = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };

const root = join(import.meta.dirname, '..', '..');

/** The anchors of a document's sections, as they are linked to. */
function headingsOf(document: string): string[] {
  const text = readFileSync(join(root, 'lib', document), 'utf8');
  return [...text.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
}

const ofType = (type: string, source = template) => Object.values(source.findResources(type));

describe(TokenRotatorStack.name, () => {
  describe('the secrets', () => {
    it('are created without a value, under the key, and stay when the stack goes', () => {
      const secrets = ofType('AWS::SecretsManager::Secret');
      expect(secrets.map(({ Properties }) => Properties.Name)).toEqual([
        'token-rotator/tenants',
        'token-rotator/access-tokens',
      ]);
      for (const { Properties, ...rest } of secrets) {
        expect(Object.keys(Properties).sort()).toEqual(['Description', 'KmsKeyId', 'Name']);
        expect(rest).toMatchObject(RETAINED);
      }
    });

    it('have no value in any template', () => {
      for (const each of [template, full]) {
        expect(JSON.stringify(each.toJSON())).not.toMatch(
          /GenerateSecretString|SecretString|resolve:secretsmanager/,
        );
      }
    });
  });

  describe('the archive', () => {
    it('is sealed with the key, closed, versioned, and stays', () => {
      template.hasResource('AWS::S3::Bucket', {
        ...RETAINED,
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              {
                BucketKeyEnabled: true,
                ServerSideEncryptionByDefault: {
                  SSEAlgorithm: 'aws:kms',
                  KMSMasterKeyID: { 'Fn::GetAtt': [Match.stringLikeRegexp('Key'), 'Arn'] },
                },
              },
            ],
          },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          VersioningConfiguration: { Status: 'Enabled' },
        },
      });
    });

    it('refuses what comes without TLS 1.2, and keeps doing so when the stack is gone', () => {
      template.hasResource('AWS::S3::BucketPolicy', {
        ...RETAINED,
        Properties: {
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({
                Effect: 'Deny',
                Action: 's3:*',
                Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              }),
              Match.objectLike({
                Effect: 'Deny',
                Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
              }),
            ]),
          },
        },
      });
    });

    it.each([
      [{}, 400],
      [{ retentionDays: '90' }, 90],
    ])('expires responses and reports, and never a state: %j', (settings, days) => {
      const [bucket] = ofType('AWS::S3::Bucket', synthesize(settings));
      const rules = bucket?.Properties.LifecycleConfiguration.Rules as {
        Prefix?: string;
        ExpirationInDays?: number;
      }[];
      const expiring = rules.filter((rule) => rule.ExpirationInDays !== undefined);
      expect(expiring.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
        ['responses/', days],
        ['runs/', days],
        ['audit/', days],
        ['inbox/', 1],
        ['visits/', 60],
        ['links/', 400],
      ]);
      expect(rules).toContainEqual(
        expect.objectContaining({
          Prefix: 'inbox/',
          NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        }),
      );
      expect(rules).toContainEqual(
        expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
      );
    });
  });

  it('keeps the key, which turns every year', () => {
    template.hasResource('AWS::KMS::Key', { ...RETAINED, Properties: { EnableKeyRotation: true } });
  });

  describe('the functions', () => {
    it('run on ARM and Node 24, and are told names only', () => {
      const functions = ofType('AWS::Lambda::Function');
      expect(functions.map(({ Properties }) => Properties.Handler)).toEqual([
        'index.handler',
        'index.refresh',
      ]);
      for (const { Properties } of functions) {
        expect(Properties).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x' });
        expect(Object.keys(Properties.Environment.Variables)).toEqual(
          expect.arrayContaining(['TENANTS_SECRET', 'ACCESS_TOKENS_SECRET', 'ARCHIVE_BUCKET']),
        );
        expect(Properties.Environment.Variables).not.toHaveProperty('ALLOW_LOOPBACK_HTTP');
        expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
      }
      expect(functions.map(({ Properties }) => Properties.Timeout)).toEqual([900, 300]);
    });

    it('take memory, timeout and reserved concurrency from the settings', () => {
      synthesize({
        memory: '1024',
        timeout: '600',
        reservedConcurrency: '3',
      }).hasResourceProperties('AWS::Lambda::Function', {
        Handler: 'index.handler',
        MemorySize: 1024,
        Timeout: 600,
        ReservedConcurrentExecutions: 3,
      });
    });

    it('log to groups that forget', () => {
      expect(ofType('AWS::Logs::LogGroup')).toHaveLength(2);
      for (const { Properties } of ofType('AWS::Logs::LogGroup')) {
        expect(Properties.RetentionInDays).toBe(90);
      }
    });

    it('are tried again twice, and then kept in a queue', () => {
      template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
        MaximumRetryAttempts: 2,
        DestinationConfig: {
          OnFailure: {
            Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('FailedRuns'), 'Arn'] },
          },
        },
      });
    });
  });

  describe('the schedules', () => {
    const schedules = (settings: Record<string, string>) =>
      ofType('AWS::Scheduler::Schedule', synthesize(settings)).map(({ Properties }) => [
        Properties.ScheduleExpression,
        Properties.ScheduleExpressionTimezone,
        JSON.parse(Properties.Target.Input),
      ]);

    it('rotate on Sundays and measure daily', () => {
      expect(schedules({})).toEqual([
        ['cron(17 5 ? * SUN *)', 'UTC', {}],
        ['cron(47 5 * * ? *)', 'UTC', { dry_run: true }],
      ]);
    });

    it('follow the settings', () => {
      expect(
        schedules({ schedule: 'rate(3 days)', timeZone: 'Asia/Tokyo', keepFresh: 'true' }),
      ).toEqual([
        ['rate(3 days)', 'Asia/Tokyo', {}],
        ['cron(47 5 * * ? *)', 'Asia/Tokyo', { dry_run: true }],
        ['rate(30 minutes)', 'Asia/Tokyo', { expiring_within_seconds: 2700 }],
      ]);
    });

    it('only measure where all runs are started by other means', () => {
      expect(schedules({ schedule: 'none' })).toEqual([
        ['cron(47 5 * * ? *)', 'UTC', { dry_run: true }],
      ]);
    });

    it('are named at synthesis where they pause too long for the alarm', () => {
      const warnings = (settings: Record<string, string>) =>
        Annotations.fromStack(createStack(createApp(), settings)).findWarning(
          '*',
          Match.stringLikeRegexp('pauses for'),
        );
      expect(warnings({ schedule: 'rate(30 days)' })).toHaveLength(1);
      expect(warnings({ schedule: 'rate(30 days)', successWithinDays: '35' })).toEqual([]);
    });

    it('are flexible, and keep what they could not deliver', () => {
      for (const { Properties } of ofType('AWS::Scheduler::Schedule', full)) {
        expect(Properties.FlexibleTimeWindow.Mode).toBe('FLEXIBLE');
        expect(Properties.Target.DeadLetterConfig.Arn['Fn::GetAtt'][0]).toMatch(/Undelivered/);
      }
    });

    it('start the function, or with fan-out the state machine', () => {
      const targets = (source: typeof template) =>
        ofType('AWS::Scheduler::Schedule', source).map(({ Properties }) =>
          JSON.stringify(Properties.Target.Arn),
        );
      for (const target of targets(template)) {
        expect(target).toMatch(/^\{"Fn::GetAtt":\["TokenRotatorRotation/);
      }
      for (const target of targets(full)) {
        expect(target).toMatch(/^\{"Ref":"TokenRotatorFanOut/);
      }
    });
  });

  describe('the alarms', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm', full).map(({ Properties }) => Properties);

    it('mail, and name the section that says what to do', () => {
      const sections = alarms.map(
        ({ AlarmDescription }) =>
          / What to do: lib\/RUNBOOK\.md#([a-z-]+)$/.exec(AlarmDescription)?.[1],
      );
      expect(sections).toEqual([
        'a-tenant-is-failing',
        'a-run-failed',
        'the-fan-out-failed',
        'too-long-since-a-success',
        'a-dead-letter-queue-is-not-empty',
        'tokens-wait-in-the-archive',
        'a-shard-is-nearly-full',
        'an-end-is-near',
      ]);
      expect(headingsOf('RUNBOOK.md')).toEqual(expect.arrayContaining(sections));
      for (const { AlarmActions } of alarms) {
        expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/Alerts/) }]);
      }
    });

    it('take silence for a failure only where something has to be heard', () => {
      const treatment = Object.fromEntries(
        alarms.map((alarm) => [alarm.AlarmDescription.split('#')[1], alarm.TreatMissingData]),
      );
      expect(treatment).toEqual({
        'a-tenant-is-failing': 'ignore',
        'a-run-failed': 'notBreaching',
        'the-fan-out-failed': 'notBreaching',
        'too-long-since-a-success': 'breaching',
        'a-dead-letter-queue-is-not-empty': 'notBreaching',
        'tokens-wait-in-the-archive': 'ignore',
        'a-shard-is-nearly-full': 'ignore',
        'an-end-is-near': 'notBreaching',
      });
    });

    it('watch the metrics of this deployment', () => {
      const own = alarms.flatMap((alarm) => (alarm.Namespace === METRIC_NAMESPACE ? [alarm] : []));
      expect(own.map(({ MetricName }) => MetricName)).toEqual([
        'FailingTenants',
        'TokensWaiting',
        'ShardFullness',
        'DaysToNextEnd',
      ]);
      for (const { Dimensions } of own) {
        expect(Dimensions).toEqual([{ Name: NAME_DIMENSION, Value: 'token-rotator' }]);
      }
    });

    it('wait for a look at all tenants, which an invocation for one tenant is not', () => {
      const silence = alarms.find(({ AlarmDescription }) => / for a day/.test(AlarmDescription));
      const watched = silence?.Metrics.flatMap(({ MetricStat }: { MetricStat?: object }) =>
        MetricStat ? [MetricStat] : [],
      );
      const own = (MetricName: string, Stat: string) => ({
        Metric: {
          Namespace: METRIC_NAMESPACE,
          MetricName,
          Dimensions: [{ Name: NAME_DIMENSION, Value: 'token-rotator' }],
        },
        Period: 86_400,
        Stat,
      });
      expect(watched).toEqual([
        own('SecondsSinceSuccess', 'Maximum'),
        own('FailingTenants', 'SampleCount'),
      ]);
    });

    it('wait for a success as long as the settings say', () => {
      synthesize({ successWithinDays: '35' }).hasResourceProperties('AWS::CloudWatch::Alarm', {
        Threshold: 35 * 86_400,
      });
    });
  });

  describe('the topic', () => {
    it('mails the address, and lets the alarms of this account publish over TLS', () => {
      template.hasResourceProperties('AWS::SNS::Subscription', {
        Protocol: 'email',
        Endpoint: 'ops@example.com',
      });
      template.hasResourceProperties('AWS::SNS::TopicPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Deny',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }),
            Match.objectLike({
              Effect: 'Allow',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Condition: Match.objectLike({
                StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              }),
            }),
          ]),
        },
      });
    });

    it('has no reader where no address is given', () => {
      full.resourceCountIs('AWS::SNS::Subscription', 0);
    });
  });

  it('shows every metric on a dashboard', () => {
    const [dashboard] = ofType('AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.Properties.DashboardBody);
    for (const metric of [
      'Rotated',
      'Failed',
      'FailingTenants',
      'ExchangeLatency',
      'SecondsToNearestExpiry',
      'ShardFullness',
      'TokensWaiting',
    ]) {
      expect(body).toContain(metric);
    }
  });

  it('has the outputs by which its parts are found', () => {
    expect(Object.keys(template.toJSON().Outputs).sort()).toEqual([
      'AccessTokensSecretName',
      'AlertsTopicArn',
      'ArchiveBucketName',
      'FunctionName',
      'RefreshFunctionName',
      'Schedule',
      'TenantsSecretName',
    ]);
  });

  it.each([
    [{}, 'cron(17 5 ? * SUN *) UTC'],
    [{ schedule: 'rate(3 days)', timeZone: 'Asia/Tokyo' }, 'rate(3 days) Asia/Tokyo'],
    [{ schedule: 'none' }, 'none'],
  ])('tells by its output Schedule when tenants are rotated: %j', (settings, schedule) => {
    expect(synthesize(settings).toJSON().Outputs.Schedule.Value).toBe(schedule);
  });

  it('takes another name for everything that has one', () => {
    const named = synthesize({ name: 'tokens-eu', fanOut: 'true' });
    named.hasResourceProperties('AWS::SecretsManager::Secret', { Name: 'tokens-eu/tenants' });
    named.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'tokens-eu-fan-out',
    });
    expect(JSON.stringify(named.toJSON())).not.toContain('token-rotator/');
  });

  it('uses what a destroyed deployment left behind, and creates none of it', () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/30f33115-677c-49f8-935d-763e5c141f52';
    const again = synthesize({ takeOver: key });
    for (const type of [
      'AWS::KMS::Key',
      'AWS::SecretsManager::Secret',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
    ]) {
      again.resourceCountIs(type, 0);
    }
    expect(again.toJSON().Outputs.TenantsSecretName.Value).toBe('token-rotator/tenants');
    expect(again.toJSON().Outputs.ArchiveBucketName.Value).toEqual({
      'Fn::Join': [
        '',
        ['token-rotator-archive-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }],
      ],
    });
    expect(JSON.stringify(again.findResources('AWS::IAM::Policy'))).toContain(key);
    expect(JSON.stringify(again.findResources('AWS::IAM::Policy'))).toContain(
      ':secret:token-rotator/tenants-??????',
    );
  });

  describe('cdk-nag', () => {
    it('finds nothing that has no reason, in any stack', () => {
      const app = createApp();
      createStack(new Stage(app, 'Usual'), {});
      createStack(new Stage(app, 'Connect'), { connectPage: 'true' });
      const all = { keepFresh: 'true', fanOut: 'true', alertAddress: 'ops@example.com' };
      createStack(new Stage(app, 'FanOut'), all);
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
      expect(() => app.synth()).not.toThrow();
    });
  });
});
