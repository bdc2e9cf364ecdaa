import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import { FOLDERS } from '../../lambda/archive-folders.ts';
import { toStoreError } from '../../lambda/aws/store-error.ts';
import { StoreError } from '../../lambda/ports.ts';

/**
 * Most keys of one request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
const KEYS_A_REQUEST = 1000;

/**
 * Deletes objects of the archive bucket with the caller's own rights. The functions have none to
 * delete. Older versions stay. Throws StoreError.
 */
export async function deleteObjects(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
): Promise<void> {
  for (let from = 0; from < keys.length; from += KEYS_A_REQUEST) {
    const objects = keys.slice(from, from + KEYS_A_REQUEST).map((Key) => ({ Key }));
    const reply = await client
      .send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }))
      .catch((error) =>
        Promise.reject(
          toStoreError(error, {
            action: 's3:DeleteObject',
            on: `s3://${bucket}/${FOLDERS.responses}`,
            kmsAction: 'kms:Decrypt',
          }),
        ),
      );
    const failed = reply.Errors?.length ?? 0;
    if (failed > 0) {
      throw new StoreError(
        'denied',
        `${failed} objects of s3://${bucket}/${FOLDERS.responses} could not be deleted: ` +
          'grant s3:DeleteObject',
      );
    }
  }
}
