import { Duration, Validations } from 'aws-cdk-lib';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allow } from '../rights/allow.ts';
import type { FunctionWithRole } from './lambda-function.ts';

/**
 * Creates a queue for events that came to nothing. Holds what was asked and our own error messages,
 * and no secret.
 */
export function createDeadLetterQueue(scope: Construct, id: string): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is itself the dead-letter queue.',
  });
  return queue;
}

/**
 * Sends what a function was invoked with, and did not do in three tries, to a queue. With
 * `maxEventAge` it is no longer tried after that time.
 */
export function keepFailed(
  { fn, role }: FunctionWithRole,
  queue: IQueue,
  maxEventAge?: Duration,
): void {
  allow(role, {
    sid: 'KeepFailed',
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
  });
  fn.configureAsyncInvoke({
    retryAttempts: 2,
    ...(maxEventAge && { maxEventAge }),
    onFailure: { bind: () => ({ destination: queue.queueArn }) },
  });
}
