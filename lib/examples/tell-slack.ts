import type { Stack } from 'aws-cdk-lib';
import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';

/** Tells a Slack channel which tenants fail, by Amazon Q in chat applications. */
export function tellSlack(stack: Stack, slack: { workspaceId: string; channelId: string }): void {
  const topic = new Topic(stack, 'TokenNews', { enforceSSL: true });
  new SlackChannelConfiguration(stack, 'TokenChannel', {
    slackChannelConfigurationName: 'token-rotator',
    slackWorkspaceId: slack.workspaceId,
    slackChannelId: slack.channelId,
    notificationTopics: [topic],
  });
  new Rule(stack, 'TokenNewsToSlack', {
    eventPattern: { source: ['token-rotator'], detailType: ['Tenant Failing'] },
    targets: [new SnsTopic(topic, { message: slackMessage() })],
  });
}

/** https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html */
function slackMessage(): RuleTargetInput {
  return RuleTargetInput.fromObject({
    version: '1.0',
    source: 'custom',
    content: {
      title: `Tenant failing: ${EventField.fromPath('$.detail.tenant')}`,
      description: EventField.fromPath('$.detail.error.message'),
      nextSteps: [EventField.fromPath('$.detail.error.next_step')],
    },
  });
}
