import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TokenRotator, type TokenRotatorProps } from './token-rotator.ts';
import { versionMark } from './version.ts';

export interface TokenRotatorStackProps extends StackProps {
  /** Default: every default of TokenRotatorProps. */
  readonly settings?: TokenRotatorProps;
}

/**
 * One deployment, the construct, and the outputs by which people, scripts and the CLI find its
 * parts.
 */
export class TokenRotatorStack extends Stack {
  readonly tokenRotator: TokenRotator;

  constructor(scope: Construct, id: string, { settings, ...props }: TokenRotatorStackProps = {}) {
    super(scope, id, {
      description: `Keeps the OAuth tokens of many client accounts alive ${versionMark}`,
      ...props,
    });
    const rotator = new TokenRotator(this, 'TokenRotator', settings);
    this.tokenRotator = rotator;
    const outputs = {
      FunctionName: rotator.rotationFunction.functionName,
      RefreshFunctionName: rotator.refreshFunction.functionName,
      TenantsSecretName: rotator.tenantsSecretName,
      AccessTokensSecretName: rotator.accessTokensSecretName,
      ArchiveBucketName: rotator.archiveBucket.bucketName,
      AlertsTopicArn: rotator.alertsTopic.topicArn,
      Schedule: rotator.scheduleText,
      ...(settings?.keepFresh === true && { KeepFresh: 'true' }),
      ...(rotator.connect && {
        ConnectUrl: rotator.connect.url,
        ConnectRedirectUri: rotator.connect.redirectUri,
      }),
      ...(rotator.stateMachine && { StateMachineArn: rotator.stateMachine.stateMachineArn }),
    };
    for (const [outputId, value] of Object.entries(outputs)) {
      new CfnOutput(this, outputId, { value });
    }
  }
}
