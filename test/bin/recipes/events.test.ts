import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { sendEventsToSlack } from '../../../bin/recipes/events-to-slack.ts';
import { sendEventsToWebhook } from '../../../bin/recipes/events-to-webhook.ts';

const newStack = () => new Stack(new App(), 'Events');

describe('the recipe for Slack', () => {
  it('synthesizes a rule that sends what a person must see to the channel', () => {
    const stack = newStack();
    sendEventsToSlack(stack, 'acme-tokens', { workspaceId: 'T012', channelId: 'C345' });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['acme-tokens'],
        'detail-type': ['Tenant Failing', 'Tenant Ending', 'Shard Failed'],
      },
      Targets: [Match.objectLike({ InputTransformer: Match.anyValue() })],
    });
    template.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', {
      SlackWorkspaceId: 'T012',
      SlackChannelId: 'C345',
    });
  });
});

describe('the recipe for a webhook', () => {
  it('synthesizes a rule for every event, with a queue for what is not taken', () => {
    const stack = newStack();
    const webhook = { url: 'https://hooks.example/tokens', keySecretName: 'webhook-key' };
    sendEventsToWebhook(stack, 'acme-tokens', webhook);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['acme-tokens'] },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
    template.hasResourceProperties('AWS::Events::ApiDestination', {
      InvocationEndpoint: webhook.url,
      HttpMethod: 'POST',
    });
    expect(JSON.stringify(template.toJSON())).toContain('{{resolve:secretsmanager:webhook-key');
  });
});
