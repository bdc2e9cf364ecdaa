import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived. */
interface ReceivedRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What the server answers to one request. */
interface ScriptedReply {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  /** A text or bytes as they are; an object as JSON, with its content type. Default: empty. */
  body?: string | Uint8Array | object;
  /** Answers once this settles. */
  after?: Promise<unknown>;
  /**
   * `reset`: the connection is reset instead of an answer; `stall`: no answer until the server
   * closes; `cut`: the headers promise the whole body, but the connection ends after its first
   * half; `stall_in_body`: nothing comes after that half.
   */
  fault?: 'reset' | 'stall' | 'cut' | 'stall_in_body';
}

export interface ScriptedServer {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** Every request so far, in order of arrival. */
  requests: ReceivedRequest[];
  /**
   * Adds replies: the next requests get them in this order. A function is called with its request
   * when it has arrived whole, so a test can echo it, or commit something and then answer with a
   * `reset`.
   */
  script(
    ...replies: (
      | ScriptedReply
      | ((request: ReceivedRequest) => ScriptedReply | Promise<ScriptedReply>)
    )[]
  ): void;
  /**
   * Ends the server and all connections. Throws when a scripted reply was not asked for, or a
   * request found none (it got a 500). Call it in afterEach.
   */
  close(): Promise<void>;
}

/** Starts a real HTTP server on a free port of 127.0.0.1 that answers by script. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const script: Parameters<ScriptedServer['script']>[number][] = [];
  const faults: string[] = [];

  const server = createServer((message, response) => {
    answer(message, response).catch((error: unknown) => {
      faults.push(String(error));
      response.destroy();
    });
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) {
      chunks.push(chunk as Buffer);
    }
    const request = {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(request);
    const next = script.shift();
    if (!next) {
      faults.push(`no reply was scripted for ${request.method} ${request.path}`);
    }
    const reply = typeof next === 'function' ? await next(request) : (next ?? { status: 500 });
    await reply.after;
    send(reply, message, response);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script(...replies) {
      script.push(...replies);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      if (script.length > 0) {
        faults.push(`${script.length} scripted replies were not asked for`);
      }
      if (faults.length > 0) {
        throw new Error(`Scripted server: ${faults.join('; ')}`);
      }
    },
  };
}

function send(reply: ScriptedReply, message: IncomingMessage, response: ServerResponse): void {
  if (reply.fault === 'stall') {
    return;
  }
  if (reply.fault === 'reset') {
    message.socket.resetAndDestroy();
    return;
  }
  const isJson = typeof reply.body === 'object' && !(reply.body instanceof Uint8Array);
  const body = Buffer.from(
    isJson ? JSON.stringify(reply.body) : ((reply.body ?? '') as string | Uint8Array),
  );
  const headers = {
    ...(isJson ? { 'content-type': 'application/json' } : {}),
    'content-length': String(body.length),
    ...reply.headers,
  };
  response.writeHead(reply.status ?? 200, headers);
  if (reply.fault === undefined) {
    response.end(body);
    return;
  }
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.write(half, () => {
    if (reply.fault === 'cut') {
      message.socket.destroySoon();
    }
  });
}
