import type { HttpAnswer } from '../ports.ts';
import { readReply } from './read-reply.ts';

/**
 * Returns the parsed body of an answer that is not archived, or undefined where it is no object.
 */
export function answerBody({ body }: Pick<HttpAnswer, 'body'>): unknown {
  const encoded = Buffer.from(body).toString('base64');
  return readReply({
    body: encoded,
    body_encoding: 'base64',
    failure: null,
  }).body;
}

/** Returns whether an answer came whole, and with success. */
export function isWholeSuccess({ status, failure }: HttpAnswer): boolean {
  return status !== null && status >= 200 && status < 300 && !failure;
}
