import { placeAt, type SourceFault } from './source-fault.ts';

/** One `NAME=value` of an env file. */
export interface Binding {
  key: string;
  value: string;
  isQuoted: boolean;
  line: number;
  /** Where the value begins in the text. */
  offset: number;
}

/**
 * Reads an env file by the grammar of python-dotenv (its parser.py), without filling in `${…}`.
 * Lines that this parser would skip without a word come back as faults. So do quotes that close
 * some lines later, around other bindings.
 */
export function readEnvFile(text: string): { bindings: Binding[]; faults: SourceFault[] } {
  const bindings: Binding[] = [];
  const faults: SourceFault[] = [];
  const cursor: Cursor = { text, at: 0 };
  for (;;) {
    take(cursor, BLANKS);
    if (cursor.at >= text.length) {
      return { bindings, faults };
    }
    const start = cursor.at;
    const { line } = placeAt(text, start);
    const read = readBinding(cursor);
    if (typeof read === 'string') {
      faults.push({ place: { line }, message: read });
      take(cursor, REST_OF_LINE);
    } else if (read?.isQuoted && SWALLOWED.test(read.value)) {
      faults.push({ place: { line }, message: SWALLOWS });
    } else if (read) {
      bindings.push({ ...read, line });
    }
  }
}

interface Cursor {
  text: string;
  at: number;
}

type Value = Pick<Binding, 'value' | 'isQuoted' | 'offset'>;

// Python's idea of white space; that of JavaScript has other members.
const WHITE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const BLANK = WHITE.replace('\\t-\\r', '\\t\\v\\f');

const BLANKS = sticky(`[${WHITE}]*`);
const EXPORT = sticky(`(?:export[${BLANK}]+)?`);
const QUOTED_KEY = sticky(`'([^']+)'`);
const KEY = sticky(`([^=#${WHITE}]+)`);
const BLANKS_IN_LINE = sticky(`[${BLANK}]*`);
const EQUALS = sticky(`=[${BLANK}]*`);
const SINGLE_QUOTED = sticky(`'((?:\\\\'|[^'])*)'`);
const DOUBLE_QUOTED = sticky(`"((?:\\\\"|[^"])*)"`);
const UNQUOTED = sticky('([^\\r\\n]*)');
const COMMENT = sticky(`(?:[${BLANK}]*#[^\\r\\n]*)?`);
const END_OF_LINE = sticky(`[${BLANK}]*(?:\\r\\n|\\n|\\r|$)`);
const REST_OF_LINE = sticky('[^\\r\\n]*(?:\\r\\n|\\r|\\n)?');

const INLINE_COMMENT = new RegExp(`[${WHITE}]+#.*`, 's');
const TRAILING_BLANKS = new RegExp(`[${WHITE}]+$`);

/** That parser takes any key; names of variables are meant. */
const NAME = /^\w[\w.-]*$/;

/** A line inside a quoted value that is a binding. A line of base64 has nothing behind `=`. */
const SWALLOWED = /[\r\n]\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*[^=\s]/;
const SWALLOWS = 'the quote that opens here closes on a later line, behind another NAME=value';

/** Returns the binding, null for a comment, or the reason why the line is neither. */
function readBinding(cursor: Cursor): Omit<Binding, 'line'> | null | string {
  const start = cursor.at;
  take(cursor, EXPORT);
  const isComment = peek(cursor) === '#';
  const key = isComment ? null : takeKey(cursor);
  if (!isComment && !NAME.test(key ?? '')) {
    return noBinding(cursor, start);
  }
  take(cursor, BLANKS_IN_LINE);
  const value = peek(cursor) === '=' ? readValue(cursor) : null;
  if (typeof value === 'string') {
    return value;
  }
  take(cursor, COMMENT);
  if (take(cursor, END_OF_LINE) === null) {
    return value?.isQuoted ? 'there is text behind the closing quote' : noBinding(cursor, start);
  }
  if (key === null) {
    return null;
  }
  return value === null ? noBinding(cursor, start) : { key, ...value };
}

function takeKey(cursor: Cursor): string | null {
  return take(cursor, peek(cursor) === "'" ? QUOTED_KEY : KEY);
}

/** Returns the value behind an equals sign, or the reason why there is none. */
function readValue(cursor: Cursor): Value | string {
  take(cursor, EQUALS);
  const offset = cursor.at;
  const quote = peek(cursor);
  if (quote !== '"' && quote !== "'") {
    const raw = take(cursor, UNQUOTED) ?? '';
    const value = raw.replace(INLINE_COMMENT, '').replace(TRAILING_BLANKS, '');
    return {
      value,
      isQuoted: false,
      offset,
    };
  }
  const raw = take(cursor, quote === '"' ? DOUBLE_QUOTED : SINGLE_QUOTED);
  if (raw === null) {
    return 'the quote that opens here does not close';
  }
  return {
    value: withoutEscapes(raw, quote),
    isQuoted: true,
    offset: offset + 1,
  };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function withoutEscapes(raw: string, quote: '"' | "'"): string {
  const known = quote === '"' ? /\\([\\'"abfnrtv])/g : /\\([\\'])/g;
  return raw.replace(known, (_, letter: string) => ESCAPES.get(letter) ?? letter);
}

const MISTAKES: readonly { form: RegExp; message: string }[] = [
  {
    form: /^(?:set|setx|setenv|declare|typeset|readonly|local)\s|^\$env:/i,
    message: 'this is a command of a shell. Write NAME=value alone',
  },
  { form: /^['"]?[\w.-]+['"]?\s*:(?:\s|$)/, message: 'this is YAML. Write NAME=value' },
  { form: /^\[.*\]\s*$/, message: 'this is the head of a section, as INI files have them' },
];

/** Guesses in words what a line is that is no binding. */
function noBinding({ text }: Cursor, start: number): string {
  const [line = ''] = text.slice(start).split(/[\r\n]/, 1);
  return (
    MISTAKES.find(({ form }) => form.test(line))?.message ??
    'this is not NAME=value. It may be the rest of a value that was broken over two lines'
  );
}

function sticky(source: string): RegExp {
  return new RegExp(source, 'y');
}

/** Moves on over a match, and returns its group (or all of it); null where nothing matches. */
function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (!match) {
    return null;
  }
  cursor.at += match[0].length;
  return match[1] ?? match[0];
}

function peek({ text, at }: Cursor): string {
  return text.charAt(at);
}
