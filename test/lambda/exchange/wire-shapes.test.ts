import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import { readReply, replyText } from '../../../lambda/exchange/read-reply.ts';
import { toArchivedExchange } from '../../../lambda/exchange/to-archived-exchange.ts';
import { issuedCredential, judge } from '../../../lambda/exchange/token-response.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { ArchivedExchange } from '../../../lambda/history/archived-exchange.ts';

const SENT = 'Atzr|the-spent-one';
const ISSUED = 'Atzr|the-new-one';
const TOKENS = { access_token: 'Atza|a', refresh_token: ISSUED, expires_in: 3600 };
const JSON_TEXT = JSON.stringify(TOKENS);
const FORM = new URLSearchParams({ access_token: 'Atza|a', refresh_token: ISSUED }).toString();
const GZIP = zlib.gzipSync(JSON_TEXT);

type Part = string | Buffer;
/** What the server writes, one part after the other, before it closes. */
type Shape = readonly Part[];

const bytes = (...parts: Part[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
/** A proper answer but for what is asked. */
const answer = (headers: string, body: Part, line = 'HTTP/1.1 200 OK'): Shape => [
  bytes(`${line}\r\n${headers}\r\n\r\n`, body),
];
const sized = (body: Part, headers = 'Content-Type: application/json') =>
  answer(`${headers}\r\nContent-Length: ${bytes(body).length}`, body);
const chunk = (body: Part) => bytes(`${bytes(body).length.toString(16)}\r\n`, body, '\r\n');
const chunked = (body: Part, headers = 'X: y') =>
  answer(`${headers}\r\nTransfer-Encoding: chunked`, bytes(chunk(body), '0\r\n\r\n'));
const padding = (length: number) => `X-Pad: ${'p'.repeat(length)}`;
const changed = (body: Buffer, at: number) =>
  Buffer.concat([body.subarray(0, at), Buffer.from([0, 0]), body.subarray(at + 2)]);

/** Answers that came to their end, and whose token is issued. */
const READ: Record<string, Shape> = {
  'a length': sized(JSON_TEXT),
  chunks: chunked(JSON_TEXT),
  'many chunks': answer(
    'Transfer-Encoding: chunked',
    bytes(...[...JSON_TEXT].map(chunk), '0\r\n\r\n'),
  ),
  'chunks with trailers': answer(
    'Transfer-Encoding: chunked',
    bytes(chunk(JSON_TEXT), '0\r\nX-Sum: 1\r\n\r\n'),
  ),
  'chunks with extensions': answer(
    'Transfer-Encoding: chunked',
    `${JSON_TEXT.length.toString(16)};name="value"\r\n${JSON_TEXT}\r\n0;last\r\n\r\n`,
  ),
  'chunk lines that end with a line feed': answer(
    'Transfer-Encoding: chunked',
    `${JSON_TEXT.length.toString(16)}\n${JSON_TEXT}\n0\n\n`,
  ),
  'chunks without the last one': answer('Transfer-Encoding: chunked', chunk(JSON_TEXT)),
  'chunks in capitals with a blank': answer(
    'Transfer-Encoding: Chunked',
    `${JSON_TEXT.length.toString(16).toUpperCase()} \r\n${JSON_TEXT}\r\n0\r\n\r\n`,
  ),
  'a chunk size that is no number': answer('Transfer-Encoding: chunked', `xyz\r\n${JSON_TEXT}`),
  'a chunk that is longer than it says': answer(
    'Transfer-Encoding: chunked',
    `5\r\n${JSON_TEXT}\r\n0\r\n\r\n`,
  ),
  'a chunk that is shorter than it says': answer(
    'Transfer-Encoding: chunked',
    `ffff\r\n${JSON_TEXT}\r\n0\r\n\r\n`,
  ),
  'chunks announced, and none sent': answer('Transfer-Encoding: chunked', JSON_TEXT),
  'chunks and a length': chunked(JSON_TEXT, 'Content-Length: 5'),
  'a coding of transfer that is unknown': answer('Transfer-Encoding: identity', JSON_TEXT),
  'gzip in transfer': answer('Transfer-Encoding: gzip, chunked', bytes(chunk(GZIP), '0\r\n\r\n')),
  'the end of the connection': answer('Content-Type: application/json', JSON_TEXT),
  'HTTP/1.0': answer('X: y', JSON_TEXT, 'HTTP/1.0 200 OK'),
  'a version of its own': answer('X: y', JSON_TEXT, 'HTTP/3.7 200 OK'),
  'no reason': answer('X: y', JSON_TEXT, 'HTTP/1.1 200'),
  'a reason in another language': answer('X: y', JSON_TEXT, 'HTTP/1.1 200 D\xe9j\xe0 vu'),
  'no headers': [`HTTP/1.1 200 OK\r\n\r\n${JSON_TEXT}`],
  'no status line': [JSON_TEXT],
  'another word for HTTP': answer('X: y', JSON_TEXT, 'ICY 200 OK'),
  'an empty line before the status line': ['\r\n\r\n', ...sized(JSON_TEXT)],
  'an interim answer before it': ['HTTP/1.1 100 Continue\r\n\r\n', ...sized(JSON_TEXT)],
  'early hints before it': [
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n',
    ...answer('X: y', JSON_TEXT),
  ],
  'a 201': answer('X: y', JSON_TEXT, 'HTTP/1.1 201 Created'),
  'a 204 with a body': answer('X: y', JSON_TEXT, 'HTTP/1.1 204 No Content'),
  'a 204 with a body that comes later': ['HTTP/1.1 204 No Content\r\n\r\n', JSON_TEXT],
  'a 204 with many chunks': answer(
    'Transfer-Encoding: chunked',
    bytes(...[...JSON_TEXT].map(chunk), '0\r\n\r\n'),
    'HTTP/1.1 204 No Content',
  ),
  'a 204 with gzip in chunks': answer(
    'Transfer-Encoding: chunked',
    bytes(chunk(GZIP.subarray(0, 30)), chunk(GZIP.subarray(30)), '0\r\n\r\n'),
    'HTTP/1.1 204 No Content',
  ),
  'lines that end with a carriage return': [`HTTP/1.1 200 OK\rX: y\r\r${JSON_TEXT}`],
  'a status that is no number, behind an interim answer': [
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2OO OK\r\n\r\n${JSON_TEXT}`,
  ],
  'a blank too many in the status line': answer('X: y', JSON_TEXT, 'HTTP/1.1  200 OK'),
  'a status line in small letters': answer('X: y', JSON_TEXT, 'http/1.1 200 ok'),
  'a 205 with a body': answer('X: y', JSON_TEXT, 'HTTP/1.1 205 Reset Content'),
  'lines that end with a line feed': [`HTTP/1.1 200 OK\nX: y\n\n${JSON_TEXT}`],
  'lines of both kinds': [`HTTP/1.1 200 OK\r\nX: y\nZ: z\r\n\r\n${JSON_TEXT}`],
  'headers of 20 KB': sized(JSON_TEXT, padding(20_000)),
  'headers of 60 KB': sized(JSON_TEXT, padding(60_000)),
  'headers of 100 KB': sized(JSON_TEXT, padding(100_000)),
  'a control character in a header': sized(JSON_TEXT, 'X: a\x01b'),
  'a zero in a header': sized(JSON_TEXT, 'X: a\0b'),
  'bytes beyond ASCII in a header': sized(JSON_TEXT, 'X: \xfc\xff'),
  'a header over two lines': sized(JSON_TEXT, 'X: a\r\n  b'),
  'a header without a colon': sized(JSON_TEXT, 'Nonsense'),
  'a header without a name': sized(JSON_TEXT, ': nobody'),
  'a blank before a colon': sized(JSON_TEXT, 'X : y'),
  'a blank in a name': sized(JSON_TEXT, 'X Y: z'),
  'Content-Length twice': sized(JSON_TEXT, `Content-Length: ${JSON_TEXT.length}`),
  'Content-Length twice with two values': sized(JSON_TEXT, 'Content-Length: 7'),
  'Content-Length with a list': answer('Content-Length: 7, 7', JSON_TEXT),
  'a length that is no number': answer('Content-Length: all', JSON_TEXT),
  'a length below zero': answer('Content-Length: -1', JSON_TEXT),
  'a length that is too small': answer('Content-Length: 20', JSON_TEXT),
  'a length that is too small, the rest later': [
    ...answer('Content-Length: 20', JSON_TEXT.slice(0, 20)),
    JSON_TEXT.slice(20),
  ],
  'a length of zero': answer('Content-Length: 0', JSON_TEXT),
  'a length that is too great': answer('Content-Length: 2000', JSON_TEXT),
  'an offer to speak another protocol': sized(JSON_TEXT, 'Upgrade: h2c\r\nConnection: Upgrade'),
  'one byte after the other': [...bytes(...sized(JSON_TEXT))].map((byte) => Buffer.from([byte])),
  'another protocol announced, and an answer in HTTP': [
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    ...sized(JSON_TEXT),
  ],
  'another protocol announced, and the body alone': answer(
    'Upgrade: h2c\r\nConnection: Upgrade',
    JSON_TEXT,
    'HTTP/1.1 101 Switching Protocols',
  ),
  "a proxy's answer before it": ['HTTP/1.1 200 Connected\r\n\r\n', ...sized(JSON_TEXT)],
  'an empty answer before it': [...sized(''), ...sized(JSON_TEXT)],
  'an empty object in an answer before it': [...sized('{}'), ...sized(JSON_TEXT)],
  'the same answer twice': [...sized(JSON_TEXT), ...sized(JSON_TEXT)],
  'a body among the headers': [`HTTP/1.1 200 OK\r\n${JSON_TEXT}\r\nX: y\r\n\r\n`],
  'a body that no empty line parts from the headers': [`HTTP/1.1 200 OK\r\nX: y\r\n${JSON_TEXT}`],
  'an object cut behind the token, at the end of the connection': answer(
    'X: y',
    JSON_TEXT.slice(0, -2),
  ),
  "the body's own size lines in it": sized(
    bytes(chunk(JSON_TEXT.slice(0, 40)), chunk(JSON_TEXT.slice(40)), '0;a=b\r\n\r\n'),
    'Content-Encoding: aws-chunked',
  ),
  'many interim answers before it': [
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 102 Processing\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n',
    ...sized(JSON_TEXT),
  ],
  'bytes behind the body': [...sized(JSON_TEXT), '\r\n\r\n<!-- served -->'],
  gzip: sized(GZIP, 'Content-Encoding: gzip'),
  'gzip without its header': sized(GZIP),
  'gzip twice': sized(zlib.gzipSync(GZIP), 'Content-Encoding: gzip, gzip'),
  'a plain body called gzip': sized(JSON_TEXT, 'Content-Encoding: gzip'),
  'gzip called Brotli': sized(GZIP, 'Content-Encoding: br'),
  'gzip with a wrong checksum': sized(changed(GZIP, GZIP.length - 8), 'Content-Encoding: gzip'),
  'gzip without its end': sized(GZIP.subarray(0, -8), 'Content-Encoding: gzip'),
  'gzip with bytes behind it': sized(bytes(GZIP, '\r\n'), 'Content-Encoding: gzip'),
  deflate: sized(zlib.deflateSync(JSON_TEXT), 'Content-Encoding: deflate'),
  'raw deflate': sized(zlib.deflateRawSync(JSON_TEXT), 'Content-Encoding: deflate'),
  Brotli: sized(zlib.brotliCompressSync(JSON_TEXT), 'Content-Encoding: br'),
  'a coding nobody knows': sized(JSON_TEXT, 'Content-Encoding: x-own'),
  'a 204 with gzip': answer('X: y', GZIP, 'HTTP/1.1 204 No Content'),
  'two byte order marks': sized(Buffer.from(`\ufeff\ufeff${JSON_TEXT}`)),
  'UTF-16': sized(Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le')),
  'a form': sized(FORM, 'Content-Type: application/x-www-form-urlencoded'),
  'a notice before it': sized(`<br />\n<b>Notice</b>: x in {main}\n${JSON_TEXT}`),
  'a guard against scripts': sized(`)]}',\n${JSON_TEXT}`),
  'a comment behind it': sized(`${JSON_TEXT}<!-- 3 ms -->`),
};

