import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { TokenRotator } from '../../lib/token-rotator.ts';
import { createApp, createStack, statementsOf, synthesizeConsumer } from './synthesize.ts';

const consumers = (use: (rotator: TokenRotator, role: Role) => void) =>
  statementsOf(
    synthesizeConsumer((scope, rotator) =>
      use(
        rotator,
        new Role(scope, 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
      ),
    ),
  );

const { grantRead, grantTokens } = TokenRotator.prototype;

describe(grantRead.name, () => {
  it('lets the default shard be read and decrypted, and nothing else', () => {
    const statements = consumers((rotator, role) => rotator.grantRead(role));
    expect(statements.flatMap(({ actions }) => actions)).toEqual([
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
    ]);
    expect(statements[0]?.resources).toEqual([
      expect.stringMatching(/OutputRefTokenRotatorAccessTokens[0-9A-F]{16}/),
    ]);
    expect(statements[1]?.resources).toEqual([
      expect.stringMatching(/OutputFnGetAttTokenRotatorKey[0-9A-F]{8}Arn/),
    ]);
    expect(Object.keys(statements[1]?.conditions.StringEquals ?? {})).toEqual(['kms:ViaService']);
  });

  it('lets one shard be read, and none of the others', () => {
    const [read] = consumers((rotator, role) => rotator.grantRead(role, 'eu'));
    expect(read?.resources).toEqual([
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:token-rotator/access-tokens/eu-??????',
    ]);
  });

  it.each(['a/b', '*', '', '__proto__'])('refuses %j, which cannot be a shard', (shard) => {
    expect(() => consumers((rotator, role) => rotator.grantRead(role, shard))).toThrow(
      'cannot be a shard',
    );
  });
});

describe(grantTokens.name, () => {
  it('adds the right to invoke the small function, and not the one that rotates', () => {
    const statements = consumers((rotator, role) => rotator.grantTokens(role, 'eu'));
    expect(statements.flatMap(({ actions }) => actions).sort()).toEqual([
      'kms:Decrypt',
      'lambda:InvokeFunction',
      'secretsmanager:GetSecretValue',
    ]);
    const invoke = statements.find(({ actions }) => actions.includes('lambda:InvokeFunction'));
    expect(invoke?.resources).toEqual([
      expect.stringMatching(/OutputFnGetAttTokenRotatorRefresh[0-9A-F]{8}Arn/),
    ]);
  });

  it('says that it reached the grantee', () => {
    const { tokenRotator } = createStack(createApp());
    const role = new Role(tokenRotator, 'Reader', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    });
    expect(tokenRotator.grantTokens(role).success).toBe(true);
  });
});
