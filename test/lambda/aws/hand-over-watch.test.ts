import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handOverWatch } from '../../../lambda/aws/hand-over-watch.ts';
import { parseWatchEvent } from '../../../lambda/event.ts';
import { awsError } from '../../fakes/aws-error.ts';

const aws = mockClient(LambdaClient);
const invokedFunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:refresh:shard-eu';
const handed = {
  watch: '0b7c3e5a-9d21-4f4e-8a54-3f1f6f2c9a10',
  request: { tenant: 'acme', shard: 'eu', refused: null },
};

describe(handOverWatch.name, () => {
  beforeEach(() => {
    aws.reset();
  });

  it('invokes the same alias once more, and does not wait for it', async () => {
    aws.on(InvokeCommand).resolves({ StatusCode: 202 });
    expect(await handOverWatch({ invokedFunctionArn }, handed)).toBe(true);
    const [{ Payload, ...input } = {}] = aws
      .commandCalls(InvokeCommand)
      .map(({ args }) => args[0].input);
    expect(input).toEqual({ FunctionName: invokedFunctionArn, InvocationType: 'Event' });
    const event: unknown = JSON.parse(Buffer.from(Payload as Uint8Array).toString());
    expect(parseWatchEvent(event, 'eu')).toEqual(handed);
  });

  it.each(['AccessDeniedException', 'TooManyRequestsException', 'ServiceException'])(
    'says that it could not, after %s',
    async (name) => {
      aws.on(InvokeCommand).rejects(awsError(name, 403));
      expect(await handOverWatch({ invokedFunctionArn }, handed)).toBe(false);
    },
  );
});
