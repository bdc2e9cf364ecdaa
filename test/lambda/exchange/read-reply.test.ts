import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readReply } from '../../../lambda/exchange/read-reply.ts';

const TOKENS = { access_token: 'at', refresh_token: 'rt', expires_in: 3600 };
const JSON_TEXT = JSON.stringify(TOKENS);
const FORM = 'access_token=at&refresh_token=rt&expires_in=3600';

type Failure = Parameters<typeof readReply>[0]['failure'];

function read(body: string | Buffer, failure: Failure = null, wire?: string) {
  return readReply({
    body: Buffer.from(body).toString('base64'),
    body_encoding: 'base64',
    failure,
    ...(wire === undefined ? {} : { wire: Buffer.from(wire, 'latin1').toString('base64') }),
  });
}

const cut: Failure = { kind: 'cut', code: 'ECONNRESET' };
const tooLarge: Failure = { kind: 'cut', code: 'too_large' };
const refused: Failure = { kind: 'refused', code: 'HPE_INVALID_CONSTANT' };

const jwtOf = (payload: string) =>
  ['{"alg":"RS256"}', payload, 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const gzip = (text: string) => zlib.gzipSync(text);
const broken = (bytes: Buffer, at: number) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff, 0xff]), bytes.subarray(at + 2)]);
/** Text that a coding cannot make small. */
const noise = Array.from({ length: 4_000 }, (_, n) => ((n * 2_654_435_761) % 36 ** 5).toString(36));

