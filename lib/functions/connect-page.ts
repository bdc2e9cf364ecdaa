import { Duration } from 'aws-cdk-lib';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { FOLDERS } from '../../lambda/archive-folders.ts';
import {
  ARCHIVE_BUCKET,
  CONNECT_CONTACT,
  CONNECT_TITLE,
  REDEEM_FUNCTION,
} from '../../lambda/config.ts';
import { allow } from '../rights/allow.ts';
import { allowArchive, viaServices } from '../rights/permissions.ts';
import type { Stores } from '../stores/stores.ts';
import { type ConnectApi, createConnectApi } from './connect-api.ts';
import { createFunction } from './lambda-function.ts';

export interface ConnectPageProps {
  readonly name: string;
  readonly code: Code;
  readonly title: string;
  readonly contact: string | undefined;
  readonly stores: Stores;
  readonly redeem: IFunction;
  readonly reservedConcurrentExecutions: number | undefined;
}

/** The page by which clients consent, and what it runs on. */
export interface ConnectPage extends ConnectApi {
  readonly page: IFunction;
  readonly redeem: IFunction;
}

/**
 * Creates the page that connect links lead to. It can read links, remember visits and file a code.
 * It can read no secret, no token and no state, and start nothing but the redeem function.
 */
export function createConnectPage(
  scope: Construct,
  id: string,
  props: ConnectPageProps,
): ConnectPage {
  const { name, stores, redeem, contact } = props;
  const { fn: page, role } = createFunction(scope, id, {
    description: `Serves the connect links of ${name}`,
    code: props.code,
    handler: 'index.handler',
    memorySize: 512,
    timeout: Duration.seconds(10),
    reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    environment: {
      [ARCHIVE_BUCKET]: stores.archive.bucketName,
      [REDEEM_FUNCTION]: redeem.functionName,
      [CONNECT_TITLE]: props.title,
      ...(contact !== undefined && { [CONNECT_CONTACT]: contact }),
    },
  });
  allowArchive(role, stores.archive, {
    sid: 'ReadLinks',
    actions: ['s3:GetObject'],
    folders: [FOLDERS.links],
  });
  allowArchive(role, stores.archive, {
    sid: 'RememberVisits',
    actions: ['s3:GetObject', 's3:PutObject'],
    folders: [FOLDERS.visits],
  });
  allowArchive(role, stores.archive, {
    sid: 'FileCodes',
    actions: ['s3:PutObject'],
    folders: [FOLDERS.inbox],
  });
  allow(role, {
    sid: 'UseKey',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [stores.key.keyArn],
    conditions: {
      StringEquals: {
        ...viaServices(role, ['s3']),
        // With a bucket key S3 names the bucket to the key, and not the object:
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
        'kms:EncryptionContext:aws:s3:arn': stores.archive.bucketArn,
      },
    },
  });
  allow(role, {
    sid: 'AskRedeem',
    actions: ['lambda:InvokeFunction'],
    resources: [redeem.functionArn],
  });
  return {
    page,
    redeem,
    ...createConnectApi(scope, `${id}Api`, { name, page }),
  };
}
