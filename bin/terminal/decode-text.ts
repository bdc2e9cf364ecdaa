import { CommandError } from '../errors.ts';

/**
 * Decodes the bytes of a text as UTF-8, or UTF-16 as PowerShell writes it, with or without a byte
 * order mark, which is taken off. Throws CommandError with the place of the first byte that is
 * neither. `what` names the text in the message.
 */
export function decodeText(bytes: Uint8Array, what: string): string {
  const encoding = encodingOf(bytes);
  if (bytes.length >= 4 && isZip(bytes)) {
    throw new CommandError(
      `${what} is a zip file, such as an Excel workbook. Save the sheet as CSV and import that.`,
    );
  }
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const where = encoding === 'utf-8' ? ` at line ${firstBadLine(bytes)}` : '';
    throw new CommandError(
      `${what} is not a text in UTF-8${where}. Save it again with the encoding UTF-8.`,
    );
  }
}

/** The share of zero bytes that tells UTF-16 without a mark from UTF-8. */
const MOST = 0.8;
const LOOKED_AT = 1024;

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return 'utf-16le';
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return 'utf-16be';
  }
  const start = bytes.subarray(0, LOOKED_AT);
  const pairs = Math.floor(start.length / 2);
  const zeros = (from: 0 | 1) => start.filter((byte, at) => byte === 0 && at % 2 === from).length;
  if (pairs > 0 && zeros(1) >= pairs * MOST) {
    return 'utf-16le';
  }
  if (pairs > 0 && zeros(0) >= pairs * MOST) {
    return 'utf-16be';
  }
  return 'utf-8';
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;
}

function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) {
      return line;
    }
    start = end + 1;
    line++;
  }
}