describe(readReply.name, () => {
  it('takes a plus sign in a token of a form for itself', () => {
    expect(read('refresh_token=a+b/c==&scope=x+y').body).toEqual({
      refresh_token: 'a+b/c==',
      scope: 'x y',
    });
  });

  it.each<[string, string | Buffer]>([
    ['JSON', JSON_TEXT],
    ['JSON Web Token in a JSON text', JSON.stringify(jwtOf(JSON_TEXT))],
    ['JSON with a byte order mark', `\ufeff${JSON_TEXT}`],
    ['JSON with two byte order marks', `\ufeff\ufeff${JSON_TEXT}`],
    ['JSON with a byte order mark that was encoded again', `ï»¿${JSON_TEXT}`],
    ['JSON with zeros behind it', `${JSON_TEXT}\0\0`],
    ['JSON with a zero-width space before it', `\u200b${JSON_TEXT}`],
    ['UTF-16 with a byte order mark', utf16(`\ufeff${JSON_TEXT}`)],
    ['UTF-16, big end first', utf16(`\ufeff${JSON_TEXT}`).swap16()],
    ['UTF-16 without a byte order mark', utf16(JSON_TEXT)],
    ['gzip', gzip(JSON_TEXT)],
    ['gzip in gzip', zlib.gzipSync(gzip(JSON_TEXT))],
    ['gzip of UTF-16', zlib.gzipSync(utf16(`\ufeff${JSON_TEXT}`))],
    ['gzip with a wrong checksum', broken(gzip(JSON_TEXT), gzip(JSON_TEXT).length - 8)],
    ['gzip without its last bytes', gzip(JSON_TEXT).subarray(0, -8)],
    [
      'gzip with something behind it',
      Buffer.concat([gzip(JSON_TEXT), Buffer.from('\r\n<!-- -->')]),
    ],
    ['zlib', zlib.deflateSync(JSON_TEXT)],
    ['zlib with a wrong checksum', broken(zlib.deflateSync(JSON_TEXT), -2)],
    ['raw deflate', zlib.deflateRawSync(JSON_TEXT)],
    ['Brotli', zlib.brotliCompressSync(JSON_TEXT)],
    ['a form', FORM],
    ['a form that ends with a line end', `${FORM}\r\n`],
    ['a form with its pairs on lines', FORM.replaceAll('&', '\n')],
    ['a form with semicolons', FORM.replaceAll('&', ';')],
    ['a form that was escaped for a page', FORM.replaceAll('&', '&amp;')],
    ['a query', `?${FORM}`],
    ['a fragment', `#${FORM}`],
    ['a guard against scripts', `)]}'\n${JSON_TEXT}`],
    ['a loop against scripts', `while(1);${JSON_TEXT}`],
    ['a comment behind it', `${JSON_TEXT}\n<!-- served by node 7 -->`],
    ['a comment around it', `/*${JSON_TEXT}*/`],
    ['a callback', `callback(${JSON_TEXT});`],
    [
      'a notice before it',
      `<br />\n<b>Notice</b>: Undefined index: x in {main}<br />\n${JSON_TEXT}`,
    ],
    ['a notice that is an object', `{"notice":"deprecated"}\n${JSON_TEXT}`],
    ['a page around it', `<html><body><pre>${JSON_TEXT}</pre></body></html>`],
    ['the size line of a chunk', `51\r\n${JSON_TEXT}\r\n0\r\n\r\n`],
    ['JSON in a JSON text', JSON.stringify(JSON_TEXT)],
    ['a list of one', `[${JSON_TEXT}]`],
    ['a JSON Web Token', jwtOf(JSON_TEXT)],
    ['Base64', Buffer.from(JSON_TEXT).toString('base64')],
  ])('reads %s', (_what, body) => {
    expect(read(body)).toMatchObject({
      kind: 'read',
      body: { access_token: 'at', refresh_token: 'rt' },
    });
  });

  it('reads Latin-1 with an accent beside the tokens', () => {
    const body = Buffer.from(JSON.stringify({ ...TOKENS, owner: 'José' }), 'latin1');
    expect(read(body)).toMatchObject({ kind: 'read', body: { ...TOKENS, owner: 'José' } });
  });

  it('reads Zstandard, where Node can', ({ skip }) => {
    if (!zlib.zstdCompressSync) {
      return skip('this Node has no Zstandard');
    }
    expect(read(zlib.zstdCompressSync(JSON_TEXT))).toMatchObject({ kind: 'read', body: TOKENS });
  });

  it.each([' ', '\n', '\0', '\u200b'])('bears a page full of %j', (blank) => {
    const page = `<p>${blank.repeat(300_000)}</p>`;
    expect(read(page).kind).toMatch(/nothing|unread/);
    expect(read(page, refused, `HTTP/1.1 204 No\r\n\r\n${page}`).kind).toMatch(/nothing|unread/);
  });

  it('takes braces in texts for text', () => {
    const body = { ...TOKENS, note: 'a } b { c " d' };
    expect(read(`<!-- { -->${JSON.stringify(body)}`)).toMatchObject({ kind: 'read', body });
  });

  it('reads an object that came whole though the connection then broke', () => {
    expect(read(JSON_TEXT, cut)).toMatchObject({ kind: 'read', body: TOKENS });
    expect(read(`${JSON_TEXT}   \n`, tooLarge)).toMatchObject({ kind: 'read', body: TOKENS });
  });

  it.each<[string, string, unknown]>([
    ['in a text', '{"id":1,"refresh_token":"rt","scope":"a', { id: 1, refresh_token: 'rt' }],
    ['behind a text', '{"id":1,"refresh_token":"rt"', { id: 1, refresh_token: 'rt' }],
    ['in a number', '{"access_token":"at","expires_in":36', { access_token: 'at' }],
    ['in a name', '{"data":{"refresh_token":"rt"},"sta', { data: { refresh_token: 'rt' } }],
    ['in an inner object', '{"status":{"code":0},"access_tok', { status: { code: 0 } }],
    ['in a form', 'refresh_token=rt&access_token=a', { refresh_token: 'rt' }],
    ['in the first text', '{"access_token":"a', undefined],
    ['before anything', '', undefined],
  ])('keeps the members that came whole of an answer cut %s', (_where, body, members) => {
    expect(read(body, cut)).toEqual({ kind: 'cut', body: members, rest: body });
  });

  it('does not take the digits that came of a number for the number', () => {
    expect(read('{"access_token":"at","expires_in":36', cut).body).toEqual({ access_token: 'at' });
  });

  it.each<[string, string | Buffer, Failure, string]>([
    [
      'a stream that is broken in the middle',
      broken(gzip(noise.join()), 5_000),
      null,
      'broken_coding',
    ],
    [
      'a stream that ends in the middle',
      gzip(noise.join()).subarray(0, 5_000),
      null,
      'broken_coding',
    ],
    ['a stream that becomes too large', gzip(' '.repeat(1_048_577)), null, 'too_large'],
    ['a body beyond our limit', `{"pad":"${'x'.repeat(1_048_000)}`, tooLarge, 'too_large'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0, 1, 2, 0x80, 0x90]), null, 'not_text'],
    ['text with control characters', 'a\x01b', null, 'not_text'],
  ])('says unread to %s', (_what, body, failure, reason) => {
    expect(read(body, failure)).toMatchObject({ kind: 'unread', reason });
  });

  it('keeps what a broken stream gave', () => {
    const text = JSON.stringify({ ...TOKENS, noise: noise.join() });
    expect(read(broken(gzip(text), 5_000))).toMatchObject({
      kind: 'unread',
      reason: 'broken_coding',
      body: TOKENS,
    });
  });

  it.each(['', '<html>Sorry</html>', 'OK', '{"access_token": at}'])(
    'says nothing to a text that is neither an object nor a form: %j',
    (body) => {
      expect(read(body)).toEqual({ kind: 'nothing', rest: body });
    },
  );

  it('chooses of several objects the only one that speaks of a token', () => {
    expect(read(`{"a":1}{"b":2}`).kind).toBe('nothing');
    expect(read(`${JSON_TEXT}${JSON_TEXT}`)).toMatchObject({ kind: 'nothing' });
  });

  it.each<[string, string, string]>([
    ['a 204 with a body', '', `HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n${JSON_TEXT}`],
    ['lines that end with a line feed alone', '', `HTTP/1.1 200 OK\nServer: x\n\n${JSON_TEXT}`],
    [
      'a body longer than its length says',
      JSON_TEXT.slice(0, 20),
      `HTTP/1.1 200 OK\r\n\r\n${JSON_TEXT}`,
    ],
    ['gzip', '', `HTTP/1.1 204 No Content\r\n\r\n${gzip(JSON_TEXT).toString('latin1')}`],
    ['no headers at all', '', JSON_TEXT],
  ])('reads the bytes of the wire where the answer is not proper HTTP: %s', (_what, body, wire) => {
    expect(read(body, refused, wire)).toMatchObject({ kind: 'read', body: TOKENS });
  });

  it.each([
    ['whole', jwtOf(JSON_TEXT), ''],
    ['with a torn signature', jwtOf(JSON_TEXT).slice(0, -3), 'ure'],
  ])('reads a JSON Web Token with something behind it: %s', (_what, body, more) => {
    const wire = `HTTP/1.1 200 OK\r\n\r\n${body}${more}<!-- -->`;
    expect(read(body, refused, wire)).toMatchObject({ kind: 'read', body: TOKENS });
  });

  it('prefers a body that can be read to a wire that cannot', () => {
    const wire = `HTTP/1.1 200 OK\r\n\r\n5\r\n${JSON_TEXT.slice(0, 5)}\r\n4c\r\n${JSON_TEXT.slice(5)}`;
    expect(read(JSON_TEXT, refused, wire)).toMatchObject({ kind: 'read', body: TOKENS });
  });

  it('takes no token from a form that its length tears in two', () => {
    const form = 'access_token=a&refresh_token=Atzr%7Cthe-new-one<!-- -->';
    const wire = `\r\nHTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n${form}`;
    expect(read(form.slice(0, 45), refused, wire).kind).toBe('unread');
  });

  it('bears many braces and long texts', () => {
    expect(read('{'.repeat(200_000)).kind).toBe('nothing');
    expect(read(`{"a":"${'\\"'.repeat(500_000)}"}`).kind).toBe('read');
  });
});
