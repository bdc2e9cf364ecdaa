import dns from 'node:dns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import { type SlowListener, startSlowListener } from '../../fakes/slow-listener.ts';

const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
/** No route leads there. */
const NOWHERE = { address: '2001:db8::1', family: 6 };
const HERE = { address: '127.0.0.1', family: 4 };

/** Every name has these addresses, in that order. */
function resolveTo(...addresses: { address: string; family: number }[]): void {
  vi.spyOn(dns, 'lookup').mockImplementation(((
    _host: string,
    _options: object,
    done: (error: null, found: typeof addresses) => void,
  ) => done(null, addresses)) as unknown as typeof dns.lookup);
}

/** Resolves when the first attempt to connect is on its way: few turns of the loop later. */
async function firstAttempt(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise(setImmediate);
  }
}

describe('a host with an IPv4 and an IPv6 address, one of them out of reach', () => {
  let listener: SlowListener | undefined;
  afterEach(() => listener?.close());

  async function send(urlOf: (port: number) => string) {
    listener = await startSlowListener();
    const url = urlOf(listener.port);
    const answer = http.send({ method: 'POST', url, headers: {}, body: 'secret=1' }, 20_000);
    await firstAttempt();
    listener.wake();
    return answer;
  }

  it.each([
    ['first', [NOWHERE, HERE]],
    ['last', [HERE, NOWHERE]],
  ] as const)('is reached where its handshake takes a second: %s', async (_where, addresses) => {
    resolveTo(...addresses);
    const answer = await send((port) => `http://localhost:${port}/token`);
    expect(Buffer.from(answer.wire ?? []).toString()).toBe('hello');
  });

  it('is reached over TLS', async () => {
    resolveTo(HERE, NOWHERE);
    const { failure } = await send((port) => `https://tokens.test:${port}/token`);
    expect(failure).toEqual({ kind: 'not_sent', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  });

  it('is reached where it is a proxy', async () => {
    resolveTo(HERE, NOWHERE);
    const answer = await send((port) => {
      vi.stubEnv('HTTPS_PROXY', `http://proxy.test:${port}`);
      return 'https://tokens.test/token';
    });
    expect(answer.failure?.code).toMatch(/^PROXY_HPE_/);
  });
});
