import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import { type HandedWatch, toWatchEvent } from '../event.ts';
import { StoreError } from '../ports.ts';
import { clientConfig } from './clients.ts';
import { invokeLater } from './invoke-later.ts';
import { log } from './log.ts';

const lambda = new LambdaClient(clientConfig);

/**
 * Has the function invoked once more, to go on with a watch. It is invoked by the alias through
 * which it was invoked itself, so that the watch reaches no other shard than its caller. Returns
 * false, and logs why, where that cannot be done.
 */
export async function handOverWatch(
  { invokedFunctionArn }: Pick<Context, 'invokedFunctionArn'>,
  handed: HandedWatch,
): Promise<boolean> {
  try {
    await invokeLater(lambda, invokedFunctionArn, toWatchEvent(handed));
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) {
      throw error;
    }
    const message = 'this call watches a held shard itself, and its caller waits';
    log({
      level: 'warn',
      message,
      shard: handed.request.shard,
      cause: error.message,
    });
    return false;
  }
}
