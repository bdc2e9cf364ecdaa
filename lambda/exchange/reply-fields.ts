import { listOf } from '../providers/fields.ts';
import { withoutEntities } from './without-entities.ts';

type Paths = string | readonly string[] | null;

/** Matches a character that people can see. Some letters of Unicode are drawn as a blank. */
const VISIBLE = /[^\s\p{C}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** Most texts hold one of these, which is found sooner. */
const VISIBLE_ASCII = /[!-~]/;

/** Returns true for a text without a visible character, such as one of blanks and line ends. */
export function isBlank(text: string): boolean {
  return !VISIBLE_ASCII.test(text) && !VISIBLE.test(text);
}

/** What programs write where they have no token. */
const NO_VALUE = 'null|nil|none|undefined|nan|n/a|true|false|redacted|masked|hidden|removed|[01]';
const PLACEHOLDER =
  '(?:your[ _.-]?)?(?:refresh|access)?[ _.-]?token|string|bearer|\\[object \\w+\\]';
const NO_TOKEN = new RegExp(
  `^(?:\\W*(?:${NO_VALUE}|${PLACEHOLDER})\\W*|\\W+|%[sdv]|(.)\\1{3,63})$`,
  'i',
);
/** A token of which only a part is shown. */
const MASKED = /\*{3}|\u2022{2}|(?:\.{3}|\u2026)$/;

/** Returns true for a text that may be a token: no blank, no placeholder, and not masked. */
export function isToken(text: string): boolean {
  const trimmed = text.trim();
  return !isBlank(trimmed) && !NO_TOKEN.test(trimmed) && !MASKED.test(trimmed);
}

/**
 * Returns the token at the first path that holds one, or undefined. It comes without blanks around
 * it, and without entities of HTML, which no token holds.
 */
export function tokenAt(body: unknown, paths: Paths): string | undefined {
  const text = firstAt(body, paths, isTokenText);
  return text && withoutEntities(text).trim();
}

/** Returns the value at the first path that holds one, or undefined. */
export function valueAt(body: unknown, paths: Paths): unknown {
  return firstAt(body, paths, isValue);
}

/** Returns the text at the first path that holds one which is not blank, or undefined. */
export function textAt(body: unknown, paths: Paths): string | undefined {
  return firstAt(body, paths, isFilledText);
}

function firstAt<T>(
  body: unknown,
  paths: Paths,
  isWanted: (value: unknown) => value is T,
): T | undefined {
  for (const path of listOf(paths)) {
    const value = valueAtPath(body, path);
    if (isWanted(value)) {
      return value;
    }
  }
  return undefined;
}

function isTokenText(value: unknown): value is string {
  return typeof value === 'string' && isToken(value);
}

function isValue(value: unknown): value is NonNullable<unknown> {
  return value !== undefined && value !== null;
}

function isFilledText(value: unknown): value is string {
  return typeof value === 'string' && !isBlank(value);
}

/** Returns the value at a dotted path of objects' own keys. */
function valueAtPath(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    if (!Object.hasOwn(value, key)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
