import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A token server that rotates refresh tokens and takes a spent one for theft, as RFC 9700 section
 * 4.14.2 asks.
 */
export interface RotatingServer {
  tokenUrl: string;
  /** The refresh token of each grant that is valid now, by grant. */
  valid: Map<string, string>;
  /** How often a spent token was sent. */
  reuses(): number;
  /** Number of token requests so far. */
  requests(): number;
  close(): Promise<void>;
}

/**
 * Starts the server on a free port of 127.0.0.1. Its tokens read `<grant>.<kind>.<count>.<mark>`;
 * `mark` is in every secret of a scenario.
 */
export async function startRotatingServer(
  grants: readonly string[],
  mark: string,
): Promise<RotatingServer> {
  const valid = new Map(grants.map((grant) => [grant, `${grant}.refresh.0.${mark}`]));
  let reuses = 0;
  let requests = 0;

  const server = createServer(async (message, response) => {
    requests += 1;
    const sent = new URLSearchParams(await readBody(message)).get('refresh_token') ?? '';
    const [grant = '', , count] = sent.split('.');
    response.setHeader('content-type', 'application/json');
    if (valid.get(grant) !== sent) {
      reuses += valid.has(grant) ? 1 : 0;
      response
        .writeHead(400)
        .end(
          JSON.stringify({ error: 'invalid_grant', error_description: `no such token: ${sent}` }),
        );
      return;
    }
    const next = Number(count) + 1;
    valid.set(grant, `${grant}.refresh.${next}.${mark}`);
    const tokens = {
      access_token: `${grant}.access.${next}.${mark}`,
      refresh_token: valid.get(grant),
      token_type: 'bearer',
      expires_in: 3600,
    };
    response.end(JSON.stringify(tokens));
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    valid,
    reuses: () => reuses,
    requests: () => requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
