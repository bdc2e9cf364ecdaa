import { credentialFault, trimCredential } from '../../lambda/map/credential-text.ts';
import { readPastedCode } from '../consent/pasted-code.ts';

/** The value of a field, or the reason why a text is none, as words that follow "it". */
export type Cleaned = { value: string } | { fault: string };

/**
 * Takes a text as people copy it for the value of a field. What copying put around it goes, and
 * what a credential cannot hold is refused. A text of blanks is an empty value.
 */
export function cleanField(field: string, text: string): Cleaned {
  const value = trimCredential(text);
  if (value === '') {
    return { value };
  }
  if (FOR_PEOPLE.has(field)) {
    return { value: value.replaceAll(/\s*[\r\n\u0085\u2028\u2029]\s*/g, ' ') };
  }
  if (field === 'authorization_code') {
    return readPastedCode(text);
  }
  const fault = CREDENTIALS.has(field) ? credentialFault(value) : faultOfText(value);
  return fault === null ? { value } : { fault };
}

/** A spreadsheet's cell may have several lines. */
const FOR_PEOPLE: ReadonlySet<string> = new Set(['title', 'note']);

const CREDENTIALS: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'refresh_token',
  'code_verifier',
  'developer_token',
]);

function faultOfText(value: string): string | null {
  // The one kind of field that has several lines is a key.
  if (/^-----BEGIN [A-Z ]+-----/.test(value)) {
    return null;
  }
  if (/[\r\n\u0085\u2028\u2029]/.test(value)) {
    return 'holds a line end';
  }
  if (/\ufffd/.test(value)) {
    return 'holds U+FFFD, the sign that a character was lost on the way';
  }
  return /\p{Cc}/u.test(value) ? 'holds a control character' : null;
}

/** Returns the value of a field whose form is no text, as files of texts write it. */
export function typedValue(field: string, text: string): unknown {
  if (field === 'tags') {
    return text.split(/\s*[,;]\s*/).filter((tag) => tag !== '');
  }
  if (NUMBERS.has(field) && /^\d{1,9}$/.test(text)) {
    return Number(text);
  }
  if (field !== 'enabled') {
    return text;
  }
  return BOOLEANS.get(text.toLowerCase()) ?? text;
}

const NUMBERS: ReadonlySet<string> = new Set(['max_concurrency', 'min_interval_ms']);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);
