import type { S3Client } from '@aws-sdk/client-s3';
import type { ShardStates } from '../ports.ts';
import { createAwsRecords } from './records.ts';

/** Creates the port of the objects `state/<shard>.json` of the archive bucket. */
export function createAwsShardStates(client: S3Client, bucket: string): ShardStates {
  const records = createAwsRecords(client, bucket);
  return {
    read: (shard) => records.read(stateKey(shard)),
    write: (shard, text, etag) => records.write(stateKey(shard), text, etag),
    holder: (runId) => runId,
    // A process elsewhere cannot be seen, so that its lease has to end.
    isGone: async () => false,
  };
}

function stateKey(shard: string): string {
  return `state/${shard}.json`;
}
