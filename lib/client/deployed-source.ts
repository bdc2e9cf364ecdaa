import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsCall, errorName, toStoreError } from '../../lambda/aws/store-error.ts';
import type { RefreshRequest } from '../../lambda/event.ts';
import { secretOfShard, shardOfSecret } from '../../lambda/names.ts';
import { type SecretVersion, StoreError } from '../../lambda/ports.ts';
import type { AwsOptions } from './aws-options.ts';
import { noRefreshError } from './errors.ts';
import type { RefreshAnswer, TokenSource } from './token-source.ts';

/** Three attempts of 5 s at most. */
const READ_CONFIG = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
/** The function ends within 5 minutes, and waits itself: nobody should wait for it twice. */
const INVOKE_CONFIG = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 310_000,
    throwOnRequestTimeout: true,
  },
};

/**
 * The tokens of a deployed stack: reads the secrets `<name>/access-tokens[/<shard>]`, and invokes
 * `refreshFunction`, where one is given, with the permissions that grantTokens gives. The AWS SDK
 * is loaded at the first use.
 */
export function createDeployedSource(
  name: string,
  refreshFunction: string | null,
  aws: AwsOptions,
): TokenSource {
  const secretName = `${name}/access-tokens`;
  const secretsManager = once(async () => {
    const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    return new SecretsManagerClient({ ...READ_CONFIG, ...aws });
  });
  const lambda = once(async () => {
    const { LambdaClient } = await import('@aws-sdk/client-lambda');
    return new LambdaClient({ ...INVOKE_CONFIG, ...aws });
  });
  return {
    read: async (shard) => readSecret(await secretsManager(), secretOfShard(secretName, shard)),
    shards: async () => listShards(await secretsManager(), secretName),
    async refresh(request) {
      if (refreshFunction === null) throw noRefreshError(request.tenant);
      return invoke(await lambda(), refreshFunction, request);
    },
  };
}

async function readSecret(
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
    // A secret without a value, or no such secret: which of them, only DescribeSecret could tell,
    // and consumers have no right to it.
    if (errorName(error) === 'ResourceNotFoundException') return null;
    throw toStoreError(error, {
      action: 'secretsmanager:GetSecretValue',
      on: `secret ${secret}`,
      kmsAction: 'kms:Decrypt',
    });
  }
}

async function listShards(client: SecretsManagerClient, secretName: string): Promise<string[]> {
  const { paginateListSecrets } = await import('@aws-sdk/client-secrets-manager');
  const shards: string[] = [];
  try {
    for await (const page of paginateListSecrets(
      { client, pageSize: 100 },
      { Filters: [{ Key: 'name', Values: [secretName] }] },
    )) {
      shards.push(
        ...(page.SecretList ?? []).flatMap(
          ({ Name = '' }) => shardOfSecret(secretName, Name) ?? [],
        ),
      );
    }
    return shards;
  } catch (error) {
    throw toStoreError(error, {
      action: 'secretsmanager:ListSecrets',
      on: 'the secrets of this account',
      kmsAction: 'kms:Decrypt',
    });
  }
}

async function invoke(
  client: LambdaClient,
  functionName: string,
  { refused, ...request }: RefreshRequest,
): Promise<RefreshAnswer> {
  const call: AwsCall = {
    action: 'lambda:InvokeFunction',
    on: `function ${functionName}`,
    kmsAction: 'kms:Decrypt',
  };
  const { InvokeCommand } = await import('@aws-sdk/client-lambda');
  const event = { ...request, ...(refused !== null && { refused }) };
  const reply = await client
    .send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    )
    .catch((error) => {
      throw toStoreError(error, call);
    });
  const answer: unknown = JSON.parse(
    Buffer.from(reply.Payload ?? new Uint8Array()).toString() || 'null',
  );
  return reply.FunctionError === undefined
    ? (answer as RefreshAnswer)
    : failedAnswer(functionName, answer);
}

/** Messages of the function's own errors hold no secret; of any other only its name is told. */
function failedAnswer(functionName: string, answer: unknown): RefreshAnswer {
  const { errorType, errorMessage } = (answer ?? {}) as {
    errorType?: unknown;
    errorMessage?: unknown;
  };
  if (errorType === 'UnknownTenantError') return { status: 'unknown_tenant' };
  const ours = ['ConfigError', 'EventError', 'RunError', 'StoreError'].includes(String(errorType));
  const why = ours ? String(errorMessage).replace(/\.$/, '') : 'its log in CloudWatch says why';
  throw new StoreError('unavailable', `the refresh function ${functionName} failed: ${why}`);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
