import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createAwsArchive } from '../../lambda/aws/archive.ts';
import { clientConfig, createClients } from '../../lambda/aws/clients.ts';
import { createAwsRecords } from '../../lambda/aws/records.ts';
import { createAwsSecrets } from '../../lambda/aws/secrets.ts';
import { createAwsShardStates } from '../../lambda/aws/shard-states.ts';
import { errorName, toStoreError } from '../../lambda/aws/store-error.ts';
import { systemClock } from '../../lambda/clock.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import type { Log } from '../../lambda/log.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { versionIn } from '../../lib/version.ts';
import type { ConnectPage } from '../consent/invite-tenant.ts';
import { CommandError } from '../errors.ts';
import { addStackShard } from './add-stack-shard.ts';
import { awsCaller } from './aws-caller.ts';
import { honourDefaultRegion, toSetupError } from './aws-fault.ts';
import { deleteObjects } from './delete-objects.ts';
import type { Home, HomeRhythm, RefreshResult } from './home.ts';

/** The parts of a stack, by the names of its outputs. */
interface StackParts {
  FunctionName: string;
  RefreshFunctionName: string;
  TenantsSecretName: string;
  AccessTokensSecretName: string;
  ArchiveBucketName: string;
  connectPage: ConnectPage | null;
  deployedVersion: string | null;
  rhythm: HomeRhythm;
}

/** A run takes up to 15 minutes, Lambda's most. */
const INVOKE_MS = 16 * 60_000;

/**
 * Opens a deployed stack as a home, with the caller's own AWS credentials. Throws CommandError
 * where there is no such stack, and StoreError.
 */
export async function openStack(stack: string, log: Log): Promise<Home> {
  honourDefaultRegion(process.env);
  const parts = await findParts(stack);
  const clients = createClients();
  const ports: RunPorts = {
    vault: createAwsSecrets(clients.secretsManager, parts.TenantsSecretName),
    accessTokens: createAwsSecrets(clients.secretsManager, parts.AccessTokensSecretName),
    archive: {
      ...createAwsArchive(clients.s3, parts.ArchiveBucketName),
      remove: (keys) => deleteObjects(clients.s3, parts.ArchiveBucketName, keys),
    },
    records: createAwsRecords(clients.s3, parts.ArchiveBucketName),
    states: createAwsShardStates(clients.s3, parts.ArchiveBucketName),
    http: createNodeHttp({ allowLoopbackHttp: false, allowIpLiterals: false }),
    clock: systemClock,
    log,
  };
  return {
    kind: 'stack',
    rhythm: parts.rhythm,
    title: `stack ${stack}`,
    connectPage: parts.connectPage,
    deployedVersion: parts.deployedVersion,
    ports,
    async rotate(request) {
      const given = Object.fromEntries(
        Object.entries(request).filter(([, value]) => value !== null && value !== false),
      );
      try {
        return await wholeReport(ports, (await invoke(parts.FunctionName, given)) as Report);
      } catch (error) {
        const report = await reportOfFailedRun(ports, error);
        if (report) {
          return report;
        }
        throw error;
      }
    },
    async refresh({ refused, ...request }) {
      return (await invoke(parts.RefreshFunctionName, {
        ...request,
        ...(refused !== null && { refused }),
      })) as RefreshResult;
    },
    mayRun: () => tryInvoke(parts.FunctionName),
    caller: awsCaller,
    addShard: (shard) =>
      addStackShard(
        clients.secretsManager,
        [parts.TenantsSecretName, parts.AccessTokensSecretName],
        shard,
      ),
  };
}

/**
 * The function's answer is cut for large fleets; the archived report is whole, for those who may
 * read it.
 */
async function wholeReport({ archive }: RunPorts, result: Report): Promise<Report> {
  const whole =
    result.report_key === undefined ? null : await archive.get(result.report_key).catch(() => null);
  return (whole ?? result) as Report;
}

/**
 * A run in which a shard failed as a whole ends with an error that names its report. There the
 * other shards' outcomes are.
 */
async function reportOfFailedRun({ archive }: RunPorts, error: unknown): Promise<Report | null> {
  const key =
    error instanceof CommandError ? /\bruns\/\S+\.json\b/.exec(error.message)?.[0] : undefined;
  return key === undefined ? null : ((await archive.get(key).catch(() => null)) as Report | null);
}

