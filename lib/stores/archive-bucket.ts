import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { FOLDERS } from '../../lambda/archive-folders.ts';

/** Long enough to look at what an overwritten lease said while a fault is being studied. */
const NONCURRENT_DAYS = 30;

export interface ArchiveBucketProps {
  readonly name: string;
  readonly key: IKey;
  readonly retention: Duration;
  /** False where a retained bucket of this name exists already. It keeps the settings it has. */
  readonly create: boolean;
}

/**
 * Creates the bucket of raw responses, reports and shard states. It holds live tokens, and is
 * encrypted, TLS only, closed, versioned, retained.
 */
export function createArchiveBucket(
  scope: Construct,
  id: string,
  { name, key, retention, create }: ArchiveBucketProps,
): IBucket {
  // A name known in advance. After a `cdk destroy` the retained bucket is found again by it.
  const bucketName = `${name}-archive-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
  if (!create) {
    return Bucket.fromBucketAttributes(scope, id, { bucketName, encryptionKey: key });
  }

  const bucket = new Bucket(scope, id, {
    bucketName,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: lifecycleRules(retention),
  });
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Nothing here can be read without a kms:Decrypt, and CloudTrail records each of those. ' +
      'Access logs would need a second, weaker bucket.',
  });
  // The CDK declares `policy` too loosely for exactOptionalPropertyTypes.
  return bucket as IBucket;
}

/**
 * Leases, histories and the index of credentials (`state/`, `known/`) never expire. A code of
 * `inbox/` is worthless after minutes, so its old versions go after a day too.
 */
function lifecycleRules(retention: Duration): LifecycleRule[] {
  const expire = (prefix: string, expiration: Duration): LifecycleRule => ({
    id: `expire ${prefix}`,
    prefix,
    expiration,
  });
  const oneDay = Duration.days(1);
  return [
    expire(FOLDERS.responses, retention),
    expire(FOLDERS.runs, retention),
    expire(FOLDERS.audit, retention),
    { ...expire(FOLDERS.inbox, oneDay), noncurrentVersionExpiration: oneDay },
    expire(FOLDERS.visits, Duration.days(60)),
    expire(FOLDERS.links, Duration.days(400)),
    // Leases are renewed every half minute. Their old versions would pile up.
    {
      id: 'old versions',
      noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
      expiredObjectDeleteMarker: true,
    },
    { id: 'broken uploads', abortIncompleteMultipartUploadAfter: oneDay },
  ];
}
