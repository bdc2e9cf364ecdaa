const INTERIM = /^HTTP\/\d\.\d +1(?!01)\d\d\b/;

/**
 * Returns the bytes behind the empty line that ends an answer's headers, and behind those of its
 * interim answers (RFC 9110 section 15.2). Returns all bytes where no empty line came.
 */
export function behindHeaders(arrived: Buffer): Buffer {
  const wire = arrived.subarray(/^[\r\n]*/.exec(arrived.toString('latin1', 0, 16))?.[0].length);
  const ends = ['\r\n\r\n', '\n\n'].flatMap((end) => {
    const at = wire.indexOf(end);
    return at < 0 ? [] : [at + end.length];
  });
  if (ends.length === 0) return wire;
  const rest = wire.subarray(Math.min(...ends));
  return INTERIM.test(wire.toString('latin1', 0, 16)) ? behindHeaders(rest) : rest;
}
