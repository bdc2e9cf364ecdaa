import { DeleteObjectsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { deleteObjects } from '../../../bin/homes/delete-objects.ts';
import { awsError } from '../../fakes/aws-error.ts';

const s3 = mockClient(S3Client);
afterEach(() => s3.reset());

const keys = (count: number) =>
  Array.from({ length: count }, (_, index) => `responses/default/1/acme-${index}.json`);
const run = (count: number) =>
  deleteObjects(new S3Client({ region: 'eu-west-1' }), 'archive', keys(count));

describe(deleteObjects.name, () => {
  it('asks for at most 1000 keys at once, and for none where there is nothing', async () => {
    s3.on(DeleteObjectsCommand).resolves({});
    await run(0);
    await run(2001);
    const sizes = s3
      .commandCalls(DeleteObjectsCommand)
      .map(({ args }) => args[0].input.Delete?.Objects?.length);
    expect(sizes).toEqual([1000, 1000, 1]);
  });

  it('says what is missing where AWS refuses, the whole request or some of its keys', async () => {
    s3.on(DeleteObjectsCommand).rejects(awsError('AccessDenied', 403));
    await expect(run(1)).rejects.toThrow(
      'permission s3:DeleteObject on s3://archive/responses/ is missing',
    );
    s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: 'k', Code: 'AccessDenied' }] });
    await expect(run(2)).rejects.toThrow(
      '1 objects of s3://archive/responses/ could not be deleted',
    );
  });
});
