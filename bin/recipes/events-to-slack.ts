import type { Stack } from 'aws-cdk-lib';
import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';

/**
 * Sends the tenants that fail or end soon to a Slack channel, by Amazon Q Developer in chat
 * applications. `source` is the name of the deployment, such as `token-rotator`. The workspace is
 * authorized once in the console:
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html
 */
export function sendEventsToSlack(
  stack: Stack,
  source: string,
  channel: { workspaceId: string; channelId: string },
): void {
  const topic = new Topic(stack, 'TokenEvents');
  new SlackChannelConfiguration(stack, 'TokenChannel', {
    slackChannelConfigurationName: `${source}-events`,
    slackWorkspaceId: channel.workspaceId,
    slackChannelId: channel.channelId,
    notificationTopics: [topic],
  });
  const rule = new Rule(stack, 'TokenEventsToSlack', {
    eventPattern: {
      source: [source],
      detailType: ['Tenant Failing', 'Tenant Ending', 'Shard Failed'],
    },
  });
  rule.addTarget(new SnsTopic(topic, { message: chatMessage() }));
}

/** https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html */
function chatMessage(): RuleTargetInput {
  const field = (path: string) => EventField.fromPath(path);
  return RuleTargetInput.fromObject({
    version: '1.0',
    source: 'custom',
    id: field('$.detail.id'),
    content: {
      textType: 'client-markdown',
      title: `${EventField.detailType}: ${field('$.detail.tenant')}`,
      description: `${field('$.detail.error.message')} ${field('$.detail.ends_at')}`,
      nextSteps: [field('$.detail.error.next_step')],
    },
  });
}
