/**
 * A process of its own, for proxy.test.ts: `call-once.ts http URL` sends a token request,
 * `call-once.ts s3 ENDPOINT` reads an object, and `client` and `refresh` do what programs' client
 * does. It says as JSON what came.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { createAwsArchive } from '../../../lambda/aws/archive.ts';
import { clientConfig } from '../../../lambda/aws/clients.ts';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import { createDeployedSource } from '../../../lib/client/deployed-source.ts';

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

async function useClient(what: 'read' | 'refresh'): Promise<object> {
  const source = createDeployedSource('rotator', 'refresh', { endpoint: url });
  const request = { tenant: 'acme', shard: 'default', refused: null };
  const value = await (what === 'read' ? source.read('default') : source.refresh(request));
  return { value };
}

const CALLS: Record<string, () => Promise<object>> = {
  http: sendTokenRequest,
  s3: readObject,
  client: () => useClient('read'),
  refresh: () => useClient('refresh'),
};
const result = await CALLS[kind ?? '']?.();
process.stdout.write(JSON.stringify(result));
process.exit(0);
