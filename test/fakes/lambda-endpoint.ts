import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Invoked } from './invoke-bundle.ts';

/**
 * What the Invoke API of AWS Lambda is to a client:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export interface LambdaEndpoint {
  url: string;
  /** The events of all invocations, by function. */
  invocations: { functionName: string; alias: string | undefined; event: unknown }[];
  close(): Promise<void>;
}

/**
 * Serves functions by name, or by name and alias (`refresh:shard-eu`), on a free port of 127.0.0.1.
 * One that is not there is answered as Lambda does.
 */
export async function startLambdaEndpoint(
  functions: Record<string, (event: unknown, alias: string | undefined) => Promise<Invoked>>,
): Promise<LambdaEndpoint> {
  const invocations: LambdaEndpoint['invocations'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    const functionName = decodeURIComponent(
      /functions\/([^/]+)\/invocations/.exec(pathname)?.[1] ?? '',
    );
    const alias = searchParams.get('Qualifier') ?? undefined;
    const event: unknown = JSON.parse(Buffer.concat(chunks).toString());
    invocations.push({ functionName, alias, event });
    response.setHeader('content-type', 'application/json');
    const called = alias === undefined ? functionName : `${functionName}:${alias}`;
    const invoke = functions[called];
    if (!invoke) {
      response
        .writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' })
        .end(JSON.stringify({ Message: 'Function not found' }));
      return;
    }
    const { result, error } = await invoke(event, alias);
    response
      .writeHead(200, error ? { 'x-amz-function-error': 'Unhandled' } : {})
      .end(JSON.stringify(error ?? result));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    invocations,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
