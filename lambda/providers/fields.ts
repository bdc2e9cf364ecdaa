import * as z from 'zod/mini';

/** A short text of a definition. */
export const text = z.string().check(z.minLength(1), z.maxLength(2048));

/**
 * A text with `{name}` placeholders, which may be empty. A placeholder names one of these.
 *
 * - A field of the tenant or its app, such as `{client_id}` or `{shop}`.
 * - `{credential}`, the code or token that is sent.
 * - `{access_token}`, for consumers only.
 * - `{uuid}`, `{now_s}` and `{now_ms}`, fresh at each use.
 * - A recipe of `signed`, such as `{jwt}`.
 * - `{user_id|json_base64}`, base64 of the JSON object with that one key.
 */
export const template = z.string().check(z.maxLength(2048));

/** The name of a field of an entry. */
export const fieldName = z.string().check(z.regex(/^[a-z][a-z0-9_]{0,63}$/));

/** A regular expression that a whole value must match, or a part of a reply. */
export const pattern = z.string().check(z.minLength(1), z.maxLength(200));

/** One URL, or one per value of a field of the tenant (`region`, `environment`). Templates. */
export const urlChoice = z.lazy(() =>
  z.union([
    text,
    z.strictObject({
      by: fieldName,
      default: text,
      urls: z.record(z.string(), text),
    }),
  ]),
);
export type UrlChoice = z.infer<typeof urlChoice>;

/** Names to templates. A name that ends in `?` is left out where a field of it is missing. */
export const templates = z.lazy(() =>
  z.record(z.string().check(z.minLength(1), z.maxLength(128)), template),
);

/** A page that people are led to. */
export const httpsUrl = z.lazy(() => z.string().check(z.regex(/^https:\/\/[\x21-\x7e]{1,2000}$/)));

/** A whole number from 0. In seconds, more than 30 years: later instants are no dates. */
export const whole = z.int().check(z.minimum(0), z.maximum(1_000_000_000));

/** One of a kind, or several in the order in which they are tried. */
export function oneOrMore<T extends z.ZodMiniType>(one: T) {
  return z.union([one, z.array(one).check(z.minLength(1), z.maxLength(8))]);
}

/** Returns one or more of a kind as a list. */
export function listOf<T extends string>(
  oneOrMore: T | readonly T[] | null | undefined,
): readonly T[] {
  if (oneOrMore === null || oneOrMore === undefined) {
    return [];
  }
  return typeof oneOrMore === 'string' ? [oneOrMore] : oneOrMore;
}
