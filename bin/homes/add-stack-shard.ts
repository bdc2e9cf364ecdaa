import {
  CreateSecretCommand,
  DescribeSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { errorName, toStoreError } from '../../lambda/aws/store-error.ts';
import { isName } from '../../lambda/names.ts';
import { StoreError } from '../../lambda/ports.ts';

/**
 * Makes the secrets `<name>/<shard>` of a shard, without a value, each with the key and tags of the
 * default shard's. One that exists stays as it is. Throws StoreError.
 */
export async function addStackShard(
  client: SecretsManagerClient,
  secretNames: readonly string[],
  shard: string,
): Promise<void> {
  if (!isName(shard)) {
    throw new StoreError(
      'invalid',
      'a shard has a name of at most 64 letters, digits, dots, dashes and underscores',
    );
  }
  // The vault's last. A run finds shards by it.
  for (const secretName of secretNames.toReversed()) {
    await createBeside(client, secretName, `${secretName}/${shard}`);
  }
}

async function createBeside(
  client: SecretsManagerClient,
  example: string,
  name: string,
): Promise<void> {
  let action = 'secretsmanager:DescribeSecret';
  try {
    const {
      KmsKeyId,
      Description,
      Tags = [],
    } = await client.send(new DescribeSecretCommand({ SecretId: example }));
    action = 'secretsmanager:CreateSecret';
    const description = Description?.replace(
      /shard default/,
      `shard ${name.slice(example.length + 1)}`,
    );
    // Tags of CloudFormation's own say that the stack made a thing, which is not so here.
    const own = Tags.filter(({ Key }) => !Key?.startsWith('aws:'));
    await client.send(
      new CreateSecretCommand({
        Name: name,
        KmsKeyId,
        Description: description,
        ...(own.length > 0 && { Tags: own }),
      }),
    );
  } catch (error) {
    if (errorName(error) === 'ResourceExistsException') {
      return;
    }
    throw toStoreError(error, {
      action,
      on: `secret ${name}`,
      kmsAction: 'kms:GenerateDataKey',
    });
  }
}
