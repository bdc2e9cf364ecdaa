import type { S3Client } from '@aws-sdk/client-s3';
import { FOLDERS, withinFolder } from '../archive-folders.ts';
import { isName } from '../names.ts';
import type { ShardStates } from '../ports.ts';
import { createAwsRecords } from './records.ts';

/** Creates the port of the objects `state/<shard>.json` of the archive bucket. */
export function createAwsShardStates(client: S3Client, bucket: string): ShardStates {
  const records = createAwsRecords(client, bucket);
  return {
    async shards() {
      const keys = await records.list(FOLDERS.state);
      return keys.flatMap((key) => shardOfKey(key) ?? []).sort();
    },
    read: (shard) => records.read(stateKey(shard)),
    write: (shard, text, etag) => records.write(stateKey(shard), text, etag),
    holder: (runId) => runId,
    // A process elsewhere cannot be seen, so that its lease has to end.
    isGone: async () => false,
  };
}

/** Other objects lie there too, such as the marks of watches. */
function shardOfKey(key: string): string | undefined {
  const name = withinFolder(FOLDERS.state, key);
  const [, shard] = /^(.+)\.json$/.exec(name) ?? [];
  return shard !== undefined && isName(shard) ? shard : undefined;
}

function stateKey(shard: string): string {
  return `${FOLDERS.state}${shard}.json`;
}
