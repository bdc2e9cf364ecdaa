import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import type { HttpRequest } from '../../../lambda/ports.ts';
import { certificate, privateKey } from '../../fakes/certificate.ts';
import { type ScriptedServer, startScriptedServer } from '../../fakes/scripted-server.ts';

const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
const TIMEOUT_MS = 20_000;

function post(url: string, headers: Record<string, string> = {}): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'text/plain', ...headers },
    body: 'secret=1',
  };
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe(createNodeHttp.name, () => {
  let server: ScriptedServer;
  const raw: Server[] = [];
  const closes: Promise<unknown>[] = [];

  beforeEach(async () => {
    server = await startScriptedServer();
  });

  afterEach(async () => {
    for (const one of raw.splice(0)) {
      one.close();
    }
    await server.close();
  });

  /** A TCP server that answers everything with the same bytes. */
  async function listen(one: Server): Promise<number> {
    raw.push(one);
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    return (one.address() as AddressInfo).port;
  }

  it('sends the request as it is and returns what came', async () => {
    server.script({ status: 201, headers: { 'X-Some': 'Value' }, body: { access_token: 'at' } });
    const answer = await http.send(
      post(`${server.url}/token?a=b`, { 'x-extra': 'yes' }),
      TIMEOUT_MS,
    );
    expect(answer).toMatchObject({ status: 201, headers: { 'x-some': 'Value' } });
    expect(answer.failure).toBeUndefined();
    expect(text(answer.body)).toBe('{"access_token":"at"}');
    expect(server.requests).toMatchObject([
      { method: 'POST', path: '/token?a=b', body: 'secret=1', headers: { 'x-extra': 'yes' } },
    ]);
  });

  it('sends a GET without a body', async () => {
    server.script({});
    expect(
      await http.send({ method: 'GET', url: server.url, headers: {}, body: undefined }, TIMEOUT_MS),
    ).toMatchObject({ status: 200 });
    expect(server.requests).toMatchObject([{ method: 'GET', body: '' }]);
  });

  it('uses a connection only once', async () => {
    server.script({}, {});
    await http.send(post(server.url), TIMEOUT_MS);
    await http.send(post(server.url), TIMEOUT_MS);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual(['close', 'close']);
  });

  it('follows no redirect', async () => {
    server.script({ status: 307, headers: { location: `${server.url}/elsewhere` } });
    expect(await http.send(post(server.url), TIMEOUT_MS)).toMatchObject({
      status: 307,
      headers: { location: `${server.url}/elsewhere` },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('keeps bytes that are not UTF-8', async () => {
    const body = Uint8Array.from([0xff, 0xfe, 0, 1]);
    server.script({ body });
    expect(Uint8Array.from((await http.send(post(server.url), TIMEOUT_MS)).body)).toEqual(body);
  });

  it('asks for no compression', async () => {
    server.script({});
    await http.send(post(server.url), TIMEOUT_MS);
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('takes a body of 1 MiB whole and cuts a longer one there', async () => {
    server.script({ body: Buffer.alloc(1_048_576, 'a') }, { body: Buffer.alloc(1_048_577, 'a') });
    const whole = await http.send(post(server.url), TIMEOUT_MS);
    expect([whole.body.length, whole.failure]).toEqual([1_048_576, undefined]);
    const cut = await http.send(post(server.url), TIMEOUT_MS);
    expect([cut.body.length, cut.failure]).toEqual([1_048_576, { kind: 'cut', code: 'too_large' }]);
  });

  it('calls it cut and keeps the part that came when the body ends early', async () => {
    server.script({ body: '0123456789', fault: 'cut' });
    const answer = await http.send(post(server.url), TIMEOUT_MS);
    expect(answer).toMatchObject({ status: 200, failure: { kind: 'cut' } });
    expect(text(answer.body)).toBe('01234');
  });

  it('calls it cut by its timeout and keeps the part that came when the body stalls', async () => {
    server.script({ body: '0123456789', fault: 'stall_in_body' });
    const answer = await http.send(post(server.url), 300);
    expect(answer).toMatchObject({ status: 200, failure: { kind: 'cut', code: 'timeout' } });
    expect(text(answer.body)).toBe('01234');
  });

  it.each([
    ['the connection is reset', 'reset', TIMEOUT_MS, 'ECONNRESET'],
    ['nothing comes in time', 'stall', 200, 'timeout'],
  ] as const)(
    'says no_answer when %s after the request was sent',
    async (_what, fault, timeoutMs, code) => {
      server.script({ fault });
      expect(await http.send(post(server.url), timeoutMs)).toMatchObject({
        status: null,
        failure: { kind: 'no_answer', code },
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('keeps the bytes of an answer that is no HTTP', async () => {
    const port = await listen(
      createServer((socket) => socket.once('data', () => socket.end('hello\r\n\r\n'))),
    );
    const answer = await http.send(post(`http://127.0.0.1:${port}`), TIMEOUT_MS);
    expect(answer).toMatchObject({ status: null, failure: { kind: 'refused' } });
    expect(text(answer.wire ?? new Uint8Array())).toBe('hello\r\n\r\n');
  });

  it('calls an answer cut, and keeps its bytes, when it ends within its headers', async () => {
    const port = await listen(
      createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nX: y'))),
    );
    const answer = await http.send(post(`http://127.0.0.1:${port}`), TIMEOUT_MS);
    expect(answer).toMatchObject({ status: 200, failure: { kind: 'cut', code: 'ECONNRESET' } });
    expect(text(answer.wire ?? new Uint8Array())).toBe('HTTP/1.1 200 OK\r\nX: y');
  });

  it('says not_sent when the time is over before the handshake is', async () => {
    const port = await listen(createServer(() => undefined));
    expect(await http.send(post(`https://127.0.0.1:${port}`), 200)).toMatchObject({
      failure: { kind: 'not_sent', code: 'timeout' },
    });
  });

  it('asks on a port that browsers refuse', async () => {
    expect(await http.send(post('http://127.0.0.1:6000'), TIMEOUT_MS)).toMatchObject({
      failure: { kind: 'not_sent', code: 'ECONNREFUSED' },
    });
  });

  it('does not wait for a server that keeps the connection of a whole answer', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}';
    const port = await listen(
      createServer((socket) => {
        const closed = new Promise((resolve) => socket.on('close', resolve));
        closes.push(closed);
        socket.once('data', () => socket.write(answer));
      }),
    );
    const { body, failure } = await http.send(post(`http://127.0.0.1:${port}`), TIMEOUT_MS);
    expect([text(body), failure]).toEqual(['{}', undefined]);
    await Promise.all(closes);
  });

  it('waits for the rest of an object that came with too small a length', async () => {
    const port = await listen(
      createServer((socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"a":');
          // Later than a page that is whole is waited for.
          setTimeout(() => socket.end('"token"}'), 800);
        }),
      ),
    );
    const { wire, failure } = await http.send(post(`http://127.0.0.1:${port}`), TIMEOUT_MS);
    expect(failure).toEqual({ kind: 'refused', code: 'bytes_left_over' });
    expect(text(wire ?? new Uint8Array())).toMatch(/\{"a":"token"\}$/);
  });

  it('says not_sent when nobody listens', async () => {
    const closed = createServer();
    const port = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    const refused = await http.send(post(`http://127.0.0.1:${port}`), TIMEOUT_MS);
    expect(refused).toMatchObject({
      status: null,
      failure: { kind: 'not_sent', code: 'ECONNREFUSED' },
    });
  });

  it('says not_sent to a name that does not exist', async () => {
    const { failure } = await http.send(post('https://tokens.invalid'), TIMEOUT_MS);
    expect(failure?.kind).toBe('not_sent');
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(failure?.code);
  });

  it('says not_sent for a server without TLS, and for a handshake that fails', async () => {
    const plain = await listen(
      createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n'))),
    );
    const withoutCertificate = await listen(createTlsServer((_, response) => response.end()));
    const hangingUp = await listen(
      createServer((socket) => socket.once('data', () => socket.end())),
    );
    for (const [port, code] of [
      [plain, 'ERR_SSL_WRONG_VERSION_NUMBER'],
      [withoutCertificate, expect.stringMatching(/ALERT_HANDSHAKE_FAILURE$/)],
      [hangingUp, 'ECONNRESET'],
    ]) {
      const answer = await http.send(post(`https://127.0.0.1:${port}`), TIMEOUT_MS);
      expect(answer).toMatchObject({ status: null, failure: { kind: 'not_sent', code } });
    }
  });

  it('says not_sent for a server that asks for a certificate after the request', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const strict = createTlsServer({
      cert: certificate,
      key: privateKey,
      requestCert: true,
      minVersion: 'TLSv1.3',
    });
    const port = await listen(strict);
    const { failure } = await http.send(post(`https://127.0.0.1:${port}`), TIMEOUT_MS);
    expect(failure).toEqual({
      kind: 'not_sent',
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    });
  });

  it('says not_sent to a header that cannot be sent, without repeating it', async () => {
    const answer = await http.send(
      post(server.url, { authorization: 'Basic se\ncret' }),
      TIMEOUT_MS,
    );
    expect(answer.failure).toEqual({ kind: 'not_sent', code: 'invalid_request' });
  });

  it.each([
    'http://tokens.example',
    'https://10.0.0.1',
    'https://[fe80::1]',
    'http://169.254.169.254',
    'ftp://x',
    'no url',
  ])('refuses %s', async (url) => {
    expect(await http.send(post(url), TIMEOUT_MS)).toMatchObject({
      status: null,
      failure: { kind: 'not_sent', code: 'url_refused' },
    });
  });
});
