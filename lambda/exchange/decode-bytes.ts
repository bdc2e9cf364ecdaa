import zlib from 'node:zlib';
import { findLast } from './find-last.ts';

/** A body is read up to this size, as it arrived and decoded. A real reply has a few kilobytes. */
export const MAX_BODY_BYTES = 1_048_576;

/** The reason why some bytes did not become text to their end. */
export type DecodingFault = 'broken_coding' | 'unknown_coding' | 'not_text' | 'too_large';

/** Holds all the text that could be decoded, in the worst case nothing. */
export interface DecodedText {
  text: string;
  fault?: DecodingFault;
}

interface DecodedBytes {
  bytes: Buffer;
  fault?: DecodingFault;
}

type Inflate = (bytes: Buffer, options: zlib.ZlibOptions) => Buffer;

/** Nobody sends more than a coding within a coding within a coding. */
const MAX_CODINGS = 3;
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** A gzip stream may come behind a byte order mark or the size line of a chunk. */
const BEFORE_GZIP_BYTES = 32;
/** Bytes that are no text have control characters other than tabs, line and page ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NO_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/;

/**
 * Turns the bytes of a reply into text by what they are, since a header may have been lost or may
 * be wrong on the way. Takes off gzip, zlib, deflate, Brotli and Zstandard, keeps what a broken
 * stream gave, and reads UTF-8, UTF-16 and Latin-1.
 */
export function decodeBytes(arrived: Buffer): DecodedText {
  const { bytes, fault } = uncompress(arrived, MAX_CODINGS);
  // A few compressed bytes may pass for Latin-1.
  const text =
    trimmedText(decodeWide(bytes) ?? decodeUtf8(bytes)) ??
    (fault ? undefined : guessCoding(bytes)) ??
    trimmedText(decodeLatin1(bytes));
  if (text !== undefined) {
    return fault ? { text, fault } : { text };
  }
  return { text: readableBeginning(bytes), fault: fault ?? 'not_text' };
}

/** A broken stream gives some bytes at random before its fault is found. */
function readableBeginning(bytes: Buffer): string {
  const [decoded = ''] = bytes.toString('utf8').split('\ufffd', 1);
  const [readable = ''] = decoded.split(NO_TEXT, 1);
  return trimText(readable);
}

function uncompress(bytes: Buffer, depth: number): DecodedBytes {
  const decoded = depth > 0 ? takeOffCoding(bytes) : undefined;
  if (!decoded) {
    return { bytes };
  }
  return decoded.fault ? decoded : uncompress(decoded.bytes, depth - 1);
}

/** Returns undefined for bytes that begin like no coding. */
function takeOffCoding(bytes: Buffer): DecodedBytes | undefined {
  const gzipAt = bytes.subarray(0, BEFORE_GZIP_BYTES).indexOf(GZIP);
  if (gzipAt >= 0) {
    return inflate(bytes.subarray(gzipAt), zlib.gunzipSync);
  }
  if (bytes.indexOf(ZSTD) === 0) {
    return uncompressZstd(bytes);
  }
  if (!beginsLikeZlib(bytes)) {
    return undefined;
  }
  const decoded = inflate(bytes, zlib.inflateSync);
  return decoded.fault && decodeUtf8(bytes) !== undefined ? undefined : decoded;
}

/** The first two bytes of a zlib stream are a multiple of 31 (RFC 1950 section 2.2). */
function beginsLikeZlib(bytes: Buffer): boolean {
  return bytes.length > 2 && bytes[0] === 0x78 && bytes.readUInt16BE(0) % 31 === 0;
}

function uncompressZstd(bytes: Buffer): DecodedBytes {
  // Node 20 has no Zstandard.
  const { zstdDecompressSync } = zlib;
  if (!zstdDecompressSync) {
    return { bytes, fault: 'unknown_coding' };
  }
  return inflate(bytes, (part, { maxOutputLength }) =>
    zstdDecompressSync(part, { maxOutputLength }),
  );
}

