import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../../bin/status/check-machine.ts';

const PLACE = { kind: 'stack', stack: 'Prod' } as const;

describe(checkMachine.name, () => {
  it.each([
    [{ AWS_REGION: 'eu-west-1' }, 'Prod, region eu-west-1, profile default'],
    [{ AWS_PROFILE: 'ann' }, 'Prod, region of the profile, profile ann'],
    [
      { AWS_ACCESS_KEY_ID: 'CANARY', AWS_DEFAULT_REGION: 'us-east-1' },
      'Prod, region us-east-1, credentials of AWS_ACCESS_KEY_ID',
    ],
    // The AWS client prefers the profile that is named.
    [
      { AWS_ACCESS_KEY_ID: 'CANARY', AWS_PROFILE: 'ann', AWS_REGION: 'r' },
      'Prod, region r, profile ann',
    ],
  ])('says whose credentials are used with %j', async (env, detail) => {
    const checks = await checkMachine(PLACE, env);
    expect(checks.find(({ check }) => check === 'stack')).toMatchObject({ result: 'ok', detail });
  });
});
