import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createAwsArchive } from '../../lambda/aws/archive.ts';
import { createAwsRecords } from '../../lambda/aws/records.ts';
import { createAwsSecrets } from '../../lambda/aws/secrets.ts';
import { createAwsShardStates } from '../../lambda/aws/shard-states.ts';
import { systemClock } from '../../lambda/clock.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import { formatShardState, parseShardState } from '../../lambda/history/stored-state.ts';
import type { RunPorts, ShardStates } from '../../lambda/ports.ts';
import type { Moto } from '../fakes/moto.ts';
import type { TokenServer } from '../fakes/token-server.ts';
import { firstMap, SHARDS } from './accounts.ts';
import type { TortureSite } from './torture.ts';

/** A deployment in moto with every account's tenants, run by the bundled handler. */
export async function createMotoSite(
  bundle: string,
  moto: Moto,
  server: TokenServer,
): Promise<TortureSite> {
  const { name, bucket, openPorts } = await deploy(moto);
  const ports = openPorts();
  for (const shard of SHARDS) {
    await ports.vault.swap(shard, null, firstMap(server, shard), randomUUID());
  }
  const env = {
    ...moto.env,
    PATH: process.env.PATH,
    TENANTS_SECRET: `${name}/tenants`,
    ACCESS_TOKENS_SECRET: `${name}/access-tokens`,
    ARCHIVE_BUCKET: bucket,
    ALLOW_LOOPBACK_HTTP: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const args = [
    join(import.meta.dirname, 'run-bundle.mjs'),
    pathToFileURL(join(bundle, 'index.mjs')).href,
  ];
  return {
    ports,
    program: () => ({ command: process.execPath, args, env }),
    async outliveLeases() {
      for (const shard of SHARDS) {
        await endLease(ports.states, shard);
      }
    },
  };
}

/** Secrets without a value for every shard, and a bucket. */
export async function deploy({
  clientConfig,
}: Moto): Promise<{ name: string; bucket: string; openPorts(): RunPorts }> {
  const name = `rotator-${randomUUID()}`;
  const bucket = `${name}-archive`;
  const location = { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } } as const;
  await new S3Client(clientConfig).send(new CreateBucketCommand({ Bucket: bucket, ...location }));
  const secrets = new SecretsManagerClient(clientConfig);
  for (const kind of ['tenants', 'access-tokens']) {
    for (const shard of SHARDS) {
      await secrets.send(
        new CreateSecretCommand({
          Name: shard === 'default' ? `${name}/${kind}` : `${name}/${kind}/${shard}`,
        }),
      );
    }
  }
  /** The ports of one process: its own clients. */
  const openPorts = (): RunPorts => {
    const [s3, secretsManager] = [
      new S3Client(clientConfig),
      new SecretsManagerClient(clientConfig),
    ];
    return {
      vault: createAwsSecrets(secretsManager, `${name}/tenants`),
      accessTokens: createAwsSecrets(secretsManager, `${name}/access-tokens`),
      archive: createAwsArchive(s3, bucket),
      records: createAwsRecords(s3, bucket),
      states: createAwsShardStates(s3, bucket),
      http: createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false }),
      clock: systemClock,
      log: () => undefined,
    };
  };
  return { name, bucket, openPorts };
}

/** Leaves the state as a run does that watched the lease for two minutes and found it dead. */
async function endLease(states: ShardStates, shard: string): Promise<void> {
  for (;;) {
    const stored = await states.read(shard);
    const state = stored && parseShardState(stored.text);
    if (!stored || !state?.lease) {
      return;
    }
    const ended = { ...state, nonce: randomUUID(), lease: null, suspect: true };
    if ((await states.write(shard, formatShardState(ended), stored.etag)) !== 'refused') {
      return;
    }
  }
}
