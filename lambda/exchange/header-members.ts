import { decoded } from './percent-decoded.ts';

/** A cookie's name and value, where several are joined by commas. A date holds one, and no sign. */
const COOKIE = /(?:^|, *)([^=;,\s]+)=([^;,]*)/g;

/**
 * Returns the headers of a reply as the members of an object, and its cookies by their names. The
 * header `Refresh` names the next page of a browser.
 */
export function headerMembers(headers: Readonly<Record<string, string>>): Record<string, unknown> {
  const { refresh: _page, 'set-cookie': cookies = '', ...others } = headers;
  const named = [...cookies.matchAll(COOKIE)].map(([, name = '', value = '']) => [
    name,
    decoded(value),
  ]);
  return { ...others, cookies: Object.fromEntries(named) };
}

/** Returns true for headers that hand over a token for the header `Authorization`. */
export function bearsToken(headers: Readonly<Record<string, string>>): boolean {
  return Object.entries(headers).some(
    ([name, value]) =>
      /^(?:authorization|x-(?:\w+-)?token)$/.test(name) &&
      !/csrf|xsrf/.test(name) &&
      /^(?:Bearer\s+)?\S{16,}$/i.test(value),
  );
}
