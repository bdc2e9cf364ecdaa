import { describe, expect, it } from 'vitest';
import { type Statement, statementsOf, synthesize } from './synthesize.ts';

const fanOutTemplate = synthesize({ keepFresh: 'true', fanOut: 'true' });
const template = synthesize({ keepFresh: 'true', alertAddress: 'ops@example.com' });
const statements = [...statementsOf(template), ...statementsOf(fanOutTemplate)];

const SECRET =
  'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:token-rotator';

/**
 * Every resource with a wildcard that a policy may hold, and why AWS cannot be told more exactly.
 */
const WILDCARDS = new Map([
  [`${SECRET}/tenants/*`, 'shards are added without a deploy'],
  [`${SECRET}/access-tokens/*`, 'shards are added without a deploy'],
  ['<Archive.Arn>/responses/*', 'objects are named by shard, turn and tenant'],
  ['<Archive.Arn>/runs/*', 'objects are named by run'],
  ['<Archive.Arn>/state/*', 'objects are named by shard'],
]);

const KEY_USERS = ['RotationRole', 'RefreshRole', 'FanOutDigestRole'];

function mayDo(role: string, source: readonly Statement[]): string[] {
  return source
    .filter(({ of }) => of === `TokenRotator${role}`)
    .flatMap(({ actions }) => actions)
    .sort();
}

describe('every policy statement', () => {
  it('says what it is for', () => {
    for (const { of, sid } of statements) expect(sid, of).not.toBe('');
  });

  it('only allows, and names its actions one by one', () => {
    for (const { of, sid, effect, actions } of statements) {
      expect(effect, `${of} ${sid}`).toBe('Allow');
      for (const action of actions) expect(action, `${of} ${sid}`).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
    }
  });

  it('holds no wildcard resource but those with a reason', () => {
    const used = new Set<string>();
    for (const { of, sid, actions, resources } of statements) {
      for (const resource of resources) {
        if (!/[*?]/.test(resource)) continue;
        // Secrets Manager has no resource for this action: it shows names, no values.
        if (resource === '*')
          expect(actions, `${of} ${sid}`).toEqual(['secretsmanager:ListSecrets']);
        else expect([...WILDCARDS.keys()], `${of} ${sid}`).toContain(resource);
        used.add(resource);
      }
    }
    expect([...used].sort()).toEqual(['*', ...WILDCARDS.keys()].sort());
  });

  it('deletes nothing, rotates nothing natively and reads no other version than by stage', () => {
    for (const { actions } of statements) {
      for (const action of actions)
        expect(action).not.toMatch(/delete|remove|cancel|rotate|abort|purge|BatchGet/i);
    }
  });

  it('lets the key be used only through the services whose data it seals', () => {
    const keyed = statements.filter(({ actions }) =>
      actions.some((action) => action.startsWith('kms:')),
    );
    expect(new Set(keyed.map(({ of }) => of))).toEqual(
      new Set(KEY_USERS.map((role) => `TokenRotator${role}`)),
    );
    for (const { conditions, resources } of keyed) {
      expect(resources).toEqual(['<Key.Arn>']);
      expect(conditions.StringEquals).toHaveProperty('kms:ViaService');
    }
  });
});

describe('the roles', () => {
  it('use no managed policy and no inline one', () => {
    for (const each of [template, fanOutTemplate]) {
      for (const { Properties } of Object.values(each.findResources('AWS::IAM::Role'))) {
        expect(Properties).not.toHaveProperty('ManagedPolicyArns');
        expect(Properties).not.toHaveProperty('Policies');
      }
    }
  });

  it('of the rotation can rotate, find the shards, mail, and keep what failed', () => {
    expect(mayDo('RotationRole', statementsOf(template))).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      's3:PutObject',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:ListSecrets',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
      'sns:Publish',
      'sqs:SendMessage',
    ]);
  });

  it('of the refresh on demand can neither list the shards, nor mail, nor write a report', () => {
    const actions = mayDo('RefreshRole', statementsOf(template));
    const refresh = statementsOf(template).filter(({ of }) => of === 'TokenRotatorRefreshRole');
    expect(refresh.flatMap(({ resources }) => resources)).not.toContain('<Archive.Arn>/runs/*');
    expect(actions).not.toContain('secretsmanager:ListSecrets');
    expect(actions).not.toContain('sns:Publish');
  });

  it('of each schedule can start its target and keep what could not be delivered', () => {
    for (const schedule of ['Weekly', 'Daily', 'KeepFresh']) {
      expect(mayDo(`${schedule}ScheduleRole`, statementsOf(template))).toEqual([
        'lambda:InvokeFunction',
        'sqs:SendMessage',
      ]);
      expect(mayDo(`${schedule}ScheduleRole`, statementsOf(fanOutTemplate))).toEqual([
        'sqs:SendMessage',
        'states:StartExecution',
      ]);
    }
  });

  it('of the state machine can list names and run two functions, and reads no secret', () => {
    expect(mayDo('FanOutRole', statementsOf(fanOutTemplate))).toEqual([
      'lambda:InvokeFunction',
      'secretsmanager:ListSecrets',
      'states:StartExecution',
    ]);
  });

  it('of the digest reads reports, and neither responses nor secrets', () => {
    const digest = statementsOf(fanOutTemplate).filter(
      ({ of }) => of === 'TokenRotatorFanOutDigestRole',
    );
    expect(digest.flatMap(({ actions }) => actions)).not.toContain('secretsmanager:GetSecretValue');
    expect(
      digest
        .filter(({ actions }) => actions.includes('s3:GetObject'))
        .flatMap(({ resources }) => resources),
    ).toEqual(['<Archive.Arn>/runs/*']);
  });

  it('of the rotation does not mail by itself in a fan-out', () => {
    expect(mayDo('RotationRole', statementsOf(fanOutTemplate))).not.toContain('sns:Publish');
  });
});
