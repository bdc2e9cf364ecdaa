import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAwsShardStates } from '../../../lambda/aws/shard-states.ts';
import { awsError } from '../../fakes/aws-error.ts';

const aws = mockClient(S3Client);
const states = createAwsShardStates(new S3Client({ region: 'eu-west-1' }), 'bucket');

beforeEach(() => {
  aws.reset();
});

describe('write', () => {
  it('writes on the condition that nothing is there, or what was read', async () => {
    aws.on(PutObjectCommand).resolves({ ETag: '"2"' });
    expect(await states.write('eu', 'text', null)).toEqual({ etag: '"2"' });
    expect(await states.write('eu', 'text', '"1"')).toEqual({ etag: '"2"' });
    const [first, second] = aws.commandCalls(PutObjectCommand).map((call) => call.args[0].input);
    expect(first).toMatchObject({
      Bucket: 'bucket',
      Key: 'state/eu.json',
      Body: 'text',
      IfNoneMatch: '*',
    });
    expect(first).not.toHaveProperty('IfMatch');
    expect(second).toMatchObject({ IfMatch: '"1"' });
    expect(second).not.toHaveProperty('IfNoneMatch');
  });

  it.each([
    ['PreconditionFailed', 412],
    ['ConditionalRequestConflict', 409],
    ['NoSuchKey', 404],
  ])('is refused by %s (%s)', async (name, status) => {
    aws.on(PutObjectCommand).rejects(awsError(name, status));
    expect(await states.write('eu', 'text', '"1"')).toBe('refused');
  });

  it.each([
    ['NoSuchBucket', 404, 'not_found'],
    ['AccessDenied', 403, 'denied'],
    ['TimeoutError', undefined, 'unavailable'],
  ])('throws for %s (%s)', async (name, status, reason) => {
    aws.on(PutObjectCommand).rejects(awsError(name, status));
    await expect(states.write('eu', 'text', '"1"')).rejects.toMatchObject({
      name: 'StoreError',
      reason,
    });
  });
});
