/** Codes of a TLS handshake that the server ends when it sees the client's part of it. */
const HANDSHAKE_REFUSED =
  /^ERR_SSL_\w+_ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/;
/**
 * In hexadecimal digits, a TLS alert (RFC 8446 section 6) or a frame of HTTP/2 that sets the
 * connection up or ends it (RFC 9113 section 6).
 */
const OTHER_PROTOCOL = /^(?:15030[0-4]0002|00....0[47]0[01]00000000)/;

/**
 * Returns a code if the server cannot have read the request, of which nothing is spent then, or
 * undefined. `wire` is all that came, and `error` says why no more did.
 *
 * In TLS 1.3 a client may send before the server has seen its certificate, or that it has none.
 */
export function whyNeverRead(wire: Buffer, error: string | undefined): string | undefined {
  if (wire.length === 0 && HANDSHAKE_REFUSED.test(error ?? '')) {
    return error;
  }
  return OTHER_PROTOCOL.test(wire.toString('hex', 0, 16)) ? 'other_protocol' : undefined;
}
