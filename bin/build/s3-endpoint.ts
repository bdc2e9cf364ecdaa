import { isIP } from 'node:net';

/** What the S3 client knows when it looks for an address, by the names of the SDK. */
export interface S3EndpointParams {
  Bucket?: string;
  Region: string;
  Endpoint?: string;
  ForcePathStyle?: boolean;
  UseFIPS?: boolean;
  UseDualStack?: boolean;
}

const HOST_LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/**
 * Returns the address of a bucket and how a request to it is signed. `domain` is that of the
 * region's partition, such as `amazonaws.com`. Takes the place of the SDK's
 * own 18 KB of rules in our bundles. They also know access points, Outposts and S3 Express, and no
 * function of ours uses those.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function s3Endpoint(params: S3EndpointParams, domain: string) {
  const { Bucket, Region } = params;
  const base = new URL(params.Endpoint ?? `https://${regionalHost(params)}.${domain}`);
  if (Bucket !== undefined) {
    if (isHostName(Bucket, base, params)) {
      base.hostname = `${Bucket}.${base.hostname}`;
    } else {
      base.pathname = `${base.pathname.replace(/\/$/, '')}/${encodeURIComponent(Bucket)}`;
    }
  }
  const scheme = {
    disableDoubleEncoding: true,
    name: 'sigv4',
    signingName: 's3',
    signingRegion: Region,
  };
  return { url: base, properties: { authSchemes: [scheme] }, headers: {} };
}

function regionalHost({ Region, UseFIPS, UseDualStack }: S3EndpointParams): string {
  return ['s3', UseFIPS && '-fips', UseDualStack && '.dualstack', `.${Region}`]
    .filter((part) => part)
    .join('');
}

/** A certificate of S3 covers one label before its host, so a name with dots goes into the path. */
function isHostName(bucket: string, base: URL, { ForcePathStyle }: S3EndpointParams): boolean {
  if (ForcePathStyle || isIP(base.hostname.replace(/[[\]]/g, '')) !== 0) {
    return false;
  }
  return HOST_LABEL.test(bucket);
}
