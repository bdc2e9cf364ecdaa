import { errorName } from '../../lambda/aws/store-error.ts';
import { CommandError } from '../errors.ts';

/** Faults of the caller's own AWS setup, by the words of the AWS client, and their cures. */
const CURES: readonly { says: RegExp; message: string; nextStep: string }[] = [
  {
    says: /region is missing|ConfigError.*region|could not find region/i,
    message: 'No AWS region is set.',
    nextStep: 'Set AWS_REGION, such as AWS_REGION=eu-west-1',
  },
  {
    says: /region not accepted|ENOTFOUND cloudformation\./i,
    message: 'Nobody knows AWS in this region, or there is no network.',
    nextStep: 'Check the spelling of AWS_REGION, such as AWS_REGION=eu-west-1, then the network',
  },
  {
    says: /sso|token is expired|refresh failed|TokenProviderError/i,
    message: 'The AWS SSO session has ended.',
    nextStep: 'Sign in again: aws sso login',
  },
  {
    says: /profile/i,
    message: 'The AWS profile that AWS_PROFILE names cannot be used.',
    nextStep: 'See why: aws sts get-caller-identity. All profiles: aws configure list-profiles',
  },
  {
    says: /ExpiredToken|RequestExpired|expired/i,
    message: 'The AWS credentials have expired.',
    nextStep: 'Get new ones, or sign in again: aws sso login',
  },
  {
    says: /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId/i,
    message: 'AWS does not know these credentials.',
    nextStep: 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  },
  {
    says: /CredentialsProviderError|could not load credentials/i,
    message: 'There are no AWS credentials.',
    nextStep: 'Set AWS_PROFILE, or sign in: aws sso login',
  },
];

/** Returns the fault of the caller's AWS setup with its cure, or null where it is another fault. */
export function toSetupError(
  error: unknown,
  { AWS_PROFILE }: NodeJS.ProcessEnv = process.env,
): CommandError | null {
  const name = errorName(error);
  const text = error instanceof Error ? `${name} ${error.message}` : name;
  const isSetup =
    /Credentials|TokenProvider|Region|Expired|ClientTokenId|UnrecognizedClient|Signature|AccessKeyId|ENOTFOUND/i;
  if (!isSetup.test(text)) {
    return null;
  }
  // The client does not say which of its sources was asked for.
  const isOfProfile = AWS_PROFILE && /could not load credentials/i.test(text);
  const cure = CURES.find(({ says }) => says.test(isOfProfile ? `${text} (profile)` : text));
  return cure
    ? new CommandError(cure.message, { code: 'aws_setup', nextStep: cure.nextStep })
    : null;
}

/** Takes the region from AWS_DEFAULT_REGION too, as other AWS tools do. */
export function honourDefaultRegion(env: NodeJS.ProcessEnv): void {
  if (!env.AWS_REGION && env.AWS_DEFAULT_REGION) {
    env.AWS_REGION = env.AWS_DEFAULT_REGION;
  }
}
