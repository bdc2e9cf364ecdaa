import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createAwsArchive } from '../../lambda/aws/archive.ts';
import { createAwsRecords } from '../../lambda/aws/records.ts';
import { createAwsSecrets } from '../../lambda/aws/secrets.ts';
import { createAwsShardStates } from '../../lambda/aws/shard-states.ts';
import { describeWithMoto, type Moto } from '../fakes/moto.ts';
import { describeArchiveContract } from './archive.ts';
import { describeRecordsContract } from './records.ts';
import { describeSecretsContract } from './secrets.ts';
import { describeShardStatesContract } from './shard-states.ts';

describeWithMoto('the AWS ports over HTTP', (moto) => {
  describeSecretsContract('AWS Secrets Manager', async () => {
    const client = new SecretsManagerClient(moto().clientConfig);
    const name = `rotator-${randomUUID()}/tenants`;
    // Neighbours that the prefix finds as well, and that are no shards.
    for (const neighbour of ['', '-old', '/eu/west', '/default', '/-']) {
      await client.send(new CreateSecretCommand({ Name: name + neighbour }));
    }
    return {
      secrets: createAwsSecrets(client, name),
      other: createAwsSecrets(new SecretsManagerClient(moto().clientConfig), name),
      addShard: async (shard) =>
        void (await client.send(new CreateSecretCommand({ Name: `${name}/${shard}` }))),
    };
  });

  describeArchiveContract('AWS S3', async () => {
    const { bucket, client } = await makeBucket(moto());
    return {
      archive: createAwsArchive(client, bucket),
      other: createAwsArchive(new S3Client(moto().clientConfig), bucket),
    };
  });

  describeShardStatesContract('AWS S3', async () => {
    const { bucket, client } = await makeBucket(moto());
    return {
      states: createAwsShardStates(client, bucket),
      other: createAwsShardStates(new S3Client(moto().clientConfig), bucket),
    };
  });

  describeRecordsContract('AWS S3', async () => {
    const { bucket, client } = await makeBucket(moto());
    return {
      records: createAwsRecords(client, bucket),
      other: createAwsRecords(new S3Client(moto().clientConfig), bucket),
    };
  });
});

async function makeBucket({ clientConfig }: Moto): Promise<{ bucket: string; client: S3Client }> {
  const client = new S3Client(clientConfig);
  const bucket = `rotator-${randomUUID()}`;
  await client.send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  return { bucket, client };
}
