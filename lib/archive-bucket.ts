import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** What the lifecycle may expire. Never `state/`: the leases and histories stand there. */
const EXPIRING_PREFIXES = ['responses/', 'runs/'];

/** Long enough to look at what an overwritten lease said while a fault is being studied. */
const NONCURRENT_DAYS = 30;

export interface ArchiveBucketProps {
  readonly name: string;
  readonly key: IKey;
  readonly retention: Duration;
  /** False where a retained bucket of this name exists already: it keeps the settings it has. */
  readonly create: boolean;
}

/**
 * The bucket of raw responses, reports and shard states. It holds live tokens: encrypted, TLS only,
 * closed, versioned, retained.
 */
export function createArchiveBucket(
  scope: Construct,
  id: string,
  { name, key, retention, create }: ArchiveBucketProps,
): IBucket {
  // A name that can be told beforehand: after a `cdk destroy` the retained bucket is found again by
  // it.
  const bucketName = `${name}-archive-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
  if (!create) return Bucket.fromBucketAttributes(scope, id, { bucketName, encryptionKey: key });

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
    lifecycleRules: [
      ...EXPIRING_PREFIXES.map((prefix) => ({
        id: `expire ${prefix}`,
        prefix,
        expiration: retention,
      })),
      // Leases are renewed every half minute: their old versions would pile up.
      { id: 'old versions', noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS) },
      { id: 'broken uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
  });
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Nothing here can be read without a kms:Decrypt, and CloudTrail records each of those; access logs would need a second, weaker bucket.',
  });
  // The CDK declares `policy` too loosely for exactOptionalPropertyTypes.
  return bucket as IBucket;
}
