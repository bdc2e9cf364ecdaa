import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { createArchiveBucket } from './archive-bucket.ts';
import { createSecretFamily, type SecretFamily } from './vault-secrets.ts';

/** The places that hold tokens. All are retained when the stack goes. */
export interface Stores {
  readonly key: IKey;
  readonly vault: SecretFamily;
  readonly accessTokens: SecretFamily;
  readonly archive: IBucket;
}

export interface StoresProps {
  readonly name: string;
  readonly retention: Duration;
  /** Of the key that a destroyed deployment left behind, with its secrets and its bucket. */
  readonly takeOverKeyArn: string | undefined;
}

/** Creates the stores of a deployment, or names those that its predecessor left behind. */
export function createStores(
  scope: Construct,
  { name, retention, takeOverKeyArn }: StoresProps,
): Stores {
  const create = takeOverKeyArn === undefined;
  const key = create
    ? new Key(scope, 'Key', {
        description: `Seals the tokens of ${name}`,
        enableKeyRotation: true,
        removalPolicy: RemovalPolicy.RETAIN,
      })
    : Key.fromKeyArn(scope, 'Key', takeOverKeyArn);
  return {
    key,
    vault: createSecretFamily(scope, 'Tenants', {
      secretName: `${name}/tenants`,
      description: 'Tenant credential map of the shard default. No deploy writes it.',
      key,
      create,
    }),
    accessTokens: createSecretFamily(scope, 'AccessTokens', {
      secretName: `${name}/access-tokens`,
      description:
        'Access tokens of the shard default, for consumers. Only the rotation writes it.',
      key,
      create,
    }),
    archive: createArchiveBucket(scope, 'Archive', {
      name,
      key,
      retention,
      create,
    }),
  };
}
