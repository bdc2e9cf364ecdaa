import { credentialFault, trimCredential } from '../../lambda/map/credential-text.ts';

/** An authorization code, or the reason why a text holds none, as words that follow "it". */
export type PastedCode = { value: string } | { fault: string };

/**
 * Reads an authorization code as people copy it: the code, percent-encoded or not, with the
 * parameters behind it, a line `code=…`, or the whole address that the browser ended on. Blanks,
 * quotes and angle brackets around it are taken off. Repeats nothing of the text.
 */
export function readPastedCode(pasted: string, codeParam = 'code'): PastedCode {
  const text = trimAddress(pasted);
  if (text === '') {
    return { fault: 'is empty' };
  }
  const parameters = parametersOf(text, codeParam);
  const found = parameters?.get(codeParam);
  if (parameters && parameters.getAll(codeParam).length > 1) {
    return { fault: 'names its code twice: copy the address again, from a new consent' };
  }
  if (parameters && !found) {
    return {
      fault: parameters.has('error')
        ? 'is the address of a refused consent: it holds an error, and no code'
        : 'is an address without a code',
    };
  }
  // A plus sign of an address stands for a blank, and codes hold no blanks.
  const value = decoded(found?.replaceAll(' ', '+') ?? text.replace(/&\w+=.*$/, ''));
  const code = value.replace(/#(?:_(?:=_)?)?$/, '');
  const fault = faultOfCode(code);
  return fault === null ? { value: code } : { fault };
}

/** No known platform has these in its codes. They are of the text that the code was copied from. */
const OF_THE_TEXT = /["'`<>()[\]{},;]/;

/** A wrong code would be spent. Returns the reason why a text is none, or null. */
function faultOfCode(code: string): string | null {
  if (/\s/.test(code)) {
    return 'holds a blank';
  }
  const fault = credentialFault(code);
  if (fault !== null) {
    return fault;
  }
  const [sign] = OF_THE_TEXT.exec(code) ?? [];
  if (sign !== undefined) {
    return `holds the sign ${sign} of the text around it: give the code alone`;
  }
  return /^[a-z_]{2,}=[^=]/i.test(code) ? 'is a parameter, and not the code' : null;
}

/** Takes off what mails, chats and terminals put around an address and into it. */
export function trimAddress(pasted: string): string {
  const text = trimCredential(pasted);
  const bare = /^<.*>$/s.test(text) ? trimCredential(text.slice(1, -1)) : text;
  return bare.replaceAll(/&amp;/gi, '&');
}

/**
 * Returns the parameters of an address, of its query or its fragment, or null where a text has
 * none. Where both have the wanted one, it is there twice.
 */
export function parametersOf(text: string, wanted: string): URLSearchParams | null {
  const address = text.replaceAll(/[\r\n]\s*/g, '');
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) && URL.canParse(address);
  if (isAddress) {
    const { search, hash } = new URL(address);
    return joined(search.slice(1), hash.slice(1), wanted);
  }
  const names = [wanted, 'error'].map((name) => name.replaceAll(/\W/g, '\\$&')).join('|');
  const at = address.search(new RegExp(`(?:^|[?&#])(?:${names})=`));
  if (at < 0) {
    return null;
  }
  const head = address.slice(0, at + 1);
  const start = Math.max(head.lastIndexOf('?'), head.lastIndexOf('#')) + 1;
  const [query = '', ...fragment] = address.slice(start).split('#');
  return joined(query, fragment.join('#'), wanted);
}

/**
 * Returns the parameters of a query, or of a fragment that alone has the wanted one, or of both.
 */
function joined(query: string, fragment: string, wanted: string): URLSearchParams {
  const [ofQuery, ofFragment] = [new URLSearchParams(query), new URLSearchParams(fragment)];
  if (!ofFragment.has(wanted)) {
    return ofQuery;
  }
  return ofQuery.has(wanted) ? new URLSearchParams([...ofQuery, ...ofFragment]) : ofFragment;
}

/**
 * Codes hold no percent signs of their own: `4%2F0…` is `4/0…` as an address writes it, and `4%252F0…`
 * as an address inside an address does.
 */
function decoded(text: string): string {
  if (!text.includes('%') || !/^(?:[^%]|%[0-9a-f]{2})*$/i.test(text)) {
    return text;
  }
  try {
    return decoded(decodeURIComponent(text));
  } catch {
    return text;
  }
}