function inflate(bytes: Buffer, decode: Inflate): DecodedBytes {
  const attempt = tryInflate(bytes, decode, {});
  if (Buffer.isBuffer(attempt)) {
    return { bytes: attempt };
  }
  const longest = inflateLongestPart(bytes, decode);
  if (!longest) {
    return { bytes: Buffer.alloc(0), fault: attempt };
  }
  const { length, decoded } = longest;
  const isStream = (end: number) => Buffer.isBuffer(tryInflate(bytes.subarray(0, end), decode, {}));
  // The first byte behind a whole stream is taken for the beginning of another one.
  const isWhole = isStream(length) || isStream(length - 1);
  return isWhole ? { bytes: decoded } : { bytes: decoded, fault: attempt };
}

/**
 * Decodes the longest beginning that can be decoded. That is all before a fault in the middle, and
 * the whole stream where only its checksum is wrong or something else comes behind it.
 */
function inflateLongestPart(
  bytes: Buffer,
  decode: Inflate,
): { length: number; decoded: Buffer } | undefined {
  const options = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  return findLast(bytes.length + 1, (length) => {
    const decoded = tryInflate(bytes.subarray(0, length), decode, options);
    return Buffer.isBuffer(decoded) ? { length, decoded } : undefined;
  });
}

function tryInflate(
  bytes: Buffer,
  decode: Inflate,
  options: zlib.ZlibOptions,
): Buffer | DecodingFault {
  try {
    return decode(bytes, { ...options, maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? 'too_large' : 'broken_coding';
  }
}

/** Brotli and raw deflate begin with no sign. They are tried, and count where a text comes out. */
function guessCoding(bytes: Buffer): string | undefined {
  for (const decode of [zlib.brotliDecompressSync, zlib.inflateRawSync]) {
    const attempt = tryInflate(bytes, decode as Inflate, {});
    const text = Buffer.isBuffer(attempt) ? toText(attempt) : undefined;
    if (text) {
      return text;
    }
  }
  return undefined;
}

function toText(bytes: Buffer): string | undefined {
  return trimmedText(decodeWide(bytes) ?? decodeUtf8(bytes) ?? decodeLatin1(bytes));
}

function trimmedText(decoded: string | undefined): string | undefined {
  const text = decoded === undefined ? undefined : trimText(decoded);
  return text === undefined || NO_TEXT.test(text) ? undefined : text;
}

/** Reads UTF-16 by its byte order mark, or by the zero in its first character of ASCII. */
function decodeWide(bytes: Buffer): string | undefined {
  const encoding = wideEncoding(bytes);
  if (encoding === undefined) {
    return undefined;
  }
  const pairs = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return ifMostlyAscii(decodeStrictly(pairs, encoding));
}

function wideEncoding([first, second]: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (first === undefined || second === undefined) {
    return undefined;
  }
  if (first === 0xff && second === 0xfe) {
    return 'utf-16le';
  }
  if (first === 0xfe && second === 0xff) {
    return 'utf-16be';
  }
  if (first !== 0 && second === 0) {
    return 'utf-16le';
  }
  if (first === 0 && second !== 0) {
    return 'utf-16be';
  }
  return undefined;
}

function decodeUtf8(bytes: Buffer): string | undefined {
  return decodeStrictly(bytes, 'utf-8');
}

function decodeLatin1(bytes: Buffer): string | undefined {
  return ifMostlyAscii(bytes.toString('latin1'));
}

/** Nearly any bytes are Latin-1 or UTF-16. A reply in one of them is ASCII with a few accents. */
function ifMostlyAscii(text: string | undefined): string | undefined {
  if (text === undefined) {
    return undefined;
  }
  const others = text.match(/[^\0-\x7f]/g) ?? [];
  return others.length * 4 <= text.length ? text : undefined;
}

const DECODERS = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true }),
};

function decodeStrictly(bytes: Buffer, encoding: keyof typeof DECODERS): string | undefined {
  try {
    return DECODERS[encoding].decode(bytes);
  } catch {
    return undefined;
  }
}

const EDGE = /[\s\0\ufeff\u200b]/;

/**
 * Takes off byte order marks, zeros and blanks at both ends. Walks, since a pattern for the end
 * would be tried at every blank of a page that is full of them.
 */
function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) {
    start += 1;
  }
  while (end > start && EDGE.test(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(start, end);
}
