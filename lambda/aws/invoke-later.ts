import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { withDeadline } from './clients.ts';
import { toStoreError } from './store-error.ts';

/** Invokes a function asynchronously, and does not wait for what it does. Throws StoreError. */
export async function invokeLater(
  client: LambdaClient,
  functionName: string,
  event: object,
): Promise<void> {
  const input = {
    FunctionName: functionName,
    InvocationType: 'Event' as const,
    Payload: Buffer.from(JSON.stringify(event)),
  };
  try {
    await client.send(new InvokeCommand(input), withDeadline());
  } catch (error) {
    throw toStoreError(error, {
      action: 'lambda:InvokeFunction',
      on: `function ${functionName}`,
      kmsAction: 'kms:Decrypt',
    });
  }
}
