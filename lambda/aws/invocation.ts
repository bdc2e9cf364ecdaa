import { randomUUID } from 'node:crypto';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { systemClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { EventError } from '../event.ts';
import { createNodeHttp } from '../exchange/node-http.ts';
import { instantOf } from '../keep/elapsed.ts';
import type { RunPorts } from '../ports.ts';
import { METRIC_NAMESPACE, NAME_DIMENSION } from '../report/metric-names.ts';
import type { RunOptions } from '../run/run-options.ts';
import { createAwsArchive } from './archive.ts';
import { createClients } from './clients.ts';
import { fanOutExecution } from './fan-out-execution.ts';
import { log } from './log.ts';
import { createAwsRecords } from './records.ts';
import { createAwsSecrets } from './secrets.ts';
import { shardOfAlias } from './shard-alias.ts';
import { createAwsShardStates } from './shard-states.ts';

/** Every invocation of one process shares them. */
const clients = createClients();

/** Everything that one invocation of a function works with. */
export interface Invocation {
  config: Config;
  /** The name of the deployment, which begins its secrets' names. */
  name: string;
  ports: RunPorts;
  options: RunOptions;
  metrics: Metrics;
}

/**
 * Takes Lambda's context and the environment. Throws ConfigError. A repeated request id gets a run
 * of its own.
 */
export function openInvocation(
  context: Pick<Context, 'getRemainingTimeInMillis' | 'clientContext'>,
  env: NodeJS.ProcessEnv,
): Invocation {
  const config = readConfig(env);
  const name = config.tenantsSecret.replace(/\/tenants$/, '');
  const fanOut = fanOutExecution(context);
  return {
    config,
    name,
    ports: {
      vault: createAwsSecrets(clients.secretsManager, config.tenantsSecret),
      accessTokens: createAwsSecrets(clients.secretsManager, config.accessTokensSecret),
      archive: createAwsArchive(clients.s3, config.archiveBucket),
      records: createAwsRecords(clients.s3, config.archiveBucket),
      states: createAwsShardStates(clients.s3, config.archiveBucket),
      http: createNodeHttp({
        allowLoopbackHttp: config.allowLoopbackHttp,
        allowIpLiterals: false,
      }),
      clock: systemClock,
      log,
    },
    options: {
      runId: randomUUID(),
      ...(fanOut && { fanOut }),
      ...(config.rhythm && { rhythm: config.rhythm }),
      deadlineAt: systemClock.now() + context.getRemainingTimeInMillis(),
      toldAt: instantOf(systemClock),
    },
    metrics: createMetrics(name),
  };
}

/**
 * Returns the one shard that the caller of a function was granted, by the alias through which it
 * was invoked, or null where it was invoked without an alias, as operators do. Throws EventError
 * for an alias that names no shard.
 */
export function grantedShard(context: Pick<Context, 'invokedFunctionArn'>): string | null {
  const alias = context.invokedFunctionArn.split(':')[7];
  if (alias === undefined || alias === '$LATEST') {
    return null;
  }
  const shard = shardOfAlias(alias);
  if (shard !== null) {
    return shard;
  }
  throw new EventError(
    'This function refreshes through an alias such as shard-default, or without one.',
  );
}

function createMetrics(name: string): Metrics {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE });
  // Powertools' own default, `service`, would make other metrics of them.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ [NAME_DIMENSION]: name });
  return metrics;
}