const NOISE = 'x'.repeat(1_100_000);
/** Answers that came to their end, and whose token is safe in the archive until it can be read. */
const UNREAD: Record<string, Shape> = {
  'another name': sized(JSON.stringify({ ...TOKENS, refresh_token: '', refreshToken: ISSUED })),
  'a second answer with a newer token': [
    ...sized(JSON_TEXT),
    ...sized(JSON_TEXT.replace(ISSUED, 'Atzr|the-newer-one')),
  ],
  'a token in a trailer': answer(
    'Transfer-Encoding: chunked',
    bytes(chunk('{"access_token":"Atza|a"}'), `0\r\nX-Refresh-Token: ${ISSUED}\r\n\r\n`),
  ),
  'an envelope': sized(JSON.stringify({ data: TOKENS })),
  'a body among the headers, with a broken end': [
    `HTTP/1.1 200 OK\r\n${JSON_TEXT.slice(0, -1)}\r\n\r\n`,
  ],
  'an object with a lone quote, at the end of the connection': answer(
    'X: y',
    `{'refresh_token': '${ISSUED}', 'note': 'a " b'}`,
  ),
  XML: sized(`<xml><refresh_token>${ISSUED}</refresh_token></xml>`),
  Python: sized(`{'refresh_token': '${ISSUED}'}`),
  'a body beyond the limit': sized(`{"refreshToken":"${ISSUED}","pad":"${NOISE}"}`),
  'a 204 with broken gzip': answer('X: y', changed(GZIP, 40), 'HTTP/1.1 204 No Content'),
};

