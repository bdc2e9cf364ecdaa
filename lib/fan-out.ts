import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { allow } from './allow.ts';
import { fanOutDefinition } from './fan-out-definition.ts';
import { createFunction, storeNames } from './lambda-function.ts';
import {
  allowArchive,
  allowDigest,
  allowKey,
  allowListingArchive,
  allowListingShards,
} from './permissions.ts';
import type { Stores } from './stores.ts';

export interface FanOutProps {
  readonly name: string;
  readonly code: Code;
  readonly stores: Stores;
  readonly rotation: IFunction;
  readonly topic: ITopic;
}

/**
 * Creates the state machine that runs `rotation` once per shard, and at its end the function that
 * sends one digest for all of them.
 */
export function createFanOut(
  scope: Construct,
  id: string,
  { name, code, stores, rotation, topic }: FanOutProps,
): StateMachine {
  const digest = createDigestFunction(scope, `${id}Digest`, { name, code, stores, topic });
  const stack = Stack.of(scope);
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
  });
  allowListingShards(role);
  allow(role, {
    sid: 'Run',
    actions: ['lambda:InvokeFunction'],
    resources: [rotation.functionArn, digest.functionArn],
  });
  // A Distributed Map starts its children as executions of its own state machine:
  // https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  const stateMachineName = `${name}-fan-out`;
  const stateMachineArn = stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: stateMachineName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  allow(role, {
    sid: 'StartChildren',
    actions: ['states:StartExecution'],
    resources: [stateMachineArn],
  });

  const definition = fanOutDefinition({
    partition: stack.partition,
    tenantsSecretName: stores.vault.secretName,
    rotationArn: rotation.functionArn,
    digestArn: digest.functionArn,
  });
  const machine = new StateMachine(scope, id, {
    stateMachineName,
    comment: 'Rotates every shard in an invocation of its own',
    definitionBody: DefinitionBody.fromString(stack.toJsonString(definition)),
    role,
    timeout: Duration.hours(6),
  });
  machine.node.addDependency(role);
  Validations.of(machine).acknowledge(
    {
      id: 'AwsSolutions-SF1',
      reason: 'A STANDARD execution keeps its own history for 90 days; the functions log each run.',
    },
    {
      id: 'AwsSolutions-SF2',
      reason:
        'Tracing adds nothing to the run reports, and would need xray:* rights on every resource.',
    },
  );
  return machine;
}

/** It reads reports, which hold no secret. */
function createDigestFunction(
  scope: Construct,
  id: string,
  { name, code, stores, topic }: Pick<FanOutProps, 'name' | 'code' | 'stores' | 'topic'>,
): IFunction {
  const digest = createFunction(scope, id, {
    description: `Mails what changed in a fan-out of ${name}`,
    code,
    handler: 'index.fanOutDigest',
    memorySize: 256,
    timeout: Duration.minutes(2),
    environment: storeNames(stores),
  });
  allowArchive(digest.role, stores.archive, {
    sid: 'ReadReports',
    actions: ['s3:GetObject'],
    folders: ['runs/'],
  });
  allowListingArchive(digest.role, stores.archive);
  allowKey(digest.role, stores.key, ['kms:Decrypt'], ['s3']);
  allowDigest(digest, topic);
  return digest.fn;
}
