import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { secretOfShard, shardOfSecret } from '../names.ts';
import { type Secrets, type SecretVersion, StoreError } from '../ports.ts';
import { withDeadline } from './clients.ts';
import { type AwsCall, errorName, toStoreError } from './store-error.ts';

const CURRENT = 'AWSCURRENT';
/**
 * A label of our own holds the new version until it is current. AWSPENDING is not used, since a
 * leftover one blocks native rotation.
 */
const STAGING = 'TOKENROTATOR';

/**
 * The most bytes of UTF-8 that a secret may hold, by
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
const MAX_SECRET_BYTES = 65_536;

/** One secret, within one port call. */
interface Target {
  client: SecretsManagerClient;
  secret: string;
  options: ReturnType<typeof withDeadline>;
}

/**
 * Returns the secrets `<secretName>` (shard `default`) and `<secretName>/<shard>` of AWS Secrets
 * Manager as a port. A swap costs two requests, and UpdateSecretVersionStage is the compare: it
 * fails when AWSCURRENT is not on the version named by RemoveFromVersionId
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
 */
export function createAwsSecrets(client: SecretsManagerClient, secretName: string): Secrets {
  const label = (shard: string): string => secretOfShard(secretName, shard);

  const target = (shard: string): Target => ({
    client,
    secret: label(shard),
    options: withDeadline(),
  });

  return {
    maxBytes: MAX_SECRET_BYTES,
    label,
    shards: () => listShards(client, secretName),
    read: (shard) => readCurrent(target(shard)),
    async findKept(shard, age, isWanted) {
      const rising = await listVersions(target(shard));
      for (const id of age === 'oldest' ? rising : rising.toReversed()) {
        const version = await readVersion(target(shard), { VersionId: id });
        if (version && isWanted(version.text)) {
          return version;
        }
      }
      return null;
    },
    lastSwapped: (shard) => readVersion(target(shard), { VersionStage: STAGING }),
    async swap(shard, read, text, requestToken) {
      if (Buffer.byteLength(text) > MAX_SECRET_BYTES) {
        throw tooLarge(label(shard));
      }
      const secret = target(shard);
      const { versionId, isCurrent } = await stage(secret, text, requestToken);
      return isCurrent ? 'swapped' : moveCurrent(secret, read, versionId);
    },
  };
}

/** Lists the shards. AWS filters names by their beginning only, so that each is checked here. */
async function listShards(client: SecretsManagerClient, secretName: string): Promise<string[]> {
  const call: AwsCall = {
    action: 'secretsmanager:ListSecrets',
    on: 'the secrets of this account',
    kmsAction: 'kms:Decrypt',
  };
  const input = { Filters: [{ Key: 'name' as const, Values: [secretName] }], MaxResults: 100 };
  const pages = pagesOf(call, (NextToken) =>
    client.send(new ListSecretsCommand({ ...input, NextToken }), withDeadline()),
  );
  const shards = new Set<string>();
  for await (const { SecretList = [] } of pages) {
    for (const { DeletedDate, Name = '' } of SecretList) {
      const shard = DeletedDate ? null : shardOfSecret(secretName, Name);
      if (shard !== null) {
        shards.add(shard);
      }
    }
  }
  return [...shards].sort();
}

/** Reads a listing page by page. Its end may be an empty text. Throws StoreError. */
async function* pagesOf<Page extends { NextToken?: string | undefined }>(
  call: AwsCall,
  readPage: (token: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let token: string | undefined;
  do {
    const page = await attempt(call, () => readPage(token));
    yield page;
    token = page.NextToken || undefined;
  } while (token !== undefined);
}

async function readCurrent(target: Target): Promise<SecretVersion | null> {
  const version = await readVersion(target, { VersionStage: CURRENT });
  if (version === null) {
    await checkHasNoValue(target);
  }
  return version;
}

/**
 * Returns the ids of all versions that are kept, the oldest first. One without a label is kept for
 * a day at least, and the newest hundred stay:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html
 */
async function listVersions({ client, secret }: Target): Promise<string[]> {
  const call: AwsCall = {
    action: 'secretsmanager:ListSecretVersionIds',
    on: `secret ${secret}`,
    kmsAction: 'kms:Decrypt',
  };
  const input = {
    SecretId: secret,
    IncludeDeprecated: true,
    MaxResults: 100,
  };
  const pages = pagesOf(call, (NextToken) =>
    client.send(new ListSecretVersionIdsCommand({ ...input, NextToken }), withDeadline()),
  );
  const versions: { id: string; createdAt: number }[] = [];
  for await (const { Versions = [] } of pages) {
    for (const { VersionId: id, CreatedDate: at } of Versions) {
      if (id && at) {
        versions.push({ id, createdAt: at.getTime() });
      }
    }
  }
  return versions.toSorted((a, b) => a.createdAt - b.createdAt).map(({ id }) => id);
}

/** Returns a version by its id or its staging label, or null where none has it. */
async function readVersion(
  { client, secret, options }: Target,
  version: { VersionId: string } | { VersionStage: string },
): Promise<SecretVersion | null> {
  const call: AwsCall = {
    action: 'secretsmanager:GetSecretValue',
    on: `secret ${secret}`,
    kmsAction: 'kms:Decrypt',
  };
  try {
    const reply = await client.send(
      new GetSecretValueCommand({ SecretId: secret, ...version }),
      options,
    );
    if (!reply.VersionId || !reply.CreatedDate) {
      throw new StoreError(
        'unavailable',
        `${call.action} on ${call.on} answered without a version`,
      );
    }
    return {
      versionId: reply.VersionId,
      createdAt: reply.CreatedDate.getTime(),
      text: reply.SecretString,
    };
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') {
      return null;
    }
    throw toStoreError(error, call);
  }
}

