import { StoreError } from '../ports.ts';

/** What was being done when AWS refused: an IAM action, and what messages call its target. */
export interface AwsCall {
  action: string;
  on: string;
  /** The KMS right that the service needs of its caller for this action. */
  kmsAction: 'kms:Decrypt' | 'kms:GenerateDataKey';
}

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationErrorException',
  'AuthorizationError',
  'KMSAccessDenied',
  'KMSAccessDeniedException',
]);
const BAD_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
]);
const THROTTLED = new Set([
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const MISSING = new Set(['NoSuchKey', 'NotFound', 'ResourceNotFoundException']);

/**
 * The name of an AWS error, such as `ThrottlingException`; a text that looks like none is not
 * repeated.
 */
export function errorName(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z.]{1,64}$/.test(name) ? name : 'UnknownError';
}

/**
 * Says in our own words what AWS refused, and what to do about it. Of AWS's own message only the
 * name of the missing permission is kept, and the error itself is not attached: both may quote what
 * was sent.
 */
export function toStoreError(error: unknown, call: AwsCall): StoreError {
  if (error instanceof StoreError) return error;
  const name = errorName(error);
  const message = error instanceof Error ? error.message : '';
  const status = httpStatus(error);

  if (DENIED.has(name)) return denied(message, call);
  if (isKmsError(name)) {
    return new StoreError(
      'denied',
      `the KMS key of ${call.on} cannot be used (${name}): see that it is enabled, and grant ${call.kmsAction} on it`,
    );
  }
  if (BAD_CREDENTIALS.has(name)) {
    return new StoreError(
      'denied',
      `AWS takes no credentials of this process for ${call.action} on ${call.on} (${name}): check them and the clock`,
    );
  }
  if (THROTTLED.has(name) || status === 429)
    return new StoreError('throttled', `AWS throttles ${call.action} on ${call.on} (${name})`);
  if (name === 'LimitExceededException') {
    return new StoreError(
      'limit',
      `${call.on} is at a quota of AWS (${call.action}), most likely 100 versions within 24 hours: wait, or write less often`,
    );
  }
  if (name === 'InvalidRequestException' && /delet/i.test(message)) {
    return new StoreError(
      'not_found',
      `${call.on} is scheduled for deletion: restore it, or take its tenants out of use`,
    );
  }
  if (name === 'NoSuchBucket')
    return new StoreError(
      'not_found',
      `there is no bucket for ${call.on}: check its name and region`,
    );
  if (MISSING.has(name) || status === 404)
    return new StoreError('not_found', `there is no ${call.on} (${call.action})`);
  if (isRefusal(status))
    return new StoreError('invalid', `AWS refused ${call.action} on ${call.on} (${name})`);
  return new StoreError(
    'unavailable',
    `${call.action} on ${call.on} had no usable answer (${name})`,
  );
}

function denied(message: string, call: AwsCall): StoreError {
  // Secrets Manager: "Access to KMS is not allowed"; S3 names the action it missed.
  const named = /\b(?:kms|s3|secretsmanager|sns):[A-Z][A-Za-z]{2,40}\b/.exec(message)?.[0];
  const action = named ?? (/\bKMS\b/.test(message) ? call.kmsAction : call.action);
  const on = action.startsWith('kms:') ? `the KMS key of ${call.on}` : call.on;
  return new StoreError(
    'denied',
    `permission ${action} on ${on} is missing (for ${call.action}): grant it to this role`,
  );
}

function isKmsError(name: string): boolean {
  return name === 'DecryptionFailure' || name === 'EncryptionFailure' || /^KMS/.test(name);
}

/** The answer's HTTP status, or undefined where there was none. */
export function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata))
    return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 408;
}
