import type { LambdaClient } from '@aws-sdk/client-lambda';
import { createHttpsAgent } from '../../lambda/aws/https-agent.ts';
import { shardAlias } from '../../lambda/aws/shard-alias.ts';
import { toStoreError } from '../../lambda/aws/store-error.ts';
import type { RefreshRequest } from '../../lambda/event.ts';
import { StoreError } from '../../lambda/ports.ts';
import type { AwsOptions } from './aws-options.ts';
import { once } from './once.ts';
import type { RefreshAnswer } from './token-source.ts';

/** The function ends within 5 minutes, and waits itself. A caller must not invoke it twice. */
const INVOKE_CONFIG = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 310_000,
    throwOnRequestTimeout: true,
  },
};

/**
 * Returns a caller of the refresh function `refreshFunction`, a name or an ARN. It invokes the
 * alias of the tenant's shard, as grantTokens allows. If there is no such alias, it invokes the
 * function itself, which needs wider rights. The caller throws StoreError.
 */
export function createRefreshFunction(
  refreshFunction: string,
  aws: AwsOptions,
): (request: RefreshRequest) => Promise<RefreshAnswer> {
  const lambda = once(async () => {
    const { LambdaClient } = await import('@aws-sdk/client-lambda');
    const requestHandler = { ...INVOKE_CONFIG.requestHandler, httpsAgent: createHttpsAgent() };
    return new LambdaClient({ ...INVOKE_CONFIG, requestHandler, ...aws });
  });
  const withoutAlias = new Set<string>();

  return async (request) => {
    const client = await lambda();
    const direct = { functionName: refreshFunction, request };
    if (hasQualifier(refreshFunction) || withoutAlias.has(request.shard)) {
      return invoke(client, direct);
    }
    try {
      return await invoke(client, { ...direct, qualifier: shardAlias(request.shard) });
    } catch (error) {
      if (!mayLackAlias(error)) {
        throw error;
      }
      const answer = await invoke(client, direct).catch(() => Promise.reject(error));
      withoutAlias.add(request.shard);
      return answer;
    }
  };
}

/** Returns true for an ARN, or a name, that already ends with an alias or a version. */
function hasQualifier(functionName: string): boolean {
  const parts = functionName.split(':');
  return parts.length === (functionName.startsWith('arn:') ? 8 : 2);
}

/** IAM refuses an alias that no policy names before Lambda can say that there is none. */
function mayLackAlias(error: unknown): boolean {
  return error instanceof StoreError && ['not_found', 'denied'].includes(error.reason);
}

interface Invocation {
  functionName: string;
  qualifier?: string;
  request: RefreshRequest;
}

async function invoke(
  client: LambdaClient,
  { functionName, qualifier, request: { refused, ...request } }: Invocation,
): Promise<RefreshAnswer> {
  const { InvokeCommand } = await import('@aws-sdk/client-lambda');
  const called = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  const command = new InvokeCommand({
    FunctionName: functionName,
    ...(qualifier !== undefined && { Qualifier: qualifier }),
    Payload: Buffer.from(JSON.stringify({ ...request, ...(refused !== null && { refused }) })),
  });
  const reply = await client.send(command).catch((error) => {
    throw toStoreError(error, {
      action: 'lambda:InvokeFunction',
      on: `function ${called}`,
      kmsAction: 'kms:Decrypt',
    });
  });
  const text = Buffer.from(reply.Payload ?? new Uint8Array()).toString() || 'null';
  const answer: unknown = JSON.parse(text);
  return reply.FunctionError === undefined
    ? (answer as RefreshAnswer)
    : failedAnswer(called, answer);
}

/** Messages of the function's own errors hold no secret; of any other only its name is repeated. */
function failedAnswer(functionName: string, answer: unknown): RefreshAnswer {
  const { errorType, errorMessage } = (answer ?? {}) as {
    errorType?: unknown;
    errorMessage?: unknown;
  };
  if (errorType === 'UnknownTenantError') {
    return { status: 'unknown_tenant' };
  }
  const ours = ['ConfigError', 'EventError', 'RunError', 'StoreError'].includes(String(errorType));
  const why = ours ? String(errorMessage).replace(/\.$/, '') : 'its log in CloudWatch says why';
  throw new StoreError('unavailable', `the refresh function ${functionName} failed: ${why}`);
}
