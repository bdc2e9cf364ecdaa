import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ShardStates } from '../ports.ts';
import { getText, s3Call } from './archive.ts';
import { withDeadline } from './clients.ts';
import { errorName, httpStatus, toStoreError } from './store-error.ts';

/**
 * The objects `state/<shard>.json` of the archive bucket as a port: S3 writes them on condition
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 */
export function createAwsShardStates(client: S3Client, bucket: string): ShardStates {
  return {
    async read(shard) {
      const object = await getText(client, bucket, stateKey(shard));
      return object && { text: object.body, etag: object.etag };
    },

    async write(shard, text, etag) {
      const key = stateKey(shard);
      const condition = etag === null ? { IfNoneMatch: '*' } : { IfMatch: etag };
      try {
        const reply = await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: text,
            ContentType: 'application/json',
            ...condition,
          }),
          withDeadline(),
        );
        return { etag: reply.ETag ?? '' };
      } catch (error) {
        if (isRefused(error)) return 'refused';
        throw toStoreError(error, s3Call('s3:PutObject', bucket, key));
      }
    },

    holder: (runId) => runId,
    // A process elsewhere cannot be seen: its lease has to end.
    isGone: async () => false,
  };
}

function stateKey(shard: string): string {
  return `state/${shard}.json`;
}

/**
 * 412: another text stands there; 409: another conditional write was under way; 404 of a key:
 * If-Match on an object that was deleted.
 */
function isRefused(error: unknown): boolean {
  const status = httpStatus(error);
  return status === 412 || status === 409 || errorName(error) === 'NoSuchKey';
}
