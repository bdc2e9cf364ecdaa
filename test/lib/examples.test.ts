import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { tellSlack } from '../../lib/examples/tell-slack.ts';
import { tellWebhook } from '../../lib/examples/tell-webhook.ts';
import { createApp } from './synthesize.ts';

const createStack = () => new Stack(createApp(), 'News');

describe(tellSlack.name, () => {
  const stack = createStack();
  tellSlack(stack, { workspaceId: 'T01234567', channelId: 'C01234567' });
  const template = Template.fromStack(stack);

  it('leads failing tenants to the channel, over a topic that EventBridge may publish to', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['token-rotator'], 'detail-type': ['Tenant Failing'] },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('TokenNews') } })],
    });
    template.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', {
      SlackWorkspaceId: 'T01234567',
      SlackChannelId: 'C01234567',
      SnsTopicArns: [{ Ref: Match.stringLikeRegexp('TokenNews') }],
    });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'events.amazonaws.com' } }),
        ]),
      },
    });
  });

  it('says what happened and what to do, in the form that Amazon Q shows', () => {
    const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
    const { InputPathsMap = {}, InputTemplate = '' } =
      rule?.Properties.Targets[0].InputTransformer ?? {};
    expect(Object.values(InputPathsMap).sort()).toEqual([
      '$.detail.error.message',
      '$.detail.error.next_step',
      '$.detail.tenant',
    ]);
    // EventBridge puts a JSON text in place of a variable without quotes.
    const filled = InputTemplate.replace(/([:[])<[\w-]+>/g, '$1"text"');
    const message: unknown = JSON.parse(filled);
    expect(message).toMatchObject({
      version: '1.0',
      source: 'custom',
      content: { title: expect.stringContaining('Tenant failing: <') },
    });
  });
});

describe(tellWebhook.name, () => {
  const stack = createStack();
  tellWebhook(stack, { url: 'https://hooks.example/tokens', keySecret: 'webhook-key' });
  const template = Template.fromStack(stack);

  it('posts every event, and keeps what it could not send', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['token-rotator'] },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Webhook'), 'Arn'] },
          DeadLetterConfig: Match.anyValue(),
        }),
      ],
    });
    template.hasResourceProperties('AWS::Events::ApiDestination', {
      HttpMethod: 'POST',
      InvocationEndpoint: 'https://hooks.example/tokens',
    });
  });

  it('has the key from a secret, and not in the template', () => {
    template.hasResourceProperties('AWS::Events::Connection', {
      AuthParameters: {
        ApiKeyAuthParameters: {
          ApiKeyName: 'X-Api-Key',
          ApiKeyValue: '{{resolve:secretsmanager:webhook-key:SecretString:::}}',
        },
      },
    });
  });
});
