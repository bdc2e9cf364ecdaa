import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { issuedCredential, judge } from '../../../lambda/exchange/token-response.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';
import { type Random, randomFrom } from '../../fakes/random.ts';

const ANSWERS = 300;
const ISSUED = '8xLOxBtZp8-9kQ2rT5vW';
const ACCESS = 'ya29.a0AfH6SMBx-12345';

type Shape = (text: string) => string;

const NAMES = [
  ...['refresh_token', 'refreshToken', 'RefreshToken', 'REFRESH_TOKEN', 'refresh-token'],
  ...['refresh token', 'refresh.token', 'oauth_refresh_token', 'new_refresh_token'],
  ...['refresh_token_value', 'token.refresh'],
  // Names that say nothing. The value alone tells.
  ...['rt', 'q', 'ticket', 'sessionId', 'next', 'value', 'pat', 'handle'],
];
const BODIES = [
  (name: string) => ({ access_token: ACCESS, [name]: ISSUED, expires_in: 3600 }),
  (name: string) => ({ accessToken: ACCESS, [name]: ISSUED }),
  (name: string) => ({ access_token: ACCESS, [name]: { value: ISSUED } }),
  (name: string) => ({ access_token: ACCESS, data: { [name]: ISSUED } }),
  () => ({ access_token: ACCESS, tokens: [{ name: 'refresh_token', value: ISSUED }] }),
  () => ({ access_token: ACCESS, auth: [['refresh_token', ISSUED]] }),
];
const base64 = (text: string) => Buffer.from(text).toString('base64');
const lines = (body: object, toLine: (name: string, value: string) => string) =>
  Object.entries(body)
    .map(([name, value]) => toLine(name, typeof value === 'object' ? JSON.stringify(value) : value))
    .join('\n');

const queryOf = (body: object) =>
  encodeURI(lines(body, (name, value) => `${name}=${value}`).replaceAll('\n', '&'));
const pieces = (text: string, toLine: (piece: string) => string) =>
  (text.match(/.{1,9}/g) ?? []).map(toLine).join('');

/** Ways to write an object. */
const NOTATIONS: ((body: object) => string)[] = [
  (body) => JSON.stringify(body),
  (body) => JSON.stringify([{ result: body }], null, 2),
  (body) => JSON.stringify(JSON.stringify(body)),
  (body) => JSON.stringify({ status: 200, body: JSON.stringify(body) }),
  (body) => JSON.stringify(body).replaceAll('"', "'"),
  (body) => JSON.stringify(body).replace(/\}$/, ',}'),
  (body) => JSON.stringify(body).replaceAll('e', '\\u0065'),
  (body) => JSON.stringify(body).replaceAll('"', '&quot;'),
  (body) => JSON.stringify(body).replaceAll(/[^\w]/g, (sign) => `&#${sign.charCodeAt(0)};`),
  (body) => JSON.stringify(body).replaceAll('&', '&amp;').replaceAll('"', '&amp;quot;'),
  (body) => JSON.stringify({ next: `https://app.example/cb#${queryOf(body)}` }),
  (body) => `Location: /cb?${queryOf(body)}`,
  (body) => pieces(JSON.stringify(body), (piece) => `data: ${piece}\n\n`),
  (body) => pieces(JSON.stringify(body), (piece) => `${JSON.stringify({ delta: piece })}\n`),
  (body) => encodeURIComponent(JSON.stringify(body)),
  (body) => base64(JSON.stringify(body)),
  (body) => `eyJhbGciOiJub25lIn0.${base64(JSON.stringify(body)).replaceAll(/[=+/]/g, '')}.`,
  (body) => JSON.stringify({ payload: base64(JSON.stringify(body)) }),
  (body) => lines(body, (name, value) => `${name}: ${value}`),
  (body) => lines(body, (name, value) => `[${name}] => ${value}`),
  (body) => lines(body, (name, value) => `<${name}>${value}</${name}>`),
];
/** What may stand around it. */
const SURROUNDINGS: Shape[] = [
  (text) => text,
  (text) => `<b>Notice</b>: Undefined index in /a.php on line 3\n${text}`,
  (text) => `)]}',\n${text}`,
  (text) => `callback(${text});`,
  (text) => `<html><body><pre>${text}</pre></body></html>`,
  (text) => `<script>var a = { b: 1 }; var t = ${text};</script>`,
  (text) => `--b\r\nContent-Type: application/json\r\n\r\n${text}\r\n--b--\r\n`,
  (text) => `{"event":"begin"}\n${text}\n{"event":"end"}\n`,
  (text) => `event: token\ndata: ${text}\n\n`,
  (text) => `\ufeff${text}\0`,
];
const CHARACTERS: ((text: string) => Buffer)[] = [
  (text) => Buffer.from(text),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(text, 'utf16le').swap16(),
  (text) => Buffer.from(`${text}\u00e9`, 'latin1'),
];
const CODINGS: ((bytes: Buffer) => Buffer)[] = [
  (bytes) => bytes,
  (bytes) => zlib.gzipSync(bytes),
  (bytes) => zlib.deflateRawSync(bytes),
  (bytes) => zlib.brotliCompressSync(bytes),
];

function randomBody(random: Random): Buffer {
  const pick = <T>(choices: readonly T[]) => choices[random(choices.length)] as T;
  const written = pick(NOTATIONS)(pick(BODIES)(pick(NAMES)));
  return pick(CODINGS)(pick(CHARACTERS)(pick(SURROUNDINGS)(written)));
}

describe('answers in any notation', () => {
  it('never lose the token: it is issued, or what was sent is not sent again', () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
    console.info(`seed ${seed}`);
    const random = randomFrom(seed);
    for (let count = 0; count < ANSWERS; count += 1) {
      const body = randomBody(random).toString('base64');
      const answer = archivedExchange({}, { body, body_encoding: 'base64' });
      if (issuedCredential(answer) !== ISSUED) {
        expect(judge(answer), body).toMatchObject({ code: 'unread_response' });
      }
    }
  });
});
