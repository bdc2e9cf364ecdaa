import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Archive } from '../ports.ts';
import { StoreError } from '../ports.ts';
import { withDeadline } from './clients.ts';
import { type AwsCall, errorName, toStoreError } from './store-error.ts';

/** The archive bucket as a port (design section 5). Encryption is the bucket's own setting. */
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

    async get(key) {
      const text = await getText(client, bucket, key);
      return text === null ? null : parse(text.body, bucket, key);
    },

    async list(prefix, startAfter) {
      const keys: string[] = [];
      const input = { Bucket: bucket, Prefix: prefix, StartAfter: startAfter };
      let token: string | undefined;
      try {
        do {
          const page: ListObjectsV2CommandOutput = await client.send(
            new ListObjectsV2Command({ ...input, ContinuationToken: token }),
            withDeadline(),
          );
          for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
          token = page.NextContinuationToken;
        } while (token !== undefined);
      } catch (error) {
        throw toStoreError(error, s3Call('s3:ListBucket', bucket, prefix));
      }
      return keys.sort();
    },
  };
}

/** The text and entity tag of an object, or null where there is none. Throws StoreError. */
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
    // Without s3:ListBucket S3 says AccessDenied for an object that is not there: that is `denied`,
    // never "none".
    if (errorName(error) === 'NoSuchKey') return null;
    throw toStoreError(error, s3Call('s3:GetObject', bucket, key));
  }
}

/** Names an S3 request for toStoreError. */
export function s3Call(
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
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new StoreError('invalid', `s3://${bucket}/${key} holds no JSON`);
  }
}
