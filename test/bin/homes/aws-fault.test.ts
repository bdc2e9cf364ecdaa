import { describe, expect, it } from 'vitest';
import { honourDefaultRegion, toSetupError } from '../../../bin/homes/aws-fault.ts';

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

describe(toSetupError.name, () => {
  // What the AWS SDK for JavaScript 3.1162 says.
  it.each([
    ['Error', 'Region is missing', /AWS_REGION/],
    ['CredentialsProviderError', 'Could not load credentials from any providers', /AWS_PROFILE/],
    [
      'CredentialsProviderError',
      'The SSO session associated with this profile has expired. ' +
        'To refresh this SSO session run aws sso login with the corresponding profile.',
      /aws sso login/,
    ],
    ['TokenProviderError', 'Token is expired. To refresh this SSO session run', /aws sso login/],
    [
      'CredentialsProviderError',
      'Could not resolve credentials using profile: [prod] in configuration/credentials file(s).',
      /list-profiles/,
    ],
    ['ExpiredTokenException', 'The security token included in the request is expired', /new ones/],
    ['Error', 'Region not accepted: region="eu west" is not a valid hostname', /spelling of AWS_/],
    ['Error', 'getaddrinfo ENOTFOUND cloudformation.eu-wst-1.amazonaws.com', /spelling of AWS_/],
    ['InvalidClientTokenId', 'The security token included in the request is invalid.', /Check/],
  ])('names the cure of %s: %s', (name, message, cure) => {
    const fault = toSetupError(named(name, message), {});
    expect(fault?.code).toBe('aws_setup');
    expect(fault?.nextStep).toMatch(cure);
    expect(fault?.message).not.toContain('prod');
  });

  it('names the profile where it gives no credentials', () => {
    const fault = named(
      'CredentialsProviderError',
      'Could not load credentials from any providers',
    );
    expect(toSetupError(fault, { AWS_PROFILE: 'p' })?.nextStep).toContain('list-profiles');
  });

  it('leaves other faults to others', () => {
    for (const [name, message] of [
      ['AccessDenied', 'User is not authorized'],
      ['TimeoutError', 'socket hang up'],
      ['Error', 'getaddrinfo ENOTFOUND endpoint.example'],
    ] as const) {
      expect(toSetupError(named(name, message))).toBeNull();
    }
    expect(toSetupError(undefined)).toBeNull();
  });
});

describe(honourDefaultRegion.name, () => {
  it('takes the region of other AWS tools where none is set', () => {
    const env = { AWS_DEFAULT_REGION: 'eu-central-1' };
    honourDefaultRegion(env);
    expect(env).toMatchObject({ AWS_REGION: 'eu-central-1' });
    const own = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'eu-central-1' };
    honourDefaultRegion(own);
    expect(own.AWS_REGION).toBe('us-east-1');
  });
});
