import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  type FromRoleArnOptions,
  Group,
  type IGrantable,
  ManagedPolicy,
  Role,
  ServicePrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { TokenRotator } from '../../../lib/token-rotator.ts';
import { createApp, createStack, statementsOf, synthesizeConsumer } from '../synthesize.ts';

const consumers = (use: (rotator: TokenRotator, role: Role) => void) =>
  statementsOf(
    synthesizeConsumer((scope, rotator) =>
      use(
        rotator,
        new Role(scope, 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
      ),
    ),
  );

const SECRETS =
  'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:token-rotator';

const { grantRead, grantTokens } = TokenRotator.prototype;

describe(grantRead.name, () => {
  it('lets the default shard be read and decrypted, and nothing else', () => {
    const statements = consumers((rotator, role) => rotator.grantRead(role));
    expect(statements.flatMap(({ actions }) => actions)).toEqual([
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
    ]);
    const secret = `${SECRETS}/access-tokens-??????`;
    expect(statements[0]?.resources).toEqual([secret]);
    expect(statements[1]?.resources).toEqual([
      expect.stringMatching(/OutputFnGetAttTokenRotatorKey[0-9A-F]{8}Arn/),
    ]);
    expect(Object.keys(statements[1]?.conditions.StringEquals ?? {})).toEqual(['kms:ViaService']);
  });

  it('lets the key open that one secret, and neither the vault nor the archive', () => {
    for (const [shard, name] of [
      ['default', 'access-tokens'],
      ['eu', 'access-tokens/eu'],
    ] as const) {
      const [, decrypt] = consumers((rotator, role) => rotator.grantRead(role, shard));
      expect(decrypt?.conditions.StringLike).toEqual({
        'kms:EncryptionContext:SecretARN': expect.anything(),
      });
      expect(JSON.stringify(decrypt?.conditions.StringLike)).toContain(
        `:secret:token-rotator/${name}-??????`,
      );
    }
  });

  it('lets one shard be read, and none of the others', () => {
    const [read] = consumers((rotator, role) => rotator.grantRead(role, 'eu'));
    expect(read?.resources).toEqual([`${SECRETS}/access-tokens/eu-??????`]);
  });

  it.each(['a/b', '*', '', '__proto__'])('refuses %j, which cannot be a shard', (shard) => {
    expect(() => consumers((rotator, role) => rotator.grantRead(role, shard))).toThrow(
      'cannot be a shard',
    );
  });
});

describe(grantTokens.name, () => {
  it("adds the right to invoke the small function by the shard's alias, and no other", () => {
    const statements = consumers((rotator, role) => rotator.grantTokens(role, 'eu'));
    expect(statements.flatMap(({ actions }) => actions).sort()).toEqual([
      'kms:Decrypt',
      'lambda:InvokeFunction',
      'secretsmanager:GetSecretValue',
    ]);
    const invoke = statements.find(({ actions }) => actions.includes('lambda:InvokeFunction'));
    expect(invoke?.resources).toEqual([
      expect.stringMatching(/OutputRefTokenRotatorRefreshsharde?u?[0-9A-F]{8}/),
    ]);
  });

  it('refuses a shard whose alias would be too long for Lambda', () => {
    const { stack, roles } = createConsumers(1);
    const grantee = roles[0] as Role;
    expect(stack.tokenRotator.grantTokens(grantee, `e${'_'.repeat(60)}`).success).toBe(true);
    expect(() => stack.tokenRotator.grantTokens(grantee, `e${'_'.repeat(61)}`)).toThrow(
      'too many dots and underscores',
    );
  });

  it('makes one alias a shard, however many consumers it has, on the newest code', () => {
    const { stack, roles } = createConsumers(3);
    for (const role of roles) {
      stack.tokenRotator.grantTokens(role, 'eu.west_1');
    }
    stack.tokenRotator.grantTokens(roles[0] as Role);
    const aliases = Template.fromStack(stack).findResources('AWS::Lambda::Alias');
    expect(Object.values(aliases).map(({ Properties }) => Properties.Name)).toEqual([
      'shard-eu_dwest_u1',
      'shard-default',
    ]);
    for (const { Properties } of Object.values(aliases)) {
      expect(Properties.FunctionVersion).toBe('$LATEST');
    }
  });

  it('repeats no watch of a dead lease that was lost, by the function or by an alias', () => {
    const { stack, roles } = createConsumers(1);
    for (const role of roles) {
      stack.tokenRotator.grantTokens(role, 'eu');
    }
    const configs = Template.fromStack(stack).findResources('AWS::Lambda::EventInvokeConfig', {
      Properties: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    });
    const qualifiers = Object.values(configs).map(({ Properties }) => Properties.Qualifier);
    expect(qualifiers).toEqual(['$LATEST', expect.anything()]);
  });

  it.each([
    [{}, 10],
    [{ refreshConcurrency: '25' }, 25],
  ])('bounds how many refreshes run at once: %j', (settings, atOnce) => {
    const { stack, roles } = createConsumers(1, settings);
    for (const role of roles) {
      stack.tokenRotator.grantTokens(role);
    }
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.refresh',
      ReservedConcurrentExecutions: atOnce,
    });
  });

  it('says that it reached the grantee', () => {
    const { stack, roles } = createConsumers(1);
    expect(stack.tokenRotator.grantTokens(roles[0] as Role).success).toBe(true);
  });
});

