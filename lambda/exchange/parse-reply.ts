import { mayRepeatName } from '../repeated-names.ts';
import { findLast } from './find-last.ts';
import { speaksOfToken } from './text-tokens.ts';
import { withoutEntities } from './without-entities.ts';

/** The value of a parsed text, and the text around it that is no part of it. */
export interface ParsedReply {
  body: unknown;
  rest: string;
}

/** No notice has more opening braces than this; each one costs a walk through the text. */
const MAX_OBJECTS_TRIED = 32;

/** Tokens alone, one or some with a life beside them. */
const MOST_BARE_WORDS = 4;

/**
 * Reads a reply as people at the other end may have meant it: JSON, JSON in a JSON text, in Base64
 * or in a JSON Web Token, a form, one object with something around it (a PHP notice, `)]}'`, a
 * comment, a callback, entities of HTML) or in one event of a stream, or tokens alone. Returns
 * undefined where the text is none of these.
 */
export function parseReply(text: string): ParsedReply | undefined {
  const json = parseJson(text);
  if (json) {
    return parsedJson(json.value, text);
  }
  const decoded = parseBase64(jwtPayload(text) ?? text);
  if (decoded) {
    // A JSON Web Token that holds no token may be one.
    const rest = speaksOfToken(decoded.json) ? '' : text;
    return { body: unwrap(decoded.value), rest };
  }
  return (
    parseForm(text) ??
    findOneObject(text) ??
    parseEvent(text) ??
    findOneObject(withoutEntities(text)) ??
    parseBareWords(text)
  );
}

/** A text alone is a list of one, so that a definition can name its place. */
function parsedJson(json: unknown, text: string): ParsedReply {
  const value = unwrap(json);
  return typeof value === 'string'
    ? { body: [value], rest: value }
    : { body: value, rest: repeatedMembers(text, json) };
}

/**
 * Reads an event of a stream whose object stands on several lines
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 */
function parseEvent(text: string): ParsedReply | undefined {
  const lines = text.split(/\r\n|\n|\r/);
  const data = lines.flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []);
  const others = lines.filter((line) => !line.startsWith('data:'));
  const parsed = data.length > 0 ? parseJson(data.join('')) : undefined;
  return parsed && { body: unwrap(parsed.value), rest: others.join('\n') };
}

/** Takes words of a token's length for a list, so that a definition can name their places. */
function parseBareWords(text: string): ParsedReply | undefined {
  const words = text.split(/[\s,;]+/, MOST_BARE_WORDS + 1);
  const isList = words.length <= MOST_BARE_WORDS && words.every(isBareWord);
  return isList && words.some((word) => word.length >= 16)
    ? { body: words, rest: text }
    : undefined;
}

function isBareWord(word: string): boolean {
  return /^(?:\d{1,10}|bearer|[\w.~+/|=-]{16,16384})$/i.test(word);
}

/**
 * Returns a text of JSON if an object in it has two members of one name. Of these the last one
 * counts, and the first one may hold the token. Returns an empty text otherwise.
 */
function repeatedMembers(json: string, value: unknown): string {
  return mayRepeatName(json, value) && repeatsName(json) ? json : '';
}

function repeatsName(json: string): boolean {
  const names: Set<string>[] = [];
  const marks = /[{}]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/gs;
  for (const [mark, text = '', colon] of json.matchAll(marks)) {
    if (mark === '{') {
      names.push(new Set());
    } else if (mark === '}') {
      names.pop();
    } else if (colon) {
      const name = text.includes('\\') ? String(parseJson(text)?.value) : text.slice(1, -1);
      if (names.at(-1)?.has(name)) {
        return true;
      }
      names.at(-1)?.add(name);
    }
  }
  return false;
}

/**
 * Returns the members of an object that arrived whole, where its text ended early.
 * A number at the very end may have lost digits, and is left out.
 */
