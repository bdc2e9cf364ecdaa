import { SecretValue, type Stack } from 'aws-cdk-lib';
import {
  ApiDestination,
  Authorization,
  Connection,
  type IApiDestination,
  Rule,
} from 'aws-cdk-lib/aws-events';
import { ApiDestination as ApiDestinationTarget } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * Sends every event of a deployment to a webhook, as JSON. `source` is the name of the deployment,
 * such as `token-rotator`. The webhook's key is read from a secret that you made. What the webhook
 * does not take for a day waits in a queue.
 */
export function sendEventsToWebhook(
  stack: Stack,
  source: string,
  webhook: { url: string; keySecretName: string },
): void {
  const connection = new Connection(stack, 'TokenWebhookKey', {
    authorization: Authorization.apiKey(
      'X-Api-Key',
      SecretValue.secretsManager(webhook.keySecretName),
    ),
  });
  const destination = new ApiDestination(stack, 'TokenWebhook', {
    connection,
    endpoint: webhook.url,
    rateLimitPerSecond: 10,
  });
  const rule = new Rule(stack, 'TokenEventsToWebhook', { eventPattern: { source: [source] } });
  const deadLetterQueue = new Queue(stack, 'TokenEventsNotTaken', { enforceSSL: true });
  rule.addTarget(new ApiDestinationTarget(destination as IApiDestination, { deadLetterQueue }));
}
