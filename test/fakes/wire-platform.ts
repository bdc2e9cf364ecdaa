import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import type { Http } from '../../lambda/ports.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

/** A request as the server got it, with the URL that was asked for. */
export interface WireRequest {
  /** Method and URL without its query. */
  to: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
  /** Of HTTP Basic, decoded. */
  basic: string | undefined;
}

/** All platforms of the world, on one loopback server. */
export interface WirePlatform {
  http: Http;
  answer: ScriptedServer['script'];
  requests(): WireRequest[];
  close: ScriptedServer['close'];
}

/** Sends every https request to a loopback server, whatever its host, and remembers the host. */
export async function startWirePlatform(): Promise<WirePlatform> {
  const server = await startScriptedServer();
  const inner = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });
  return {
    http: {
      send: (request, timeoutMs) => {
        const { host, pathname, search } = new URL(request.url);
        return inner.send(
          { ...request, url: `${server.url}/${host}${pathname}${search}` },
          timeoutMs,
        );
      },
    },
    answer: (...replies) => server.script(...replies),
    requests: () => server.requests.map(toWireRequest),
    close: () => server.close(),
  };
}

function toWireRequest({
  method,
  path,
  headers,
  body,
}: ScriptedServer['requests'][number]): WireRequest {
  const url = new URL(`https:/${path}`);
  const all = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );
  const basic = /^Basic (.+)$/.exec(all.authorization ?? '')?.[1];
  return {
    to: `${method} https://${url.host}${url.pathname}`,
    query: Object.fromEntries(url.searchParams),
    headers: all,
    body,
    basic: basic === undefined ? undefined : Buffer.from(basic, 'base64').toString(),
  };
}
