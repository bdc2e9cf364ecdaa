import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';
import { decoded } from './percent-decoded.ts';

/**
 * How long one address of a proxy may take to connect before the next one is tried. A lost first
 * packet is sent again after a second (RFC 6298 section 2).
 */
const ADDRESS_TIMEOUT_MS = 1_500;

/** Says that a proxy cannot be reached, refused to connect, or cannot be used. */
class ProxyError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * Returns the proxy through which an https URL is asked, by the usual variables HTTPS_PROXY,
 * ALL_PROXY and NO_PROXY, or undefined for none. Throws for one that is no http or https URL.
 */
export function proxyFor(url: URL): URL | undefined {
  if (url.protocol !== 'https:' || getProxyForUrl(url.href) === '') {
    return undefined;
  }
  const { https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY } = process.env;
  const set = [https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY].filter(Boolean);
  const [named = ''] = set;
  const text = named.includes('://') ? named : `http://${named}`;
  if (URL.canParse(text) && /^https?:/.test(text)) {
    return new URL(text);
  }
  throw new ProxyError('PROXY_UNSUPPORTED');
}

/**
 * Opens a connection to the URL's host through an HTTP proxy (RFC 9110 section 9.3.6). Rejects
 * with a code that begins with PROXY_ if the proxy does not connect, since neither its answer nor
 * its address is the server's. Gives up at `signal`.
 */
export function openTunnel(proxy: URL, url: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${url.port || '443'}`;
  const isHttps = proxy.protocol === 'https:';
  const { Agent, request: open } = isHttps ? https : http;
  const usualPort = isHttps ? 443 : 80;
  const request = open({
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port || usualPort,
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...authorization(proxy) },
    agent: new Agent({ autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS }),
    signal,
  });
  return new Promise((resolve, reject) => {
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(new ProxyError(`PROXY_${error.code ?? 'BROKEN'}`)),
    );
    request.on('connect', ({ statusCode = 0 }, socket) => {
      if (statusCode >= 200 && statusCode < 300) {
        return resolve(socket as Socket);
      }
      socket.destroy();
      reject(new ProxyError(`PROXY_REFUSED_${statusCode}`));
    });
    request.end();
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') {
    return {};
  }
  const credentials = `${decoded(username)}:${decoded(password)}`;
  const encoded = Buffer.from(credentials).toString('base64');
  return { 'proxy-authorization': `Basic ${encoded}` };
}
