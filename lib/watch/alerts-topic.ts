import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/** Creates the topic of alarms and digests, with `address` as its first reader. */
export function createAlertsTopic(
  scope: Construct,
  id: string,
  address: string | undefined,
): Topic {
  const stack = Stack.of(scope);
  const topic = new Topic(scope, id, { enforceSSL: true });
  // A topic policy of one's own replaces the default one, by which the account's alarms may
  // publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      actions: ['sns:Publish'],
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'cloudwatch',
            resource: 'alarm',
            resourceName: '*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  if (address !== undefined) {
    topic.addSubscription(new EmailSubscription(address));
  }
  return topic;
}