describe.each(['grantRead', 'grantTokens'] as const)('%s', (grant) => {
  const HERE = { account: '111111111111', region: 'eu-west-1' };

  it.each([
    ['an imported role', (scope: Construct) => Role.fromRoleArn(scope, 'R', OTHER_ROLE)],
    ['an account', () => new AccountPrincipal('222222222222')],
    ['a role of another stack', (scope: Construct) => roleElsewhere(scope)],
  ])('refuses %s of another account', (_, grantee) => {
    const { tokenRotator } = createStack(createApp(), {}, HERE);
    expect(() => tokenRotator[grant](grantee(tokenRotator))).toThrow(
      'The grantee is in account 222222222222, and the tokens are in 111111111111',
    );
  });

  it('refuses a grantee that may be in another account', () => {
    const { tokenRotator } = createStack(createApp());
    const role = Role.fromRoleArn(tokenRotator, 'R', OTHER_ROLE);
    expect(() => tokenRotator[grant](role)).toThrow('give both stacks the same "env"');
  });

  it('refuses a grantee without a policy of its own', () => {
    const { tokenRotator } = createStack(createApp());
    expect(() => tokenRotator[grant](new ServicePrincipal('ec2.amazonaws.com'))).toThrow(
      'grant to a role, user or group',
    );
  });

  it('refuses a grantee that drops what it is granted', () => {
    const { tokenRotator } = createStack(createApp(), {}, HERE);
    const grantees: IGrantable[] = [
      importedRole(tokenRotator, 'Fixed', { mutable: false }),
      createRole(tokenRotator, 'Own').withoutPolicyUpdates(),
      LambdaFunction.fromFunctionArn(tokenRotator, 'WithoutRole', OWN_FUNCTION),
    ];
    for (const grantee of grantees) {
      expect(() => tokenRotator[grant](grantee)).toThrow('cannot be changed here');
    }
  });

  it('takes whoever has a policy in the same account', () => {
    const { tokenRotator } = createStack(createApp(), {}, HERE);
    const grantees: IGrantable[] = [
      importedRole(tokenRotator, 'Imported'),
      customRole(tokenRotator),
      new User(tokenRotator, 'User'),
      Group.fromGroupName(tokenRotator, 'Group', 'readers'),
      new ManagedPolicy(tokenRotator, 'Policy'),
    ];
    for (const grantee of grantees) {
      expect(tokenRotator[grant](grantee).success).toBe(true);
    }
  });
});

const OWN_FUNCTION = 'arn:aws:lambda:eu-west-1:111111111111:function:reader';

function importedRole(scope: Construct, id: string, options?: FromRoleArnOptions) {
  return Role.fromRoleArn(scope, id, 'arn:aws:iam::111111111111:role/reader', options);
}

/** Its policy is written into a report, for somebody who makes roles by hand. */
function customRole(scope: Construct): Role {
  const custom = new Construct(scope, 'Custom');
  Role.customizeRoles(custom, { usePrecreatedRoles: { [`${custom.node.path}/R`]: 'reader' } });
  return createRole(custom, 'R');
}

const OTHER_ROLE = 'arn:aws:iam::222222222222:role/reader';

function roleElsewhere(scope: Construct): Role {
  const env = { account: '222222222222', region: 'eu-west-1' };
  return createRole(new Stack(App.of(scope) as App, 'Elsewhere', { env }), 'Reader');
}

function createConsumers(count: number, settings: Record<string, string> = {}) {
  const stack = createStack(createApp(), settings);
  return { stack, roles: Array.from({ length: count }, (_, i) => createRole(stack, `R${i}`)) };
}

function createRole(scope: Construct, id: string): Role {
  return new Role(scope, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
}
