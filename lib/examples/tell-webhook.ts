import { SecretValue, type Stack } from 'aws-cdk-lib';
import {
  ApiDestination,
  Authorization,
  Connection,
  HttpMethod,
  type IApiDestination,
  Rule,
} from 'aws-cdk-lib/aws-events';
import { ApiDestination as ApiDestinationTarget } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/** Sends every change of a tenant to a web address, with a key that a secret of yours holds. */
export function tellWebhook(stack: Stack, webhook: { url: string; keySecret: string }): void {
  const connection = new Connection(stack, 'WebhookKey', {
    authorization: Authorization.apiKey('X-Api-Key', SecretValue.secretsManager(webhook.keySecret)),
  });
  const destination = new ApiDestination(stack, 'Webhook', {
    connection,
    endpoint: webhook.url,
    httpMethod: HttpMethod.POST,
    rateLimitPerSecond: 10,
  }) as IApiDestination;
  const unsent = new Queue(stack, 'UnsentToWebhook', { enforceSSL: true });
  new Rule(stack, 'TokenNewsToWebhook', {
    eventPattern: { source: ['token-rotator'] },
    targets: [new ApiDestinationTarget(destination, { deadLetterQueue: unsent })],
  });
}
