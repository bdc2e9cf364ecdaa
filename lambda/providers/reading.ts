import * as z from 'zod/mini';
import { fieldName, oneOrMore, pattern, whole } from './fields.ts';

/** A dotted path of keys into the JSON object of a reply, such as `data.access_token`. */
const path = z.string().check(z.regex(/^[^.]{1,128}(\.[^.]{1,128}){0,7}$/));

/** Where a value of the reply is looked for. The first path that holds one wins. */
const paths = oneOrMore(path);

/**
 * How an end is given: `seconds` and `milliseconds` count from the sending of the request, the
 * others are instants.
 */
const kind = z.enum(['seconds', 'milliseconds', 'epoch_seconds', 'iso']);
export type ExpiryKind = z.infer<typeof kind>;

/** An end of the refresh token. Where several are known, the first one counts. */
const refreshEnd = z.lazy(() =>
  z.strictObject({
    /** Where the reply tells it. */
    path: z.optional(paths),
    /** Default `seconds`. */
    kind: z.optional(kind),
    /** The life in seconds, where the reply tells none. */
    after_s: z.optional(whole),
    /** Each renewal starts the life again. Otherwise it counts from the consent. */
    slides: z.boolean(),
  }),
);
export type RefreshEnd = z.infer<typeof refreshEnd>;

const responseShape = () => ({
  /** An envelope. A 2xx counts as success only when the value at `path` equals `equals`. */
  ok_when: z.optional(
    z.strictObject({ path, equals: z.union([z.string(), z.number(), z.boolean()]) }),
  ),
  access_token: paths,
  /**
   * Null: the platform issues none. The access token's own path where it is the access token that
   * is exchanged for the next one.
   */
  refresh_token: z.nullable(paths),
  /** Null: the platform tells none. */
  token_type: z.nullable(paths),
  /** Accepted types in lower case, beside `bearer`. Consumers send all of them as Bearer. */
  token_types: z.optional(z.array(z.string().check(z.maxLength(64)))),
  /** A text, or a list of texts. */
  scope: paths,
  expires: z.strictObject({ path: paths, kind }),
  /** The life where the reply tells none that makes sense. Null: the token has no end. */
  default_expires_in_s: z.nullable(whole),
  refresh_expires: z.optional(z.array(refreshEnd)),
  /** Facts that callers need and that are no secret, by the name under which they get them. */
  values: z.optional(z.record(fieldName, paths)),
});

/** Where a reply's values are. */
export const responseDefinition = z.lazy(() => z.strictObject(responseShape()));
export type ResponseDefinition = z.infer<typeof responseDefinition>;

/** The part of a response that one grant has otherwise. */
export const responseOfGrant = z.lazy(() => z.partial(z.strictObject(responseShape())));
export type ResponseOfGrant = z.infer<typeof responseOfGrant>;

/** The error codes of RFC 6749 section 5.2, and two meanings it has no code for. */
const errorMeaning = z.enum([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'throttled',
  'unavailable',
]);
export type ErrorMeaning = z.infer<typeof errorMeaning>;

const errorsShape = () => ({
  /** Where the error code is. Default `error`. */
  code_path: z.optional(paths),
  /**
   * This platform's own codes and what they mean. Of a reply, only codes listed here or in
   * token-response.ts may leave the archive.
   */
  codes: z.optional(z.record(z.string(), errorMeaning)),
  /** The meaning of a status whose body holds no known code. A 401 is `invalid_client`. */
  statuses: z.optional(z.record(z.string().check(z.regex(/^[45]\d\d$/)), errorMeaning)),
  /** Patterns whose match in a refusal may leave the archive, such as `AADSTS\\d+`. */
  show_patterns: z.optional(z.array(pattern)),
});

/** How refusals are given. */
export const errorsDefinition = z.lazy(() => z.strictObject(errorsShape()));
export type ErrorsDefinition = z.infer<typeof errorsDefinition>;

/**
 * The part of a definition by which the replies of one grant are read. It is archived with each
 * exchange, so that a later or edited definition does not change how an old one is read.
 */
export interface ReadingRules {
  response: ResponseDefinition;
  errors: ErrorsDefinition;
}

/** Reads archived rules. Keys of a later version are passed over. */
export const readingRules = z.lazy(() =>
  z.object({
    response: z.object(responseShape()),
    errors: z.object(errorsShape()),
  }),
);
