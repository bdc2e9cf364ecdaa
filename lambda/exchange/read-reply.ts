import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { remembered } from '../remembered.ts';
import { behindHeaders } from './behind-headers.ts';
import { type DecodedText, type DecodingFault, decodeBytes } from './decode-bytes.ts';
import { firstObjectCloses, isForm, parseBeginning, parseReply } from './parse-reply.ts';

type Reply = Pick<ArchivedExchange, 'body' | 'body_encoding' | 'wire' | 'failure'>;

/**
 * Holds the content of a reply. `body` is the parsed value or undefined, and `rest` the text that is
 * no part of it.
 *
 * - `read`: it was read to its end.
 * - `cut`: the connection ended early. `body` holds the members that came whole.
 * - `unread`: it came to its end, or to our own limit, and did not become text to its end, or came
 *   in no proper HTTP. `body` holds what could be read of it.
 * - `nothing`: it is text to its end, and neither an object nor a form.
 */
export type Reading = { body?: unknown; rest: string } & (
  | { kind: 'read' }
  | { kind: 'cut' }
  | { kind: 'unread'; reason: DecodingFault | 'not_http' }
  | { kind: 'nothing' }
);

/** An exchange is never changed, and each question about it begins with its reply. */
const readings = new WeakMap<Reply, Reading>();

/** Reads the body of an archived reply, or all bytes of its wire, as hard as sense allows. */
export function readReply(reply: Reply): Reading {
  return remembered(readings, reply, readArrived);
}

function readArrived({ body, body_encoding, wire, failure }: Reply): Reading {
  const arrived = Buffer.from(body, body_encoding);
  const end = endOf(failure);
  if (wire === undefined) {
    return readBody(arrived, end);
  }
  const bytes = Buffer.from(wire, 'base64');
  const payload = behindHeaders(bytes);
  const whole = decodeBytes(payload);
  // A fault may come from what belongs to HTTP, so that what was decoded may be wrong.
  const joined = decodeBytes(withoutSizeLines(payload));
  // What came where headers belong is no header.
  const all = decodeBytes(bytes);
  const part = decodeBytes(arrived);
  const candidates = isTorn(part.text, whole.text)
    ? [whole, joined, all]
    : [whole, joined, part, all];
  const sound = candidates.filter(({ fault }) => !fault);
  for (const decoded of sound) {
    const reading = readText(decoded, end);
    if (reading.kind === 'read') {
      const behind = decoded === part && whole.text.startsWith(part.text);
      return behind ? withBehind(reading, whole.text.slice(part.text.length)) : reading;
    }
  }
  const text = payload.length > 0 ? joined : all;
  return asUnread(readText(text, end));
}

/** A second answer may stand behind the first one, and hold a newer token. */
function withBehind(reading: Reading, behind: string): Reading {
  return { ...reading, rest: `${reading.rest}\n${behind}` };
}

/** A server may put its own size lines into the body, as `aws-chunked` does. */
function readBody(arrived: Buffer, end: End): Reading {
  const reading = readText(decodeBytes(arrived), end);
  if (reading.kind !== 'nothing') {
    return reading;
  }
  const joined = readText(decodeBytes(withoutSizeLines(arrived)), end);
  return joined.kind === 'read' ? joined : reading;
}

/** A length that is too short may tear the last token of a form in two. */
function isTorn(part: string, whole: string): boolean {
  return isForm(part) && whole.startsWith(part) && /^\S/.test(whole.slice(part.length));
}

/** Returns the text of a reply as far as it can be decoded. */
export function replyText({ body, body_encoding, wire }: Reply): string {
  const bytes = wire === undefined ? Buffer.from(body, body_encoding) : Buffer.from(wire, 'base64');
  return decodeBytes(bytes).text;
}

type End = 'whole' | 'cut' | 'too_large';

function endOf(failure: Reply['failure']): End {
  if (failure?.kind !== 'cut') {
    return 'whole';
  }
  return failure.code === 'too_large' ? 'too_large' : 'cut';
}

function readText({ text, fault }: DecodedText, end: End): Reading {
  const isWhole = end === 'whole' && !fault;
  const parsed = isWhole || firstObjectCloses(text) ? parseReply(text) : undefined;
  if (parsed) {
    return { kind: 'read', ...parsed };
  }
  if (isWhole) {
    return { kind: 'nothing', rest: text };
  }
  const body = parseBeginning(text);
  if (end === 'cut') {
    return { kind: 'cut', body, rest: text };
  }
  return {
    kind: 'unread',
    reason: fault ?? 'too_large',
    body,
    rest: text,
  };
}

/** Takes off the lines that say how long the next chunk is (RFC 9112 section 7.1). */
function withoutSizeLines(payload: Buffer): Buffer {
  const sizeLine = /(?:^|\r?\n)[0-9a-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n/gi;
  return Buffer.from(payload.toString('latin1').replace(sizeLine, ''), 'latin1');
}

/**
 * Returns a reading as `not_http` where its bytes may hold a token. What belongs to HTTP may tear a
 * token in two, so no name or value of one is looked for.
 */
function asUnread(reading: Reading): Reading {
  const { kind, rest } = reading;
  const namesToken = /token/i.test(rest.replace(/[^a-z]/gi, ''));
  if (kind === 'cut') {
    return reading;
  }
  if (kind === 'nothing' && !namesToken) {
    return reading;
  }
  return { kind: 'unread', reason: 'not_http', rest };
}