/**
 * ResourceNotFoundException says "no such secret" as well as "no value yet". Throws StoreError
 * unless it was the latter.
 */
async function checkHasNoValue({ client, secret, options }: Target): Promise<void> {
  const call: AwsCall = {
    action: 'secretsmanager:DescribeSecret',
    on: `secret ${secret}`,
    kmsAction: 'kms:Decrypt',
  };
  const reply = await attempt(call, () =>
    client.send(new DescribeSecretCommand({ SecretId: secret }), options),
  );
  if (reply.DeletedDate) {
    throw new StoreError(
      'not_found',
      `secret ${secret} is scheduled for deletion: restore it, or take its tenants out of use`,
    );
  }
  if (Object.values(reply.VersionIdsToStages ?? {}).some((stages) => stages.includes(CURRENT))) {
    throw new StoreError(
      'unavailable',
      `secret ${secret} has a current version that could not be read yet`,
    );
  }
}

async function stage(
  { client, secret, options }: Target,
  text: string,
  requestToken: string,
): Promise<{ versionId: string; isCurrent: boolean }> {
  const call: AwsCall = {
    action: 'secretsmanager:PutSecretValue',
    on: `secret ${secret}`,
    kmsAction: 'kms:GenerateDataKey',
  };
  try {
    const reply = await client.send(
      new PutSecretValueCommand({
        SecretId: secret,
        SecretString: text,
        ClientRequestToken: requestToken,
        VersionStages: [STAGING],
      }),
      options,
    );
    // The first version of a secret is current at once.
    return {
      versionId: reply.VersionId ?? requestToken,
      isCurrent: reply.VersionStages?.includes(CURRENT) ?? false,
    };
  } catch (error) {
    if (errorName(error) === 'ValidationException') {
      throw tooLarge(secret);
    }
    if (errorName(error) === 'ResourceExistsException') {
      throw new StoreError(
        'invalid',
        `secret ${secret} has another text under this request token already. Nothing was changed`,
      );
    }
    throw toStoreError(error, call);
  }
}

async function moveCurrent(
  target: Target,
  from: string | null,
  to: string,
): Promise<'swapped' | 'refused'> {
  const { client, secret, options } = target;
  const call: AwsCall = {
    action: 'secretsmanager:UpdateSecretVersionStage',
    on: `secret ${secret}`,
    kmsAction: 'kms:Decrypt',
  };
  const input = {
    SecretId: secret,
    VersionStage: CURRENT,
    MoveToVersionId: to,
  };
  try {
    await client.send(
      new UpdateSecretVersionStageCommand(
        from === null ? input : { ...input, RemoveFromVersionId: from },
      ),
      options,
    );
    return 'swapped';
  } catch (error) {
    const failure = toStoreError(error, call);
    if (failure.reason === 'denied') {
      throw failure;
    }
    // A refusal may be the echo of our own move, whose answer was lost and which the SDK sent
    // again.
    if (await isCurrent(target, to)) {
      return 'swapped';
    }
    if (REFUSALS.has(errorName(error))) {
      return 'refused';
    }
    throw failure;
  }
}

/**
 * Lists the errors by which AWS refuses a move whose RemoveFromVersionId does not hold the label,
 * or whose version is gone.
 */
const REFUSALS = new Set([
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
]);

/** Returns true if the version is known to be current; without an answer it is not known. */
async function isCurrent(target: Target, versionId: string): Promise<boolean> {
  try {
    return (await readVersion(target, { VersionStage: CURRENT }))?.versionId === versionId;
  } catch {
    return false;
  }
}

function tooLarge(secret: string): StoreError {
  return new StoreError(
    'too_large',
    `the text for secret ${secret} has over ${MAX_SECRET_BYTES} bytes: split the shard`,
  );
}

async function attempt<T>(call: AwsCall, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw toStoreError(error, call);
  }
}
