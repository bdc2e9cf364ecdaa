import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { secretOfShard } from '../../lambda/names.ts';

/** One family of secrets, `<name>/<kind>`, and `<name>/<kind>/<shard>` for every further shard. */
export interface SecretFamily {
  /** Of the default shard. */
  readonly secretName: string;
  /** The ARNs that policies name, the default shard's secret, and every further shard's. */
  readonly arns: readonly string[];
  /** Returns the ARN that a policy names for one shard. */
  arnOf(shard: string): string;
}

export interface SecretFamilyProps {
  readonly secretName: string;
  readonly description: string;
  readonly key: IKey;
  /** False where a retained secret of this name exists already. */
  readonly create: boolean;
}

/**
 * Creates the default shard's secret without a value, or names the one that is there. A CfnSecret,
 * because the L2 `Secret` generates a value unless it is given one, and a value that a template
 * knows is a value that a deploy can write back.
 */
export function createSecretFamily(
  scope: Construct,
  id: string,
  props: SecretFamilyProps,
): SecretFamily {
  const { secretName } = props;
  if (props.create) {
    createSecret(scope, id, props);
  }
  return {
    secretName,
    arns: [secretArn(scope, secretName), secretArn(scope, `${secretName}/*`)],
    arnOf: (shard) => secretArn(scope, secretOfShard(secretName, shard)),
  };
}

function createSecret(
  scope: Construct,
  id: string,
  { secretName, description, key }: SecretFamilyProps,
): void {
  const secret = new CfnSecret(scope, id, {
    name: secretName,
    description,
    kmsKeyId: key.keyArn,
  });
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason:
      'This stack rotates what the secret holds. Native rotation would invent a value that no ' +
      'provider knows.',
  });
}

/**
 * Names a secret by its name. Secrets Manager ends every ARN with a hyphen and six characters of
 * its own, which are others when the secret is created again.
 */
function secretArn(scope: Construct, secretName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secretName}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
