import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import { toArchivedExchange } from '../../../lambda/exchange/to-archived-exchange.ts';
import { judge } from '../../../lambda/exchange/token-response.ts';
import { type Random, randomFrom } from '../../fakes/random.ts';

const ISSUED = 'Atzr|the-new-one';
const JSON_TEXT = JSON.stringify({ access_token: 'a', refresh_token: ISSUED, expires_in: 3600 });
const FORM = new URLSearchParams({ access_token: 'a', refresh_token: ISSUED }).toString();
const EXCHANGES = 300;

const LINES = [
  ...[
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 204 No Content',
    'HTTP/2 200',
  ],
  ...[
    'HTTP/1.1  200 OK',
    'HTTP/1.1 200 \0',
    'http/1.1 200 ok',
    'HTTP/1.1 2OO OK',
    '',
    'HTTP/1.1 299 ?',
  ],
];
const HEADERS = [
  ...['X: y', 'X : y', 'X', ': y', 'X:\x01', 'X: \0', ' folded', '\x7f: 1', 'X-\xff: \xff'],
  ...['Connection: keep-alive', 'Connection: upgrade', 'Upgrade: websocket', 'Trailer: X'],
  ...[
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Length: 0',
    'Content-Type: text/html',
  ],
  ...['Transfer-Encoding: identity', 'HTTP/1.1 200 OK', `X: ${'p'.repeat(30_000)}`],
];
const BODIES = [
  ...[JSON_TEXT, FORM, `<b>Notice</b>\n${JSON_TEXT}\n<!-- x -->`, `)]}'\n${JSON_TEXT}`],
  ...[zlib.gzipSync(JSON_TEXT), zlib.deflateSync(JSON_TEXT), zlib.brotliCompressSync(JSON_TEXT)],
  ...[Buffer.from(`\ufeff${JSON_TEXT}`), Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le')],
].map((body) => (typeof body === 'string' ? Buffer.from(body) : body));
const FRAMINGS = [
  'right',
  'short',
  'long',
  'twice',
  'none',
  'chunks',
  'no last chunk',
  'bare',
] as const;
const INTERIM = [
  '',
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 E\r\nA: b\r\n\r\n',
  '\r\n',
];

/** The bytes of an answer that issues a token, in any kind of nearly HTTP. */
function randomWire(random: Random): { wire: Buffer; body: Buffer } {
  const pick = <T>(choices: readonly T[]) => choices[random(choices.length)] as T;
  const body = pick(BODIES);
  const lineEnd = pick(['\r\n', '\r\n', '\r\n', '\n', '\r']);
  const framing = pick(FRAMINGS);
  const lengths: Record<(typeof FRAMINGS)[number], number[]> = {
    right: [body.length],
    short: [random(body.length)],
    long: [body.length + random(100)],
    twice: [body.length, pick([body.length, 3])],
    none: [],
    chunks: [],
    'no last chunk': [],
    bare: [],
  };
  const isChunked = framing === 'chunks' || framing === 'no last chunk' || framing === 'bare';
  const heads = [
    ...Array.from({ length: random(4) }, () => pick(HEADERS)),
    ...lengths[framing].map((length) => `Content-Length: ${length}`),
    ...(isChunked ? ['Transfer-Encoding: chunked'] : []),
  ];
  const line = pick(LINES);
  const head = [...(line === '' ? [] : [line]), ...heads, '']
    .map((text) => text + lineEnd)
    .join('');
  const chunks = isChunked && framing !== 'bare' ? inChunks(body, random) : [body];
  const last = framing === 'chunks' ? '0\r\n\r\n' : pick(['', '\r\n', '\0', '<!-- -->']);
  const parts = [Buffer.from(pick(INTERIM) + head, 'latin1'), ...chunks, Buffer.from(last)];
  return { wire: Buffer.concat(parts), body };
}

function inChunks(body: Buffer, random: Random): Buffer[] {
  if (body.length === 0) {
    return [];
  }
  const chunk = body.subarray(0, 1 + random(60));
  const lineEnd = random(4) > 0 ? '\r\n' : '\n';
  const size = Buffer.from(`${chunk.length.toString(16)}${random(3) > 0 ? '' : ';x'}${lineEnd}`);
  return [size, chunk, Buffer.from(lineEnd), ...inChunks(body.subarray(chunk.length), random)];
}

describe('answers in nearly HTTP', () => {
  const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: false });
  let server: Server;
  let answer: (socket: Socket) => Promise<void>;

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined).setNoDelay(true);
      socket.once('data', () => void answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());

  /** Writes in up to six parts, and closes. */
  function answerWith(wire: Buffer, random: Random): (socket: Socket) => Promise<void> {
    const cuts = Array.from({ length: random(6) }, () => random(wire.length)).sort((a, b) => a - b);
    return async (socket) => {
      for (const [index, cut] of [...cuts, wire.length].entries()) {
        const part = wire.subarray(cuts[index - 1] ?? 0, cut);
        await new Promise((resolve) => socket.write(part, resolve));
        await new Promise(setImmediate);
      }
      socket.end();
    };
  }

  it('never lose the token: it is issued, or what was sent is not sent again', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
    console.info(`seed ${seed}`);
    const random = randomFrom(seed);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    const request = { method: 'POST' as const, url, headers: {}, body: 'refresh_token=sent' };
    const facts = { tenant: 'acme', shard: 'default', provider: 'amazon-ads', app: null };
    const run = { run_id: 'run', turn: 1, attempt: 1, grant_type: 'refresh_token', spent: 'f' };
    for (let count = 0; count < EXCHANGES; count += 1) {
      const { wire, body } = randomWire(random);
      answer = answerWith(wire, random);
      const reply = await http.send(request, 60_000);
      const times = { sentAtMs: 0, receivedAtMs: 1 };
      const judgement = judge(toArchivedExchange({ ...facts, ...run, ...times }, request, reply));
      const what = { wire: wire.toString('latin1'), reply, judgement };
      // The end of a form that came shorter than it said may be missing.
      if (reply.failure?.kind === 'cut' && body.toString() === FORM) {
        continue;
      }
      if (judgement.kind === 'failed') {
        expect(judgement, JSON.stringify(what)).toMatchObject({ code: 'unread_response' });
      } else {
        expect(judgement.refresh_token, JSON.stringify(what)).toBe(ISSUED);
      }
    }
  });
});
