import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Digest } from '../report/digest.ts';
import { clientConfig, withDeadline } from './clients.ts';
import { toStoreError } from './store-error.ts';

/** Sends the digest to the topic. Throws StoreError. */
export async function sendDigest({ subject, message }: Digest, topicArn: string): Promise<void> {
  const client = new SNSClient(clientConfig);
  try {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        Message: message,
      }),
      withDeadline(),
    );
  } catch (error) {
    throw toStoreError(error, {
      action: 'sns:Publish',
      on: `topic ${topicArn}`,
      kmsAction: 'kms:GenerateDataKey',
    });
  }
}
