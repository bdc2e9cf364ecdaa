/**
 * A process of its own, for proxy.test.ts: `call-once.ts http URL` sends a token request,
 * `call-once.ts s3 ENDPOINT` reads an object. It says as JSON what came.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { createAwsArchive } from '../../../lambda/aws/archive.ts';
import { clientConfig } from '../../../lambda/aws/clients.ts';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';

const [kind, url = ''] = process.argv.slice(2);

async function sendTokenRequest(): Promise<object> {
  const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
  const request = { method: 'POST' as const, url, headers: {}, body: 'a=b' };
  const answer = await http.send(request, 20_000);
  return { ...answer, body: Buffer.from(answer.body).toString() };
}

async function readObject(): Promise<object> {
  const client = new S3Client({ ...clientConfig, endpoint: url, forcePathStyle: true });
  const value = await createAwsArchive(client, 'bucket')
    .get('key')
    .catch((error: Error) => error.message);
  return { value };
}

const result = await (kind === 'http' ? sendTokenRequest() : readObject());
process.stdout.write(JSON.stringify(result));
process.exit(0);
