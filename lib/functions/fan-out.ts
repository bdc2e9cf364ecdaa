import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { FOLDERS } from '../../lambda/archive-folders.ts';
import { allow } from '../rights/allow.ts';
import {
  allowArchive,
  allowDigest,
  allowKey,
  allowListingArchive,
  allowListingShards,
} from '../rights/permissions.ts';
import type { Stores } from '../stores/stores.ts';
import { fanOutDefinition } from './fan-out-definition.ts';
import { createFunction, storeNames } from './lambda-function.ts';

interface FanOutFunctionProps {
  readonly name: string;
  readonly code: Code;
  readonly stores: Stores;
}

export interface FanOutProps extends FanOutFunctionProps {
  readonly rotation: IFunction;
  readonly topic: ITopic;
}

/**
 * Creates the state machine that runs `rotation` once per shard, the function that finds the shards
 * at its start, and the one that sends one digest for all of them at its end.
 */
export function createFanOut(scope: Construct, id: string, props: FanOutProps): StateMachine {
  const { rotation } = props;
  const shards = createShardsFunction(scope, `${id}Shards`, props);
  const digest = createDigestFunction(scope, `${id}Digest`, props);
  const stack = Stack.of(scope);
  const stateMachineName = `${props.name}-fan-out`;
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
  });
  allow(role, {
    sid: 'Run',
    actions: ['lambda:InvokeFunction'],
    resources: [shards, rotation, digest].map(({ functionArn }) => functionArn),
  });
  allowChildren(role, stateMachineName);

  const definition = fanOutDefinition({
    partition: stack.partition,
    shardsArn: shards.functionArn,
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

/**
 * Lets the state machine start the children of a Distributed Map, which are executions of its own:
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
function allowChildren(role: IRole, stateMachineName: string): void {
  const stateMachineArn = Stack.of(role).formatArn({
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
}

/** The function reads names, and the states of shards whose secret is gone. */
function createShardsFunction(
  scope: Construct,
  id: string,
  { name, code, stores }: FanOutFunctionProps,
): IFunction {
  const { fn, role } = createFunction(scope, id, {
    description: `Finds the shards of ${name} for a fan-out`,
    code,
    handler: 'index.fanOutShards',
    memorySize: 256,
    timeout: Duration.minutes(2),
    environment: storeNames(stores),
  });
  allowListingShards(role);
  allowListingArchive(role, stores.archive);
  allowArchive(role, stores.archive, {
    sid: 'ReadStates',
    actions: ['s3:GetObject'],
    folders: [FOLDERS.state],
  });
  allowKey(role, stores.key, ['kms:Decrypt'], ['s3']);
  return fn;
}

/** The function reads reports, which hold no secret. */
function createDigestFunction(
  scope: Construct,
  id: string,
  { name, code, stores, topic }: FanOutProps,
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
    folders: [FOLDERS.runs],
  });
  allowListingArchive(digest.role, stores.archive);
  allowKey(digest.role, stores.key, ['kms:Decrypt'], ['s3']);
  allowDigest(digest, topic);
  return digest.fn;
}
