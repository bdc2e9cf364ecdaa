import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { sendDigest } from '../../../lambda/aws/digest-mail.ts';
import { awsError } from '../../fakes/aws-error.ts';

const aws = mockClient(SNSClient);
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alerts';

describe(sendDigest.name, () => {
  beforeEach(() => {
    aws.reset();
  });

  it('publishes subject and message to the topic', async () => {
    aws.on(PublishCommand).resolves({ MessageId: '1' });
    await sendDigest({ subject: 's', message: 'm' }, TOPIC);
    expect(aws.calls().map((call) => call.args[0].input)).toEqual([
      { TopicArn: TOPIC, Subject: 's', Message: 'm' },
    ]);
  });

  it('names the permission it lacks', async () => {
    aws
      .on(PublishCommand)
      .rejects(
        awsError(
          'AuthorizationErrorException',
          403,
          'User: x is not authorized to perform: SNS:Publish on resource: y',
        ),
      );
    await expect(sendDigest({ subject: 's', message: 'm' }, TOPIC)).rejects.toMatchObject({
      reason: 'denied',
      message: expect.stringContaining('permission sns:Publish on topic'),
    });
  });
});