async function findParts(stack: string): Promise<StackParts> {
  const client = new CloudFormationClient(clientConfig);
  try {
    const reply = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const found = reply.Stacks?.[0];
    const outputs = new Map(
      found?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
    return {
      FunctionName: part(outputs, stack, 'FunctionName'),
      RefreshFunctionName: part(outputs, stack, 'RefreshFunctionName'),
      TenantsSecretName: part(outputs, stack, 'TenantsSecretName'),
      AccessTokensSecretName: part(outputs, stack, 'AccessTokensSecretName'),
      ArchiveBucketName: part(outputs, stack, 'ArchiveBucketName'),
      connectPage: connectPage(outputs),
      deployedVersion: versionIn(found?.Description),
      rhythm: rhythmOf(outputs),
    };
  } catch (error) {
    if (error instanceof CommandError) {
      throw error;
    }
    if (errorName(error) === 'ValidationError') {
      throw noStack(stack, await client.config.region());
    }
    const fault = toSetupError(error);
    if (fault) {
      throw fault;
    }
    throw toStoreError(error, {
      action: 'cloudformation:DescribeStacks',
      on: `stack ${stack}`,
      kmsAction: 'kms:Decrypt',
    });
  }
}

function noStack(stack: string, region: string): CommandError {
  return new CommandError(`There is no stack ${stack} in this account and region.`, {
    code: 'no_stack',
    nextStep:
      `Looked in ${region}. Check the name (default TokenRotator), ` +
      'or set AWS_REGION to the region it was deployed to',
  });
}

/** A stack has these outputs where it was deployed with the page. */
function connectPage(outputs: ReadonlyMap<string | undefined, string | undefined>) {
  const [url, redirectUri] = [outputs.get('ConnectUrl'), outputs.get('ConnectRedirectUri')];
  return url && redirectUri ? { url: url.replace(/\/$/, ''), redirectUri } : null;
}

/** `cron(17 5 ? * SUN *) UTC`, or `none`. A stack of version 0.1 does not say. */
function rhythmOf(outputs: ReadonlyMap<string | undefined, string | undefined>): HomeRhythm {
  const [, expression = null, timeZone = 'UTC'] =
    /^((?:cron|rate)\(.*\)) (\S+)$/.exec(outputs.get('Schedule') ?? '') ?? [];
  return {
    expression,
    timeZone,
    keepFresh: outputs.get('KeepFresh') === 'true',
  };
}

function part(
  outputs: ReadonlyMap<string | undefined, string | undefined>,
  stack: string,
  name: string,
): string {
  const value = outputs.get(name);
  if (!value) {
    throw new CommandError(
      `Stack ${stack} has no output ${name}: ` +
        'it is no Token Rotator stack, or its deployment failed.',
    );
  }
  return value;
}

/**
 * Runs a function and returns what it answered. Once only. The function itself is safe to run
 * again, but nobody should wait twice.
 */
async function invoke(functionName: string, event: object): Promise<unknown> {
  const client = new LambdaClient({
    ...clientConfig,
    maxAttempts: 1,
    requestHandler: { ...clientConfig.requestHandler, requestTimeout: INVOKE_MS },
  });
  try {
    const reply = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
    const answer: unknown = JSON.parse(
      Buffer.from(reply.Payload ?? new Uint8Array()).toString() || 'null',
    );
    if (reply.FunctionError !== undefined) {
      throw new CommandError(failureMessage(functionName, answer));
    }
    return answer;
  } catch (error) {
    if (error instanceof CommandError) {
      throw error;
    }
    throw toStoreError(error, {
      action: 'lambda:InvokeFunction',
      on: `function ${functionName}`,
      kmsAction: 'kms:Decrypt',
    });
  }
}

/** Asks AWS whether the caller may invoke a function, without running it. */
async function tryInvoke(functionName: string): Promise<string> {
  const client = new LambdaClient(clientConfig);
  const command = new InvokeCommand({ FunctionName: functionName, InvocationType: 'DryRun' });
  try {
    await client.send(command);
    return `function ${functionName}`;
  } catch (error) {
    throw toStoreError(error, {
      action: 'lambda:InvokeFunction',
      on: `function ${functionName}`,
      kmsAction: 'kms:Decrypt',
    });
  }
}

/** Only messages of the functions' own errors are repeated. Those hold no secret. */
function failureMessage(functionName: string, answer: unknown): string {
  const { errorType, errorMessage } = (answer ?? {}) as {
    errorType?: unknown;
    errorMessage?: unknown;
  };
  const ours = [
    'ConfigError',
    'EventError',
    'RunError',
    'UnknownTenantError',
    'ShardsFailedError',
    'StoreError',
    'Error',
  ];
  if (typeof errorMessage === 'string' && ours.includes(String(errorType))) {
    return errorMessage;
  }
  const name =
    typeof errorType === 'string' && /^[\w.]{1,40}$/.test(errorType) ? ` (${errorType})` : '';
  return `Function ${functionName} ended with an error${name}: see its log in CloudWatch.`;
}
