import { S3Client } from '@aws-sdk/client-s3';
import { createAwsArchive } from '../../../../lambda/aws/archive.ts';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { createNodeHttp } from '../../../../lambda/exchange/node-http.ts';
import { createDeployedSource } from '../../../../lib/client/deployed-source.ts';

export interface ProxiedCall {
  kind: keyof typeof CALLS;
  url: string;
}

async function sendTokenRequest(url: string): Promise<object> {
  const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
  const request = { method: 'POST' as const, url, headers: {}, body: 'a=b' };
  const answer = await http.send(request, 20_000);
  return { ...answer, body: Buffer.from(answer.body).toString() };
}

async function readObject(url: string): Promise<object> {
  const client = new S3Client({ ...clientConfig, endpoint: url, forcePathStyle: true });
  const value = await createAwsArchive(client, 'bucket')
    .get('key')
    .catch((error: Error) => error.message);
  return { value };
}

async function useClient(what: 'read' | 'refresh', url: string): Promise<object> {
  const source = createDeployedSource('rotator', 'refresh', { endpoint: url });
  const request = { tenant: 'acme', shard: 'default', refused: null };
  const value = await (what === 'read' ? source.read('default') : source.refresh(request));
  return { value };
}

const CALLS = {
  /** Sends a token request. */
  http: sendTokenRequest,
  /** Reads an object of the endpoint. */
  s3: readObject,
  /** Do what the client of programs does. */
  client: (url: string) => useClient('read', url),
  refresh: (url: string) => useClient('refresh', url),
};

/** Calls a URL as the product does, and returns what came: for proxy.test.ts. */
export function handler({ kind, url }: ProxiedCall): Promise<object> {
  return CALLS[kind](url);
}
