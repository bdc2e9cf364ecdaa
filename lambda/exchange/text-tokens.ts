import { decoded } from './percent-decoded.ts';
import { isToken } from './reply-fields.ts';
import { withoutEntities } from './without-entities.ts';

/** UTF-7 may encode the sign between the words. */
const NAME = '(?:refresh|access)(?:[ _.+-]|\\+AF8-)?token(?:[ _.-]?value)?';
const QUOTE = String.raw`(?:\\*["'\x60\]\u2018-\u201f])*`;
const ASSIGNED = String.raw`\s*(?:\bvalue\s*)?(?:=>|[:=>])\s*`;
/** One run of blanks is tried in one way. Two in a row would be tried in all. */
const DATA = String.raw`\s*(?:<!\[CDATA\[\s*)?`;
const VALUE = String.raw`((?:\\\/|[^\s"'\x60<>&,;{}()[\]\\\u2018-\u201f])+)`;

/** Match a token's name and value in any notation, such as JSON, Python, XML, a form, a query. */
const NOTATIONS = [
  `${NAME}${QUOTE}${ASSIGNED}${QUOTE}${VALUE}`,
  // An element with attributes, or one that wraps its text.
  String.raw`${NAME}(?:\s[^<>]{0,300})?>${DATA}${VALUE}`,
  // A property list: the name in one element, the value in the next one.
  String.raw`${NAME}\s*<\/\w+>\s*<\w+>${DATA}${VALUE}`,
  // PHP's serialize().
  String.raw`${NAME}";s:\d+:"${VALUE}`,
  // An input whose value comes before its name.
  String.raw`value=["']${VALUE}["'][^<>]{0,200}\sname=["']?${NAME}`,
  // A part of multipart/form-data.
  String.raw`name="?${NAME}"?[^\r\n]*\r?\n(?:[\w-]+:[^\r\n]*\r?\n)*\r?\n${VALUE}`,
  // MessagePack and CBOR: a length of a few bytes.
  String.raw`${NAME}[^\x20-\x7e\s][^\x21-\x7e]{0,4}([\x21-\x7e]{8,})`,
].map((pattern) => new RegExp(pattern, 'gi'));
/** A request names its grant so. An echo of one is no answer. */
const NOT_GRANT = String.raw`(?<!grant_type\W{0,6})`;
/** Signs between a name and its value, and the words that notations put there. */
const BETWEEN = String.raw`(?:[^a-z0-9]|\+AC\w-|\b(?:string|str|content|values?|td|dd|\d+)\b)`;
/** A name, and something like a token close behind it, in any other notation. */
const CLOSE_BEHIND = new RegExp(
  String.raw`${NOT_GRANT}${NAME}${BETWEEN}{1,80}?([\w.~+/|-]{12,}={0,2})`,
  'gi',
);
const NAME_ALONE = new RegExp(`${NAME}["']?$`, 'i');
/** A text of one long word, as a token alone, encrypted or in hexadecimal digits, is. */
const ONE_WORD = /^["']?(?!https?:)[^\s"'<>{}[\]()=:&;%]{16,16384}={0,2}["']?$/;

/** Returns a text that is one long word. */
export function tokenAlone(text: string): string[] {
  const trimmed = text.trim();
  return ONE_WORD.test(trimmed) ? [unquoted(trimmed)] : [];
}

/** Returns the values in a text that have a token's name. */
export function tokensInText(text: string): string[] {
  const texts = [...new Set([text, plainText(text), plainText(withoutSoftLineEnds(text))])];
  if (!texts.some((one) => /token/i.test(one))) {
    return [];
  }
  const values = texts.flatMap((one) => [...namedValues(one), ...valuesCloseBehind(one)]);
  return [...values, ...cellsUnderNames(text)];
}

/** Returns whether a text of JSON has the word that each token's name has. */
export function speaksOfToken(json: string): boolean {
  return /token/i.test(plainText(json));
}

/** Returns a text with the characters themselves for their codes in JSON, HTML and addresses. */
export function plainText(text: string): string {
  const unescaped = text
    .replaceAll('\\/', '/')
    .replace(/\\u([0-9a-f]{4})/gi, (_escape, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  return decoded(withoutEntities(unescaped));
}

function valuesCloseBehind(text: string): string[] {
  const values = [...text.matchAll(CLOSE_BEHIND)].map(([, value = '']) => value);
  return values.filter((value) => isToken(value) && isRandom(value));
}

/** Tells a value from a word of a language. Few words have digits, or capitals within. */
export function isRandom(value: string): boolean {
  return /\d|\||[a-z][A-Z]|^[A-Z]\w*[a-z].*[A-Z]/.test(value);
}

function namedValues(text: string): string[] {
  const matches = NOTATIONS.flatMap((notation) => [...text.matchAll(notation)]);
  const values = matches.map(([, value = '']) => value.replaceAll('\\/', '/'));
  return values.filter((value) => isToken(value) && /\d|.{8}/.test(value));
}

/** Takes off the line ends of the quoted-printable encoding (RFC 2045 section 6.7). */
function withoutSoftLineEnds(text: string): string {
  const hasSoftLineEnds = /=\r?\n/.test(text);
  return hasSoftLineEnds ? text.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=') : text;
}

/** Returns the cells of each line under one that names the columns of a table. */
function cellsUnderNames(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.split(/[,;\t|]/));
  const cells = lines.filter((_cells, index) => hasTokenColumn(lines[index - 1] ?? [])).flat();
  const values = cells.map((cell) => unquoted(cell.trim()));
  return values.filter((value) => isToken(value) && value.length >= 8);
}

function hasTokenColumn(columns: readonly string[]): boolean {
  return columns.length > 1 && columns.some((name) => NAME_ALONE.test(name.trim()));
}

function unquoted(text: string): string {
  return text.replace(/^["']|["']$/g, '');
}