describe('whatever comes over the wire', () => {
  const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
  const sockets = new Set<Socket>();
  let server: Server;
  let shape: Shape;
  let requests = 0;

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
      socket.setNoDelay(true).once('data', () => {
        requests += 1;
        void write(socket, shape);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  });

  async function write(socket: Socket, parts: Shape): Promise<void> {
    for (const part of parts) {
      await new Promise((resolve) => socket.write(bytes(part), resolve));
      await new Promise(setImmediate);
    }
    socket.end();
  }

  async function exchange(sent: Shape): Promise<ArchivedExchange> {
    shape = sent;
    requests = 0;
    const { port } = server.address() as AddressInfo;
    const request = {
      method: 'POST' as const,
      url: `http://127.0.0.1:${port}/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ refresh_token: SENT }).toString(),
    };
    const reply = await http.send(request, 20_000);
    expect(requests).toBe(1);
    const archived = toArchivedExchange(
      {
        tenant: 'acme',
        shard: 'default',
        provider: 'amazon-ads',
        app: null,
        run_id: 'run',
        turn: 1,
        attempt: 1,
        grant_type: 'refresh_token',
        spent: fingerprint(SENT),
        sentAtMs: 0,
        receivedAtMs: 1,
      },
      request,
      reply,
    );
    return JSON.parse(JSON.stringify(archived)) as ArchivedExchange;
  }

  it.each(Object.entries(READ))('keeps and reads the token of: %s', async (_what, sent) => {
    const archived = await exchange(sent);
    expect(issuedCredential(archived)).toBe(ISSUED);
    expect(judge(archived)).toMatchObject({ kind: 'issued', access_token: 'Atza|a' });
  });

  it.each(Object.entries(UNREAD))('keeps the token unread of: %s', async (_what, sent) => {
    const archived = await exchange(sent);
    expect(judge(archived)).toMatchObject({ code: 'unread_response', retry: 'final' });
    expect(archived.wire ?? replyText(archived)).toMatch(/\w/);
  });

  it('knows an answer that was cut from one that was refused', async () => {
    const archived = await exchange(answer('Content-Length: 2000', JSON_TEXT.slice(0, 30)));
    expect(archived.failure).toEqual({ kind: 'cut', code: 'ECONNRESET' });
    expect(judge(archived)).toMatchObject({ code: 'unknown_outcome', retry: 'resend' });
    expect(readReply(archived).kind).toBe('cut');
  });

  it.each([1, 10, 30, 45, 55])(
    'takes an object of %i bytes for cut where the connection ends it, and no length does',
    async (length) => {
      const begun = JSON_TEXT.slice(0, length);
      expect(judge(await exchange(answer('X: y', begun)))).toMatchObject({ retry: 'resend' });
      expect(judge(await exchange(sized(begun)))).not.toMatchObject({ retry: 'resend' });
    },
  );

  it.each([
    ['a TLS alert', '15030300020228'],
    ['settings of HTTP/2', '000012040000000000000300000064000400100000000600004000'],
    ['a good bye of HTTP/2', '0000080700000000000000000000000001'],
  ])('takes a request for not read by a server that sends %s', async (_what, hex) => {
    const archived = await exchange([Buffer.from(hex, 'hex')]);
    expect(archived.failure).toEqual({ kind: 'not_sent', code: 'other_protocol' });
    expect(Buffer.from(archived.wire ?? '', 'base64').toString('hex')).toBe(hex);
    expect(judge(archived)).toMatchObject({ code: 'provider_unavailable', retry: 'transient' });
    expect(issuedCredential(archived)).toBeNull();
  });

  it('takes a page that is no proper HTTP for no token', async () => {
    const page = '<html><body>Sorry, we are closed.</body></html>';
    const archived = await exchange(answer('X: y', page, 'HTTP/1.1 204 No Content'));
    expect(judge(archived)).toMatchObject({ code: 'bad_response' });
  });

  it('keeps no more of a wire than its limit', async () => {
    const archived = await exchange([`HTTP/1.1 204 No Content\r\n\r\n${JSON_TEXT}`, NOISE, NOISE]);
    expect(Buffer.from(archived.wire ?? '', 'base64').length).toBeLessThan(1_300_000);
    expect(issuedCredential(archived)).toBe(ISSUED);
  });
});
