import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { behindHeaders } from './behind-headers.ts';
import { type DecodingFault, decodeBytes } from './decode-bytes.ts';
import { firstObjectCloses, parseBeginning, parseReply } from './parse-reply.ts';

type Reply = Pick<ArchivedExchange, 'body' | 'body_encoding' | 'wire' | 'failure'>;

/**
 * The content of a reply. `body` is the parsed value or undefined, and `rest` the text that is no
 * part of it.
 *
 * - `read`: it was read to its end.
 * - `cut`: the connection ended early. `body` holds the members that came whole.
 * - `unread`: it came to its end, or to our own limit, and did not become text to its end. `body`
 *   holds what could be read of it.
 * - `nothing`: it is text to its end, and neither an object nor a form.
 */
export type Reading = { body?: unknown; rest: string } & (
  | { kind: 'read' }
  | { kind: 'cut' }
  | { kind: 'unread'; reason: DecodingFault }
  | { kind: 'nothing' }
);

/** Reads an archived reply as hard as sense allows: its body, or else all bytes of its wire. */
export function readReply({ body, body_encoding, wire, failure }: Reply): Reading {
  const arrived = Buffer.from(body, body_encoding);
  const end = endOf(failure);
  if (wire === undefined) return readBytes(arrived, end);
  const fromWire = readBytes(behindHeaders(Buffer.from(wire, 'base64')), end);
  if (fromWire.kind === 'read') return fromWire;
  const fromBody = readBytes(arrived, end);
  return fromBody.kind === 'read' ? { ...fromBody, rest: fromWire.rest } : fromWire;
}

/** Returns the text of a reply as far as it can be decoded. */
export function replyText({ body, body_encoding, wire }: Reply): string {
  const bytes = wire === undefined ? Buffer.from(body, body_encoding) : Buffer.from(wire, 'base64');
  return decodeBytes(bytes).text;
}

type End = 'whole' | 'cut' | 'too_large';

function endOf(failure: Reply['failure']): End {
  if (failure?.kind !== 'cut') return 'whole';
  return failure.code === 'too_large' ? 'too_large' : 'cut';
}

function readBytes(bytes: Buffer, end: End): Reading {
  const { text, fault } = decodeBytes(bytes);
  const isWhole = end === 'whole' && !fault;
  const parsed = parseReply(text);
  if (parsed && (isWhole || firstObjectCloses(text))) return { kind: 'read', ...parsed };
  if (isWhole) return { kind: 'nothing', rest: text };
  const salvaged = { body: parseBeginning(text), rest: text };
  if (end === 'cut') return { kind: 'cut', ...salvaged };
  return { kind: 'unread', reason: fault ?? 'too_large', ...salvaged };
}
