import { isObject } from '../is-object.ts';
import { StoreError } from '../ports.ts';
import { connectionAdvice } from '../report/connection-advice.ts';

/** One call to AWS by its IAM action, and the name of its target in messages. */
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
  'AuthFailure',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
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
 * Returns the name of an AWS error, such as `ThrottlingException`. A text that looks like none is
 * not repeated.
 */
export function errorName(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z.]{1,64}$/.test(name) ? name : 'UnknownError';
}

/**
 * Says in our own words what AWS refused, and what to do about it. Of AWS's own message only the
 * names of the missing permission and of the kind of policy are kept, and the error itself is not
 * attached, since both may quote what was sent.
 */
export function toStoreError(error: unknown, call: AwsCall): StoreError {
  if (error instanceof StoreError) {
    return error;
  }
  const refusal = {
    name: errorName(error),
    message: error instanceof Error ? error.message : '',
    status: httpStatus(error),
    code: networkCode(error),
  };
  const [reason, text] =
    explainDenial(refusal, call) ?? explainRefusal(refusal, call) ?? explainSilence(refusal, call);
  return new StoreError(reason, text);
}

interface Refusal {
  name: string;
  message: string;
  status: number | undefined;
  code: string | undefined;
}

type Explanation = readonly [reason: StoreError['reason'], text: string];

/** Explains what this process has no right to, or undefined. */
function explainDenial({ name, message }: Refusal, call: AwsCall): Explanation | undefined {
  const { action, on, kmsAction } = call;
  if (DENIED.has(name)) {
    return ['denied', explainPolicy(message, call)];
  }
  if (isKmsError(name) && !isThrottling(name)) {
    return [
      'denied',
      `the KMS key of ${on} does not work (${name}): enable it, and grant ${kmsAction} on it`,
    ];
  }
  if (BAD_CREDENTIALS.has(name)) {
    return [
      'denied',
      `AWS refused our credentials for ${action} on ${on} (${name}): check them and the clock`,
    ];
  }
  return undefined;
}

/** Explains what AWS understood and would not do, or undefined. */
function explainRefusal(refusal: Refusal, { action, on }: AwsCall): Explanation | undefined {
  const { name, message, status } = refusal;
  if (isThrottling(name) || status === 429) {
    return [
      'throttled',
      `AWS throttles ${action} on ${on} (${name}): wait a minute, and try again`,
    ];
  }
  if (name === 'LimitExceededException') {
    return [
      'limit',
      `${on} is at a quota of AWS (${action}), most likely 100 versions in 24 hours: wait`,
    ];
  }
  if (name === 'InvalidRequestException' && /delet/i.test(message)) {
    return [
      'not_found',
      `${on} is scheduled for deletion: restore it, or take its tenants out of use`,
    ];
  }
  if (name === 'NoSuchBucket') {
    return ['not_found', `there is no bucket for ${on}: check its name and region`];
  }
  if (MISSING.has(name) || status === 404) {
    return ['not_found', `there is no ${on} (${action})`];
  }
  // A 403 says "not you" whatever else its name says, such as that the account is closed.
  const reason = status === 403 ? 'denied' : 'invalid';
  return isRefusal(status) ? [reason, `AWS refused ${action} on ${on} (${name})`] : undefined;
}

function explainSilence({ name, code = name }: Refusal, { action, on }: AwsCall): Explanation {
  const advice = connectionAdvice(code);
  const text = `${action} on ${on} had no usable answer (${code})`;
  return ['unavailable', `${text}. ${advice ?? 'It may pass: try again'}`];
}

/**
 * The kinds of policies that AWS names in a denial, beside the role's own, and where each one is.
 */
const POLICIES = new Map([
  ['service control policy', 'in AWS Organizations'],
  ['resource control policy', 'in AWS Organizations'],
  ['permissions boundary', 'on this role in IAM'],
  ['resource-based policy', 'on the secret, bucket, key, topic or function itself'],
  ['session policy', 'given where this session was started'],
  ['VPC endpoint policy', 'on the endpoint in the VPC'],
]);

/** An action of a service that the functions, the command line or the client call. */
const ACTION = /\b(?:kms|s3|secretsmanager|sns|lambda|events|sqs|states):[A-Z][A-Za-z]{2,40}\b/;

/**
 * Says which right is missing and where to look
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 */
function explainPolicy(message: string, call: AwsCall): string {
  // Secrets Manager: "Access to KMS is not allowed"; S3 names the action it missed.
  const named = ACTION.exec(message)?.[0];
  const action =
    named ?? (/\bKMS\b|customer master key/.test(message) ? call.kmsAction : call.action);
  const on = action.startsWith('kms:') ? `the KMS key of ${call.on}` : call.on;
  const right = `permission ${action} on ${on}`;
  const use = ` (for ${call.action})`;
  const policy = policyIn(message);
  if (/explicit deny/i.test(message)) {
    return `${right} is denied by the ${policy ?? 'policy of this role'}${use}: change its Deny`;
  }
  return policy
    ? `${right} is not allowed by the ${policy}${use}: allow it there`
    : `${right} is missing${use}: grant it to this role`;
}

/** Returns the policy that a denial names, with its place, or undefined for the role's own. */
function policyIn(message: string): string | undefined {
  const [kind, place] = [...POLICIES].find(([name]) => message.includes(name)) ?? [];
  return kind && `${kind} ${place}`;
}

/** Returns the code of a failed connection, such as `ENOTFOUND`. */
function networkCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z_0-9/]{1,60}$/.test(code) ? code : undefined;
}

/** The throttle of a key comes under its own name, such as `KMSThrottlingException`. */
function isThrottling(name: string): boolean {
  return THROTTLED.has(name.replace(/^KMS\.?/, ''));
}

function isKmsError(name: string): boolean {
  return name === 'DecryptionFailure' || name === 'EncryptionFailure' || /^KMS/.test(name);
}

/** Returns the answer's HTTP status, or undefined where there was none. */
export function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) {
    return undefined;
  }
  const status = isObject(error.$metadata) ? error.$metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 408;
}
