import { Agent } from 'node:https';
import { isIPv6, Socket } from 'node:net';
import { connect as startTls } from 'node:tls';
import { openTunnel, proxyFor } from '../exchange/open-tunnel.ts';

/** How long a proxy may take to connect. */
const TUNNEL_MS = 2_000;
/**
 * How long one address of a host may take to connect before the next one is tried, within the
 * clients' own limit. A lost first packet is sent again after a second (RFC 6298 section 2).
 */
const ADDRESS_TIMEOUT_MS = 1_500;

/** As many as the SDK has by itself. */
const SDK_SOCKETS = 50;

/**
 * Creates the agent of AWS clients. It goes through a proxy where HTTPS_PROXY and NO_PROXY say so.
 */
export function createHttpsAgent(maxSockets = SDK_SOCKETS): Agent {
  const options = { keepAlive: true, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS };
  const agent = new Agent({ ...options, maxSockets });
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (target, callback) => {
    const host = isIPv6(target.host ?? '') ? `[${target.host}]` : target.host;
    const url = new URL(`https://${host}:${target.port}`);
    const proxy = proxyFor(url);
    if (!proxy) {
      return connect(target, callback);
    }
    openTunnel(proxy, url, AbortSignal.timeout(TUNNEL_MS)).then(
      (socket) => callback?.(null, startTls({ socket, servername: url.hostname })),
      (error: Error) => callback?.(error, new Socket()),
    );
    return undefined;
  };
  return agent;
}
