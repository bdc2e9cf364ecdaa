import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAwsArchive } from '../../../lambda/aws/archive.ts';
import { awsError } from '../../fakes/aws-error.ts';

const aws = mockClient(S3Client);
const archive = createAwsArchive(new S3Client({ region: 'eu-west-1' }), 'bucket');

const KEY = 'responses/default/00000001-2026-11-22T02:17:03.120Z/acme-1.json';

beforeEach(() => {
  aws.reset();
});

describe('put', () => {
  it('writes JSON in one request, encrypted as the bucket says', async () => {
    aws.on(PutObjectCommand).resolves({ ETag: '"1"' });
    await archive.put(KEY, { a: 1 });
    expect(aws.calls().map((call) => call.args[0].input)).toEqual([
      { Bucket: 'bucket', Key: KEY, Body: '{"a":1}', ContentType: 'application/json' },
    ]);
  });

  it('throws where it may have failed', async () => {
    aws.on(PutObjectCommand).rejects(awsError('InternalError', 500));
    await expect(archive.put(KEY, {})).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'unavailable',
    });
    aws.on(PutObjectCommand).rejects(awsError('NoSuchBucket', 404));
    await expect(archive.put(KEY, {})).rejects.toMatchObject({
      reason: 'not_found',
      message: expect.stringContaining('no bucket'),
    });
  });
});

describe('get', () => {
  function bodyIs(text: string): void {
    aws
      .on(GetObjectCommand)
      .resolves({ Body: { transformToString: async () => text } as never, ETag: '"1"' });
  }

  it('parses what is there', async () => {
    bodyIs('{"a":[1]}');
    expect(await archive.get(KEY)).toEqual({ a: [1] });
  });

  it('is null where there is nothing', async () => {
    aws.on(GetObjectCommand).rejects(awsError('NoSuchKey', 404));
    expect(await archive.get(KEY)).toBeNull();
  });

  it('never takes "denied" for "nothing" (a missing object without s3:ListBucket)', async () => {
    aws
      .on(GetObjectCommand)
      .rejects(
        awsError(
          'AccessDenied',
          403,
          'not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::bucket',
        ),
      );
    await expect(archive.get(KEY)).rejects.toMatchObject({
      reason: 'denied',
      message: expect.stringContaining('permission s3:ListBucket'),
    });
  });

  it('reads an object that was saved with a byte order mark', async () => {
    bodyIs('\ufeff{"tenant":"acme"}');
    expect(await archive.get(KEY)).toEqual({ tenant: 'acme' });
  });

  it.each(['', '{"access_token":"canary', 'canary', 'null', '7'])(
    'says of the object %j that it is damaged, and does not repeat it',
    async (text) => {
      bodyIs(text);
      const damaged = archive.get(KEY);
      await expect(damaged).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'damaged',
        message: expect.stringContaining('is damaged'),
      });
      await expect(damaged).rejects.not.toThrow(/canary/);
    },
  );
});

describe('list', () => {
  it('reads every page', async () => {
    aws
      .on(ListObjectsV2Command)
      .resolvesOnce({ Contents: [{ Key: 'a/2' }, { Key: 'a/1' }], NextContinuationToken: 'more' })
      .resolvesOnce({ Contents: [{ Key: 'a/3' }] });
    expect(await archive.list('a/', 'a/0')).toEqual(['a/1', 'a/2', 'a/3']);
    expect(aws.commandCalls(ListObjectsV2Command).map((call) => call.args[0].input)).toMatchObject([
      { Bucket: 'bucket', Prefix: 'a/', StartAfter: 'a/0' },
      { Bucket: 'bucket', Prefix: 'a/', ContinuationToken: 'more' },
    ]);
  });

  it('names the permission it lacks', async () => {
    aws.on(ListObjectsV2Command).rejects(awsError('AccessDenied', 403));
    await expect(archive.list('a/')).rejects.toMatchObject({
      reason: 'denied',
      message: expect.stringContaining('s3:ListBucket'),
    });
  });
});