export function parseBeginning(text: string): unknown {
  const start = text.indexOf('{');
  if (start < 0) {
    return lastPairRemoved(text);
  }
  const { commas } = walkObject(text, start);
  const ends = /["}\]]$/.test(text) ? [...commas, text.length] : commas;
  const found = findLast(ends.length, (index) => parseJson(closedAt(text, start, ends[index])));
  return found?.value;
}

/** Returns the text of an object up to an index, with what closes there all that is open. */
function closedAt(text: string, start: number, end?: number): string {
  const { open } = walkObject(text, start, end);
  const closers = open.reverse().map((sign) => (sign === '{' ? '}' : ']'));
  return text.slice(start, end) + closers.join('');
}

/** Returns true if the text holds an object to its end, so that it is whole though more was cut. */
export function firstObjectCloses(text: string): boolean {
  const start = text.indexOf('{');
  return start >= 0 && walkObject(text, start).end !== undefined;
}

/** Reads a text that is JSON to its end, or returns undefined. */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

/** Takes off a second layer of JSON, or a list around one object. */
function unwrap(value: unknown): unknown {
  if (typeof value === 'string') {
    const inner = parseJson(value) ?? parseBase64(jwtPayload(value) ?? value);
    return inner?.value ?? value;
  }
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

/** Returns the payload of a JSON Web Token (RFC 7519) in Base64, or undefined for any other text. */
export function jwtPayload(text: string): string | undefined {
  return /^e[wy][\w-]+\.(e[wy][\w-]+)\.[\w-]*$/.exec(text)?.[1];
}

function parseBase64(text: string): { value: unknown; json: string } | undefined {
  if (!/^e[wy][A-Za-z0-9+/_\s-]+={0,2}$/.test(text)) {
    return undefined;
  }
  const json = Buffer.from(text, 'base64').toString('utf8');
  const parsed = parseJson(json);
  return parsed && { ...parsed, json };
}

/** Returns true for a form, whose end no mark shows. */
export function isForm(text: string): boolean {
  return parseForm(text) !== undefined;
}

/** Takes a form as a body, a query or a fragment, also with its pairs on lines of their own. */
function parseForm(text: string): ParsedReply | undefined {
  const pairs = text
    .replace(/^[?#]/, '')
    .split(/&amp;|[&;]|\r?\n/)
    .filter(Boolean);
  const isForm = pairs.every((pair) => /^[\w.%+[\]-]{1,64}=[^\s<>"{}]*$/.test(pair));
  if (!isForm || pairs.length === 0) {
    return undefined;
  }
  const fields = [...new URLSearchParams(pairs.map(withPlusSigns).join('&'))];
  const body = Object.fromEntries(fields);
  const isRepeated = Object.keys(body).length < fields.length;
  const rest = isRepeated ? fields.map(([name, value]) => `${name}=${value}`).join('\n') : '';
  return { body, rest };
}

/** A plus sign is a blank in a form, but no token holds one. Its server did not encode it. */
function withPlusSigns(pair: string): string {
  return /^[\w.-]*token=/i.test(pair) ? pair.replaceAll('+', '%2B') : pair;
}

function lastPairRemoved(text: string): unknown {
  const end = Math.max(0, text.lastIndexOf('&'));
  return parseForm(text.slice(0, end))?.body;
}

/** Takes the only object of the text, or of several the only one that speaks of a token. */
function findOneObject(text: string): ParsedReply | undefined {
  const found = findObjects(text);
  const speaking = found.filter(({ start, end }) => speaksOfToken(text.slice(start, end)));
  const [object, ...others] = speaking.length > 0 ? speaking : found;
  if (!object || others.length > 0) {
    return undefined;
  }
  const own = repeatedMembers(text.slice(object.start, object.end), object.value);
  const rest = `${text.slice(0, object.start)}\n${own}\n${text.slice(object.end)}`;
  return { body: object.value, rest };
}

/** An object within a text, from its opening brace to behind its closing one. */
interface FoundObject {
  start: number;
  end: number;
  value: unknown;
}

function findObjects(text: string): FoundObject[] {
  const found: FoundObject[] = [];
  let start = objectFrom(text, 0);
  for (let tried = 0; start >= 0 && tried < MAX_OBJECTS_TRIED; tried += 1) {
    const object = objectAt(text, start);
    if (object) {
      found.push(object);
    }
    start = objectFrom(text, object?.end ?? start + 1);
  }
  return found;
}

/** Returns the next index at which an object of JSON may begin, or -1. */
function objectFrom(text: string, from: number): number {
  const distance = text.slice(from).search(/\{\s*["}]/);
  return distance < 0 ? -1 : from + distance;
}

function objectAt(text: string, start: number): FoundObject | undefined {
  const { end } = walkObject(text, start);
  if (end === undefined) {
    return undefined;
  }
  const parsed = parseJson(text.slice(start, end));
  return parsed && { start, end, value: parsed.value };
}

interface Walk {
  /** The index behind the object's closing brace; undefined where the text ends before it. */
  end?: number;
  /** The braces and brackets that are open where the walk ends, the outermost first. */
  open: string[];
  /** The indexes of the commas that end a member. */
  commas: number[];
}

/** Walks from an opening brace to its closing one; braces in JSON strings do not count. */
function walkObject(text: string, start: number, until = text.length): Walk {
  const open: string[] = [];
  const commas: number[] = [];
  for (let at = start; at < until; at += 1) {
    const sign = text.charAt(at);
    switch (sign) {
      case '"':
        at = closingQuote(text, at);
        break;
      case '{':
      case '[':
        open.push(sign);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        commas.push(at);
        break;
    }
    if (open.length === 0) {
      return { end: at + 1, open, commas };
    }
  }
  return { open, commas };
}

/** Returns the index of the quote that closes a JSON string, or the length of the text. */
function closingQuote(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at += 1) {
    if (text[at] === '"') {
      return at;
    }
    if (text[at] === '\\') {
      at += 1;
    }
  }
  return text.length;
}
