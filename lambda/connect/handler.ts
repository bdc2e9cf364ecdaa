import { readFileSync } from 'node:fs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { FOLDERS } from '../archive-folders.ts';
import { createAwsArchive } from '../aws/archive.ts';
import { clientConfig } from '../aws/clients.ts';
import { invokeLater } from '../aws/invoke-later.ts';
import { log } from '../aws/log.ts';
import { createAwsRecords } from '../aws/records.ts';
import { systemClock } from '../clock.ts';
import { type Records, StoreError } from '../ports.ts';
import { createConnectApp } from './connect-app.ts';
import { readConnectConfig } from './connect-config.ts';
import { toRequest, toResult } from './http-api.ts';

/** Files that the stack may put beside the bundle, and their media types. */
const LOGOS = { 'logo.png': 'image/png', 'logo.svg': 'image/svg+xml' };

const config = readConnectConfig(process.env);
const s3 = new S3Client(clientConfig);
const lambda = new LambdaClient(clientConfig);
const app = createConnectApp(
  {
    records: withoutListing(createAwsRecords(s3, config.archiveBucket)),
    archive: createAwsArchive(s3, config.archiveBucket),
    askRedeem: (link) => invokeLater(lambda, config.redeemFunction, { connect: link }),
    clock: systemClock,
    log,
  },
  { title: config.title, contact: config.contact, logo: readLogo() },
);

/**
 * Serves the connect pages. Takes an HTTP API's event (payload format 2.0) and answers with a page.
 */
export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const request = toRequest(event);
  return request ? toResult(await app.fetch(request)) : { statusCode: 400 };
}

/**
 * Without s3:ListBucket S3 says "denied" of an object that is not there. A link that is not there
 * is logged, since it may be one that the page lost the right to read.
 */
function withoutListing(records: Records): Pick<Records, 'read' | 'write'> {
  return {
    write: records.write,
    async read(key) {
      try {
        return await records.read(key);
      } catch (error) {
        if (!(error instanceof StoreError) || error.reason !== 'denied') {
          throw error;
        }
        const message = 'A connect link is not there, or may not be read';
        if (key.startsWith(FOLDERS.links)) {
          log({
            level: 'warn',
            message,
            cause: error.message,
          });
        }
        return null;
      }
    },
  };
}

function readLogo(): string | null {
  for (const [name, type] of Object.entries(LOGOS)) {
    try {
      const image = readFileSync(new URL(name, import.meta.url));
      return `data:${type};base64,${image.toString('base64')}`;
    } catch {
      // The stack was given no such file.
    }
  }
  return null;
}
