import { AsyncLocalStorage } from 'node:async_hooks';
import dns from 'node:dns';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import { startSlowListener } from '../../fakes/slow-listener.ts';

interface Address {
  address: string;
  family: number;
}

const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
/** No route leads there. */
const NOWHERE = { address: '2001:db8::1', family: 6 };
const HERE = { address: '127.0.0.1', family: 4 };

/** The addresses that every name has for one test. The tests wait for their handshakes together. */
const addresses = new AsyncLocalStorage<readonly Address[]>();
const { lookup } = dns;
beforeAll(() => {
  const toAddresses = (
    _host: string,
    _options: object,
    done: (error: null, found: readonly Address[] | undefined) => void,
  ) => done(null, addresses.getStore());
  dns.lookup = toAddresses as unknown as typeof dns.lookup;
});
afterAll(() => {
  dns.lookup = lookup;
  // While it is on, each promise of the files that follow takes three times as long.
  addresses.disable();
});

/** Resolves when the first attempt to connect is on its way: few turns of the loop later. */
async function firstAttempt(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise(setImmediate);
  }
}

/** Sends a request to a listener that is slow to accept it. */
async function send(
  { onTestFinished }: TestContext,
  found: readonly Address[],
  urlOf: (port: number) => string,
) {
  const listener = await startSlowListener();
  onTestFinished(() => listener.close());
  const url = urlOf(listener.port);
  const request = { method: 'POST' as const, url, headers: {}, body: 'secret=1' };
  const answer = addresses.run(found, () => http.send(request, 20_000));
  await firstAttempt();
  listener.wake();
  return answer;
}

describe('a host with an IPv4 and an IPv6 address, one of them out of reach', () => {
  it.concurrent.for([
    ['first', [NOWHERE, HERE]],
    ['last', [HERE, NOWHERE]],
  ] as const)('is reached where its handshake takes a second: %s', async ([, found], test) => {
    const answer = await send(test, found, (port) => `http://localhost:${port}/token`);
    expect(Buffer.from(answer.wire ?? []).toString()).toBe('hello');
  });

  it.concurrent('is reached over TLS', async (test) => {
    const urlOf = (port: number) => `https://direct.test:${port}/token`;
    const { failure } = await send(test, [HERE, NOWHERE], urlOf);
    expect(failure).toEqual({ kind: 'not_sent', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  });

  it.concurrent('is reached where it is a proxy', async (test) => {
    const answer = await send(test, [HERE, NOWHERE], (port) => {
      vi.stubEnv('HTTPS_PROXY', `http://proxy.test:${port}`);
      vi.stubEnv('NO_PROXY', 'direct.test');
      return 'https://tokens.test/token';
    });
    expect(answer.failure?.code).toMatch(/^PROXY_HPE_/);
  });
});
