import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../fakes/build-program.ts';
import { certificate, privateKey } from '../../fakes/certificate.ts';
import { type ConnectProxy, startConnectProxy } from '../../fakes/connect-proxy.ts';
import { startLambda, type WarmLambda } from '../../fakes/invoke-bundle.ts';
import type { ProxiedCall } from './proxied-calls/index.ts';

const AWS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' };

describe('a proxy on the way', () => {
  let folder = '';
  let trusting: WarmLambda;
  let server: Server;
  let proxy: ConnectProxy | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'token-rotator-'));
    writeFileSync(join(folder, 'ca.pem'), certificate);
    await buildProgram(join(import.meta.dirname, 'proxied-calls', 'index.ts'), folder);
    trusting = startLambda(folder, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') });
    server = createServer({ cert: certificate, key: privateKey }, (_, response) =>
      response.end('{"from":"the server"}'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
  });
  afterAll(async () => {
    await trusting.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startProxy(status?: number): Promise<ConnectProxy> {
    proxy = await startConnectProxy((server.address() as AddressInfo).port, status);
    return proxy;
  }

  /** Calls a URL in a process that has these variables, and that trusts the server. */
  async function call(
    kind: ProxiedCall['kind'],
    url: string,
    env: Record<string, string>,
    lambda = trusting,
  ): Promise<unknown> {
    const event: ProxiedCall = { kind, url };
    const invoked = await lambda.invoke({ handler: 'handler', event, env: { ...AWS, ...env } });
    return invoked.result;
  }

  it('is used for token requests where HTTPS_PROXY names it', async () => {
    const { url, asked } = await startProxy();
    const withUser = url.replace('//', '//us%40er:pass@');
    expect(
      await call('http', 'https://tokens.test/token', { HTTPS_PROXY: withUser }),
    ).toMatchObject({ status: 200, body: '{"from":"the server"}' });
    const authorization = `Basic ${Buffer.from('us@er:pass').toString('base64')}`;
    expect(asked).toEqual([{ target: 'tokens.test:443', authorization }]);
  });

  it('is used for AWS calls', async () => {
    const { url, asked } = await startProxy();
    expect(await call('s3', 'https://tokens.test', { https_proxy: url })).toEqual({
      value: { from: 'the server' },
    });
    expect(asked).toMatchObject([{ target: 'tokens.test:443' }]);
  });

  it.each(['client', 'refresh'] as const)("is used for a program's calls: %s", async (kind) => {
    const { url, asked } = await startProxy();
    await call(kind, 'https://tokens.test', { HTTPS_PROXY: url });
    expect(asked).toMatchObject([{ target: 'tokens.test:443' }]);
  });

  it('may be named without a scheme', async () => {
    const { url, asked } = await startProxy();
    await call('http', 'https://tokens.test:8443/', { HTTPS_PROXY: url.slice('http://'.length) });
    expect(asked).toMatchObject([{ target: 'tokens.test:8443' }]);
  });

  it('is not used for hosts that NO_PROXY names', async () => {
    const { url, asked } = await startProxy();
    const env = { HTTPS_PROXY: url, NO_PROXY: '.example,localhost' };
    const { port } = server.address() as AddressInfo;
    expect(await call('http', `https://localhost:${port}/`, env)).toMatchObject({ status: 200 });
    expect(asked).toEqual([]);
  });

  it('that refuses is no answer of the server: the request was not sent', async () => {
    const { url } = await startProxy(407);
    expect(await call('http', 'https://tokens.test/', { HTTPS_PROXY: url })).toMatchObject({
      status: null,
      failure: { kind: 'not_sent', code: 'PROXY_REFUSED_407' },
    });
    expect(await call('s3', 'https://tokens.test', { HTTPS_PROXY: url })).toMatchObject({
      value: expect.stringMatching(/PROXY_REFUSED_407.*HTTPS_PROXY/),
    });
  });

  it('that cannot be reached is told apart from a server that cannot', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    expect(await call('http', 'https://tokens.test/', env)).toMatchObject({
      failure: { kind: 'not_sent', code: 'PROXY_ECONNREFUSED' },
    });
  });

  it('that is of a kind we cannot use is told', async () => {
    const env = { HTTPS_PROXY: 'socks5://127.0.0.1:1' };
    expect(await call('http', 'https://tokens.test/', env)).toMatchObject({
      failure: { kind: 'not_sent', code: 'PROXY_UNSUPPORTED' },
    });
  });

  it('leaves the checks of TLS as they are', async () => {
    const { url } = await startProxy();
    const env = { HTTPS_PROXY: url };
    expect(await call('http', 'https://other.test/', env)).toMatchObject({
      failure: { kind: 'not_sent', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    const untrusting = startLambda(folder);
    expect(await call('http', 'https://tokens.test/', env, untrusting)).toMatchObject({
      failure: { kind: 'not_sent', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    await untrusting.close();
  });
});
