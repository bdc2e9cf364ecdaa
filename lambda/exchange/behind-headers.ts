const INTERIM = /^HTTP\/\d\.\d +1\d\d\b/;

/**
 * Returns the bytes of the final answer, without empty lines and interim answers before it (RFC
 * 9110 section 15.2).
 */
export function finalAnswer(wire: Buffer): Buffer {
  const answer = wire.subarray(/^[\r\n]*/.exec(wire.toString('latin1', 0, 16))?.[0].length);
  if (!INTERIM.test(answer.toString('latin1', 0, 16))) {
    return answer;
  }
  const rest = behindEmptyLine(answer);
  return rest === answer ? answer : finalAnswer(rest);
}

/** Returns the bytes behind the headers of the final answer, or all of it without an empty line. */
export function behindHeaders(wire: Buffer): Buffer {
  return behindEmptyLine(finalAnswer(wire));
}

function behindEmptyLine(bytes: Buffer): Buffer {
  const ends = ['\r\n\r\n', '\n\n', '\r\r'].flatMap((end) => {
    const at = bytes.indexOf(end);
    return at < 0 ? [] : [at + end.length];
  });
  return ends.length > 0 ? bytes.subarray(Math.min(...ends)) : bytes;
}
