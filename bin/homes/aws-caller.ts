import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { clientConfig, withDeadline } from '../../lambda/aws/clients.ts';
import { toStoreError } from '../../lambda/aws/store-error.ts';

/** Returns the ARN of the caller in AWS, with the name of its session. Throws StoreError. */
export async function awsCaller(): Promise<string> {
  try {
    const { Arn = 'unknown' } = await new STSClient(clientConfig).send(
      new GetCallerIdentityCommand(),
      withDeadline(),
    );
    return Arn;
  } catch (error) {
    const call = { action: 'sts:GetCallerIdentity', on: 'your own credentials' };
    throw toStoreError(error, { ...call, kmsAction: 'kms:Decrypt' });
  }
}
