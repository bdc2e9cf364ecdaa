import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type S3EndpointParams, s3Endpoint } from '../../../bin/build/s3-endpoint.ts';

const sdk = new S3Client({ region: 'eu-west-1' }).config.endpointProvider as (
  params: S3EndpointParams,
) => object;
const DOMAINS = {
  'eu-west-1': 'amazonaws.com',
  'us-east-1': 'amazonaws.com',
  'us-gov-west-1': 'amazonaws.com',
  'cn-north-1': 'amazonaws.com.cn',
};
const BUCKETS = ['archive', 'a-b-1', 'UPPER_case', undefined];
/** A name with dots cannot go before an IP address: the SDK fails there. */
const DOTTED = { Region: 'eu-west-1', Bucket: 'with.dots' };
const ENDPOINTS = [
  undefined,
  'http://127.0.0.1:5000',
  'http://[::1]:5000',
  'http://localhost:5000/path',
  'https://s3.example.com',
];
const STYLES = [{}, { ForcePathStyle: true }];
const KINDS = [{}, { UseFIPS: true }, { UseDualStack: true }];

const cases: S3EndpointParams[] = [
  DOTTED,
  ...Object.keys(DOMAINS).flatMap((Region) =>
    BUCKETS.flatMap((Bucket) =>
      ENDPOINTS.flatMap((Endpoint) =>
        STYLES.flatMap((style) =>
          kindsFor(Region, Endpoint).map((kind) => ({
            Region,
            ...(Bucket !== undefined && { Bucket }),
            ...(Endpoint !== undefined && { Endpoint }),
            ...style,
            ...kind,
          })),
        ),
      ),
    ),
  ),
];

/** The SDK refuses a special kind of host beside a given address, and FIPS in China. */
function kindsFor(region: string, endpoint: string | undefined) {
  return endpoint !== undefined || region.startsWith('cn-') ? [{}] : KINDS;
}

describe(s3Endpoint.name, () => {
  it('names the same address and signature as the SDK, in every case that we use', () => {
    expect(cases.length).toBeGreaterThan(200);
    for (const params of cases) {
      const ours = s3Endpoint(params, DOMAINS[params.Region as keyof typeof DOMAINS]);
      expect({ params, ...plain(ours) }).toEqual({ params, ...plain(sdk(params)) });
    }
  });
});

function plain(endpoint: object) {
  const { url, ...rest } = endpoint as { url: URL };
  return { url: url.href, ...rest };
}
