import { describe, expect, it } from 'vitest';
import { type AwsCall, errorName, toStoreError } from '../../../lambda/aws/store-error.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { awsError } from '../../fakes/aws-error.ts';

const read: AwsCall = {
  action: 'secretsmanager:GetSecretValue',
  on: 'secret x/tenants',
  kmsAction: 'kms:Decrypt',
};
const put: AwsCall = {
  action: 's3:PutObject',
  on: 's3://bucket/responses/a.json',
  kmsAction: 'kms:GenerateDataKey',
};

describe(toStoreError.name, () => {
  it.each([
    ['AccessDeniedException', 400, 'denied'],
    ['AccessDenied', 403, 'denied'],
    ['DecryptionFailure', 400, 'denied'],
    ['KMS.DisabledException', 400, 'denied'],
    ['ExpiredTokenException', 400, 'denied'],
    ['CredentialsProviderError', undefined, 'denied'],
    ['ThrottlingException', 400, 'throttled'],
    ['SlowDown', 503, 'throttled'],
    ['KMS.ThrottlingException', 400, 'throttled'],
    ['KMSThrottlingException', 400, 'throttled'],
    ['KMSThrottling', 400, 'throttled'],
    ['KMSInvalidStateException', 400, 'denied'],
    ['RequestExpired', 400, 'denied'],
    ['MissingAuthenticationToken', 403, 'denied'],
    ['Whatever', 429, 'throttled'],
    ['LimitExceededException', 400, 'limit'],
    ['ResourceNotFoundException', 400, 'not_found'],
    ['NoSuchBucket', 404, 'not_found'],
    ['NoSuchKey', 404, 'not_found'],
    ['InvalidRequestException', 400, 'invalid'],
    ['InvalidParameterException', 400, 'invalid'],
    ['RequestTimeout', 408, 'unavailable'],
    ['InternalServiceError', 500, 'unavailable'],
    ['TimeoutError', undefined, 'unavailable'],
    ['AbortError', undefined, 'unavailable'],
    ['Error', undefined, 'unavailable'],
    ['Forbidden', 403, 'denied'],
    ['403', 403, 'denied'],
    ['AllAccessDisabled', 403, 'denied'],
    ['InvalidObjectState', 403, 'denied'],
    ['TokenProviderError', undefined, 'denied'],
  ])('takes %s (%s) for %s', (name, status, reason) => {
    expect(toStoreError(awsError(name, status), read)).toMatchObject({
      name: 'StoreError',
      reason,
    });
  });

  it('names the permission that AWS named', () => {
    const error = awsError(
      'AccessDenied',
      403,
      'User: arn:aws:sts::1:x is not authorized to perform: kms:GenerateDataKey on resource: ' +
        'arn:aws:kms:key/1',
    );
    expect(toStoreError(error, put).message).toBe(
      'permission kms:GenerateDataKey on the KMS key of s3://bucket/responses/a.json is ' +
        'missing (for s3:PutObject): grant it to this role',
    );
  });

  it('names the key where Secrets Manager speaks of what it encrypts', () => {
    const message =
      'The ciphertext refers to a customer master key that does not exist, ' +
      'does not exist in this region, or you are not allowed to access.';
    const { message: told } = toStoreError(awsError('AccessDeniedException', 400, message), put);
    expect(told).toContain('permission kms:GenerateDataKey on the KMS key');
  });

  it.each([
    [
      'with an explicit deny in a service control policy',
      'denied by the service control policy in AWS Organizations (for s3:PutObject): ' +
        'change its Deny',
    ],
    ['with an explicit deny in an identity-based policy', 'denied by the policy of this role'],
    [
      'because no permissions boundary allows the action',
      'not allowed by the permissions boundary on this role in IAM',
    ],
    [
      'because no resource-based policy allows the action',
      'not allowed by the resource-based policy on the secret, bucket',
    ],
    [
      'with an explicit deny in a resource control policy',
      'denied by the resource control policy in AWS Organizations',
    ],
    ['with an explicit deny in a VPC endpoint policy', 'VPC endpoint policy on the endpoint'],
    ['because no session policy allows the action', 'session policy given where this session'],
    [
      'because no identity-based policy allows the action',
      'is missing (for s3:PutObject): grant it',
    ],
  ])('says which policy to look at: %s', (clause, words) => {
    const message = `User: arn:x is not authorized to perform: s3:PutObject on resource: y ${clause}`;
    expect(toStoreError(awsError('AccessDenied', 403, message), put).message).toContain(words);
  });

  it('says what to do about a connection that nobody but the operator can heal', () => {
    const error = Object.assign(new Error('secret'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    expect(toStoreError(error, put).message).toMatch(
      /no usable answer \(SELF_SIGNED_CERT_IN_CHAIN\)\. .*NODE_EXTRA_CA_CERTS/,
    );
  });

  it('says what to do about what may pass', () => {
    const silent = Object.assign(new Error('secret'), { code: 'ETIMEDOUT' });
    expect(toStoreError(silent, put).message).toMatch(/\(ETIMEDOUT\)\. It may pass: try again$/);
    const throttled = awsError('SlowDown', 503, 'secret');
    expect(toStoreError(throttled, put).message).toMatch(/: wait a minute, and try again$/);
  });

  it.each(['lambda:InvokeFunction', 'events:PutEvents', 'sqs:SendMessage'])(
    'names %s where AWS names it',
    (action) => {
      const message = `User: arn:x is not authorized to perform: ${action} on resource: y`;
      expect(toStoreError(awsError('AccessDeniedException', 403, message), put).message).toContain(
        `permission ${action} on `,
      );
    },
  );

  it('names the right on the key where AWS only says KMS', () => {
    expect(
      toStoreError(awsError('AccessDeniedException', 400, 'Access to KMS is not allowed'), read)
        .message,
    ).toContain('permission kms:Decrypt');
  });

  it('names the action itself where AWS names none', () => {
    expect(toStoreError(awsError('AccessDenied', 403, 'Access Denied'), put).message).toContain(
      'permission s3:PutObject on s3://bucket/',
    );
  });

  it('repeats nothing else of what AWS says, and does not carry the error along', () => {
    for (const name of [
      'AccessDenied',
      'InvalidRequestException',
      'InternalServiceError',
      'Atzr|canary',
      '',
    ]) {
      const error = toStoreError(
        awsError(name, 400, 'kms: Atzr|canary secretsmanager: s3:lower deletion'),
        read,
      );
      expect(error.message).not.toMatch(/canary|s3:lower/);
      expect(error.cause).toBeUndefined();
    }
  });

  it('leaves a StoreError as it is', () => {
    const error = new StoreError('too_large', 'x');
    expect(toStoreError(error, read)).toBe(error);
  });
});

describe(errorName.name, () => {
  it('takes names that AWS could have given, and no others', () => {
    expect(errorName(awsError('NoSuchKey', 404))).toBe('NoSuchKey');
    for (const error of [
      awsError('Atzr|x', 400),
      awsError('x'.repeat(65), 400),
      'NoSuchKey',
      null,
    ]) {
      expect(errorName(error)).toBe('UnknownError');
    }
  });
});
