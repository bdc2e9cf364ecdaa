import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Archive, FEW_KEYS, StoreError } from '../ports.ts';
import { withDeadline } from './clients.ts';
import { type AwsCall, errorName, httpStatus, toStoreError } from './store-error.ts';

/** Creates the port of the archive bucket. Encryption is the bucket's own setting. */
export function createAwsArchive(client: S3Client, bucket: string): Archive {
  return {
    async put(key, value) {
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: JSON.stringify(value),
            ContentType: 'application/json',
          }),
          withDeadline(),
        );
      } catch (error) {
        throw toStoreError(error, s3Call('s3:PutObject', bucket, key));
      }
    },

    async create(key, value) {
      const written = await putIf(client, bucket, key, { text: JSON.stringify(value), etag: null });
      return written === 'refused' ? 'exists' : 'created';
    },

    async get(key) {
      const text = await getText(client, bucket, key);
      return text === null ? null : parse(text.body, bucket, key);
    },

    list: (prefix, startAfter) => listKeys(client, bucket, prefix, startAfter),
  };
}

/** Lists the keys that start with `prefix` and sort after `startAfter`. Throws StoreError. */
export async function listKeys(
  client: S3Client,
  bucket: string,
  prefix: string,
  startAfter?: string,
): Promise<string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const input = {
      Prefix: prefix,
      StartAfter: startAfter,
      ContinuationToken: token,
    };
    const page = await listPage(client, bucket, input);
    keys.push(...keysOf(page));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return keys.sort();
}

/**
 * Lists the keys that start with `prefix`, or returns null where they are more than FEW_KEYS. It is
 * one call. Throws StoreError.
 */
export async function listFewKeys(
  client: S3Client,
  bucket: string,
  prefix: string,
): Promise<string[] | null> {
  const page = await listPage(client, bucket, { Prefix: prefix, MaxKeys: FEW_KEYS });
  return page.NextContinuationToken === undefined ? keysOf(page).sort() : null;
}

async function listPage(
  client: S3Client,
  bucket: string,
  input: Omit<ListObjectsV2CommandInput, 'Bucket'> & { Prefix: string },
): Promise<ListObjectsV2CommandOutput> {
  try {
    return await client.send(
      new ListObjectsV2Command({ Bucket: bucket, ...input }),
      withDeadline(),
    );
  } catch (error) {
    throw toStoreError(error, s3Call('s3:ListBucket', bucket, input.Prefix));
  }
}

function keysOf({ Contents = [] }: ListObjectsV2CommandOutput): string[] {
  return Contents.flatMap(({ Key }) => Key ?? []);
}

/** Returns the text and entity tag of an object, or null for none. Throws StoreError. */
export async function getText(
  client: S3Client,
  bucket: string,
  key: string,
): Promise<{ body: string; etag: string } | null> {
  try {
    const reply = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
      withDeadline(),
    );
    return { body: (await reply.Body?.transformToString('utf-8')) ?? '', etag: reply.ETag ?? '' };
  } catch (error) {
    // Without s3:ListBucket S3 says AccessDenied for an object that is not there. That is `denied`,
    // never "none".
    if (errorName(error) === 'NoSuchKey') {
      return null;
    }
    throw toStoreError(error, s3Call('s3:GetObject', bucket, key));
  }
}

/**
 * Writes an object on the condition that its entity tag still is `etag`, or that there is none
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). Throws
 * StoreError.
 */
export async function putIf(
  client: S3Client,
  bucket: string,
  key: string,
  { text, etag }: { text: string; etag: string | null },
): Promise<{ etag: string } | 'refused'> {
  const condition = etag === null ? { IfNoneMatch: '*' } : { IfMatch: etag };
  const input = {
    Bucket: bucket,
    Key: key,
    Body: text,
    ContentType: 'application/json',
  };
  try {
    const reply = await client.send(
      new PutObjectCommand({ ...input, ...condition }),
      withDeadline(),
    );
    return { etag: reply.ETag ?? '' };
  } catch (error) {
    if (isRefused(error)) {
      return 'refused';
    }
    throw toStoreError(error, s3Call('s3:PutObject', bucket, key));
  }
}

/**
 * Tells a condition that was not met. 412 means that another text has the key, 409 that another
 * conditional write was under way, and 404 of a key that the object of an If-Match was deleted.
 */
function isRefused(error: unknown): boolean {
  const status = httpStatus(error);
  return status === 412 || status === 409 || errorName(error) === 'NoSuchKey';
}

/** Names an S3 request for toStoreError. */
function s3Call(
  action: 's3:GetObject' | 's3:PutObject' | 's3:ListBucket',
  bucket: string,
  key: string,
): AwsCall {
  return {
    action,
    on: `s3://${bucket}/${key}`,
    kmsAction: action === 's3:PutObject' ? 'kms:GenerateDataKey' : 'kms:Decrypt',
  };
}

function parse(text: string, bucket: string, key: string): unknown {
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null) {
    return value;
  }
  throw new StoreError(
    'damaged',
    `s3://${bucket}/${key} is damaged: put back an earlier version of it, if there is one`,
  );
}

function parseJson(text: string): unknown {
  try {
    // An editor puts a byte order mark before what it saves.
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return value;
  } catch {
    return undefined;
  }
}
