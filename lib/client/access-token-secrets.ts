import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsCall, errorName, toStoreError } from '../../lambda/aws/store-error.ts';
import { shardOfSecret } from '../../lambda/names.ts';
import type { SecretVersion } from '../../lambda/ports.ts';

/** Reads the current version of a secret, or null where it has none. Throws StoreError. */
export async function readSecret(
  client: SecretsManagerClient,
  secret: string,
): Promise<SecretVersion | null> {
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  try {
    const reply = await client.send(
      new GetSecretValueCommand({ SecretId: secret, VersionStage: 'AWSCURRENT' }),
    );
    return {
      versionId: reply.VersionId ?? '',
      createdAt: reply.CreatedDate?.getTime() ?? 0,
      text: reply.SecretString,
    };
  } catch (error) {
    // The secret has no value, or there is no such secret. Only DescribeSecret could tell which,
    // and consumers have no right to it.
    if (errorName(error) === 'ResourceNotFoundException') {
      return null;
    }
    throw toStoreError(error, {
      action: 'secretsmanager:GetSecretValue',
      on: `secret ${secret}`,
      kmsAction: 'kms:Decrypt',
    });
  }
}

const LISTING: AwsCall = {
  action: 'secretsmanager:ListSecrets',
  on: 'the secrets of this account',
  kmsAction: 'kms:Decrypt',
};

/** Returns the shards whose secrets belong to the family `secretName`. Throws StoreError. */
export async function listShards(
  client: SecretsManagerClient,
  secretName: string,
): Promise<string[]> {
  const { paginateListSecrets } = await import('@aws-sdk/client-secrets-manager');
  const filter = { Filters: [{ Key: 'name' as const, Values: [secretName] }] };
  const names: string[] = [];
  try {
    for await (const page of paginateListSecrets({ client, pageSize: 100 }, filter)) {
      names.push(...(page.SecretList ?? []).map(({ Name = '' }) => Name));
    }
  } catch (error) {
    throw toStoreError(error, LISTING);
  }
  return names.flatMap((name) => shardOfSecret(secretName, name) ?? []);
}
