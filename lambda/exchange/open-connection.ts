import { isIP, connect as openSocket, type Socket } from 'node:net';
import { connect as startTls } from 'node:tls';
import { openTunnel, proxyFor } from './open-tunnel.ts';

/**
 * How long one address of a host may take to connect before the next one is tried. Node's 250 ms
 * are over before a slow network answers, and then no address is ever reached.
 */
const ADDRESS_TIMEOUT_MS = 2_500;

/**
 * Connects to a URL's host, directly or through a proxy, with the TLS handshake done. Until it
 * resolves, no byte of a request can have left. Rejects with the network's or OpenSSL's own error.
 * The connection is destroyed at `signal`.
 */
export async function openConnection(url: URL, signal: AbortSignal): Promise<Socket> {
  const proxy = proxyFor(url);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = url.protocol === 'https:';
  const tunnel = proxy && (await openTunnel(proxy, url, signal));
  const options = {
    host,
    port: Number(url.port || (isTls ? 443 : 80)),
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
  };
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = isTls
    ? startTls({
        ...(tunnel ? { socket: tunnel } : {}),
        ...options,
        ...name,
        ALPNProtocols,
      })
    : openSocket(options);
  return whenOpen(socket, isTls ? 'secureConnect' : 'connect', signal);
}

const ALPNProtocols = ['http/1.1'];

function whenOpen(socket: Socket, opened: string, signal: AbortSignal): Promise<Socket> {
  const destroy = () => socket.destroy(signal.reason);
  if (signal.aborted) {
    destroy();
  }
  signal.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', destroy));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(opened, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
