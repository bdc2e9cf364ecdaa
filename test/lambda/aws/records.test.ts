import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAwsRecords } from '../../../lambda/aws/records.ts';

const aws = mockClient(S3Client);
const records = createAwsRecords(new S3Client({ region: 'eu-west-1' }), 'bucket');
const page = { Contents: [{ Key: 'known/b.json' }, { Key: 'known/a.json' }] };

beforeEach(() => {
  aws.reset();
});

describe('listFew', () => {
  it('lists what one answer holds', async () => {
    aws.on(ListObjectsV2Command).resolves(page);
    expect(await records.listFew('known/')).toEqual(['known/a.json', 'known/b.json']);
  });

  it('asks once, and says null where there is more', async () => {
    aws.on(ListObjectsV2Command).resolves({ ...page, NextContinuationToken: 'more' });
    expect(await records.listFew('known/')).toBeNull();
    expect(aws.commandCalls(ListObjectsV2Command)).toHaveLength(1);
  });
});
