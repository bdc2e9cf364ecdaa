import type { S3Client } from '@aws-sdk/client-s3';
import type { Records } from '../ports.ts';
import { getText, listFewKeys, listKeys, putIf } from './archive.ts';

/** Creates the port of the bucket's small objects that are only written on condition. */
export function createAwsRecords(client: S3Client, bucket: string): Records {
  return {
    async read(key) {
      const object = await getText(client, bucket, key);
      return object && { text: object.body, etag: object.etag };
    },
    write: (key, text, etag) => putIf(client, bucket, key, { text, etag }),
    list: (prefix) => listKeys(client, bucket, prefix),
    listFew: (prefix) => listFewKeys(client, bucket, prefix),
  };
}
