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
const ANY_OBJECT = 'objects are named after the deploy';
const WILDCARDS = new Map([
  [`${SECRET}/tenants-??????`, 'AWS ends the name with six characters of its own'],
  [`${SECRET}/tenants/*-??????`, 'shards are added without a deploy'],
  [`${SECRET}/access-tokens-??????`, 'AWS ends the name with six characters of its own'],
  [`${SECRET}/access-tokens/*-??????`, 'shards are added without a deploy'],
  ...['responses', 'state', 'known', 'links', 'inbox', 'runs', 'audit'].map(
    (folder) => [`<Archive.Arn>/${folder}/*`, ANY_OBJECT] as const,
  ),
  ['<Refresh.Arn>:shard-*', 'each granted shard has an alias of this function'],
]);

const KEY_USERS = ['RotationRole', 'RefreshRole', 'FanOutShardsRole', 'FanOutDigestRole'];

function mayDo(role: string, source: readonly Statement[]): string[] {
  return source
    .filter(({ of }) => of === `TokenRotator${role}`)
    .flatMap(({ actions }) => actions)
    .sort();
}

describe('every policy statement', () => {
  it('says what it is for', () => {
    for (const { of, sid } of statements) {
      expect(sid, of).not.toBe('');
    }
  });

  it('only allows, and names its actions one by one', () => {
    for (const { of, sid, effect, actions } of statements) {
      expect(effect, `${of} ${sid}`).toBe('Allow');
      for (const action of actions) {
        expect(action, `${of} ${sid}`).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
      }
    }
  });

  it('holds no wildcard resource but those with a reason', () => {
    const used = new Set<string>();
    for (const { of, sid, actions, resources } of statements) {
      for (const resource of resources) {
        if (!/[*?]/.test(resource)) {
          continue;
        }
        // Secrets Manager has no resource for this action: it shows names, no values.
        if (resource === '*') {
          expect(actions, `${of} ${sid}`).toEqual(['secretsmanager:ListSecrets']);
        } else {
          expect([...WILDCARDS.keys()], `${of} ${sid}`).toContain(resource);
        }
        used.add(resource);
      }
    }
    expect([...used].sort()).toEqual(['*', ...WILDCARDS.keys()].sort());
  });

  it('deletes nothing, rotates nothing natively and reads no other version than by stage', () => {
    for (const { actions } of statements) {
      for (const action of actions) {
        expect(action).not.toMatch(/delete|remove|cancel|rotate|abort|purge|BatchGet/i);
      }
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

  it('of the rotation can rotate, find the shards, tell, mail, and keep what failed', () => {
    expect(mayDo('RotationRole', statementsOf(template))).toEqual([
      'events:PutEvents',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      's3:PutObject',
      's3:PutObject',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:ListSecretVersionIds',
      'secretsmanager:ListSecrets',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
      'sns:Publish',
      'sqs:SendMessage',
    ]);
  });

  it('of the rotation reaches each folder of the archive as far as it must', () => {
    const folders = (action: string) =>
      statementsOf(template)
        .filter(({ of, actions }) => of === 'TokenRotatorRotationRole' && actions.includes(action))
        .flatMap(({ resources }) => resources.map((arn) => /\/(\w+)\/\*$/.exec(arn)?.[1]))
        .sort();
    expect(folders('s3:GetObject')).toEqual(['inbox', 'known', 'links', 'responses', 'state']);
    expect(folders('s3:PutObject')).toEqual([...folders('s3:GetObject'), 'runs', 'audit'].sort());
  });

  it('may put events of this deployment alone on the default bus', () => {
    const events = statements.filter(({ actions }) => actions.includes('events:PutEvents'));
    expect(new Set(events.map(({ of }) => of))).toEqual(
      new Set(['TokenRotatorRotationRole', 'TokenRotatorRefreshRole']),
    );
    for (const { resources, conditions } of events) {
      expect(resources).toEqual([
        'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default',
      ]);
      expect(conditions).toEqual({ StringEquals: { 'events:source': 'token-rotator' } });
    }
  });

  it('of the refresh on demand can neither list the shards, nor mail, nor write a report', () => {
    const actions = mayDo('RefreshRole', statementsOf(template));
    const refresh = statementsOf(template).filter(({ of }) => of === 'TokenRotatorRefreshRole');
    for (const folder of ['runs', 'audit', 'links', 'inbox']) {
      expect(refresh.flatMap(({ resources }) => resources)).not.toContain(
        `<Archive.Arn>/${folder}/*`,
      );
    }
    expect(actions).not.toContain('secretsmanager:ListSecrets');
    expect(actions).not.toContain('sns:Publish');
  });

  it('of the refresh on demand can invoke that function and its aliases, and no other', () => {
    const invoking = statementsOf(template).filter(
      ({ of, actions }) => /Refresh/.test(of) && actions.includes('lambda:InvokeFunction'),
    );
    expect(invoking.map(({ resources }) => resources)).toEqual([
      ['<Refresh.Arn>', '<Refresh.Arn>:shard-*'],
    ]);
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

  it('of the state machine can run three functions and start its children', () => {
    expect(mayDo('FanOutRole', statementsOf(fanOutTemplate))).toEqual([
      'lambda:InvokeFunction',
      'states:StartExecution',
    ]);
  });

  it('of the function that finds the shards reads names and states, and no secret', () => {
    expect(mayDo('FanOutShardsRole', statementsOf(fanOutTemplate))).toEqual([
      'kms:Decrypt',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      'secretsmanager:ListSecrets',
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

  it('of the rotation does not mail on its own in a fan-out', () => {
    expect(mayDo('RotationRole', statementsOf(fanOutTemplate))).not.toContain('sns:Publish');
  });
});
