import * as z from 'zod/mini';
import {
  accountDefinition,
  authorizeDefinition,
  revocationDefinition,
} from './consent-definition.ts';
import {
  fieldName,
  httpsUrl,
  oneOrMore,
  pattern,
  template,
  templates,
  text,
  urlChoice,
  whole,
} from './fields.ts';
import { bodyKind, clientAuth, grantDefinition, grantName, jwtRecipe } from './grant-definition.ts';
import { errorsDefinition, responseDefinition } from './reading.ts';

export type { UrlChoice } from './fields.ts';
export type { GrantDefinition, GrantName } from './grant-definition.ts';
export type { ErrorMeaning, ResponseDefinition } from './reading.ts';

/** How long credentials live, as far as a reply does not tell it. For warnings ahead. */
const livesDefinition = z.lazy(() =>
  z.strictObject({
    /** A refresh token dies when it was unused for so long. */
    idle_s: z.optional(whole),
    /** The refresh tokens of an app in its platform's test mode. */
    testing_s: z.optional(whole),
    client_secret_s: z.optional(whole),
    /** So many may live at once. A newer one ends the oldest. */
    cap: z.optional(
      z.strictObject({
        tokens: z.enum(['refresh_token', 'access_token']),
        most: whole,
        of: z.enum(['client', 'user', 'client_and_user']),
      }),
    ),
  }),
);

/**
 * A platform's token protocol, as data. Shipped definitions and those of an operator have the same
 * form. Templates are explained in fields.ts.
 */
export const providerDefinition = z.lazy(() =>
  z.strictObject({
    id: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/)),
    /** The name that people use. */
    title: z.string().check(z.minLength(1), z.maxLength(100)),
    /** Null: the tenant must name it. */
    token_url: z.nullable(urlChoice),
    /** Fields that are part of URLs, and the pattern that their whole value must match. */
    variables: z.optional(z.record(fieldName, pattern)),
    /** Values of fields that neither the tenant nor its app gives. */
    defaults: z.optional(z.record(fieldName, template)),
    client_auth: clientAuth,
    /** The names this platform gives to `client_id` and `client_secret` among the parameters. */
    client_names: z.optional(z.strictObject({ client_id: text, client_secret: text })),
    body: bodyKind,
    /** Extra request headers. */
    request_headers: z.optional(templates),
    grants: z.partialRecord(grantName, grantDefinition),
    /**
     * The grants of a tenant with neither code nor refresh token, the first whose needs the entry
     * fills is taken.
     */
    default_grant: z.optional(oneOrMore(grantName)),
    /**
     * No grant renews a token: the client connects again before its end. Beside no grants at all:
     * callers sign each request, and the vault holds what they sign with.
     */
    renewal: z.optional(z.literal('none')),
    /** Values that are made by signing, for templates. */
    signed: z.optional(z.record(fieldName, jwtRecipe)),
    /** Joins several scopes in a request. */
    scope_separator: z.enum([' ', ',']),
    response: responseDefinition,
    errors: z.optional(errorsDefinition),
    /**
     * Sent by consumers beside Authorization. A header whose field is missing is left out; one with
     * `{uuid}`, `{now_s}` or `{now_ms}` is filled by the client library at each call.
     */
    consumer_headers: templates,
    /** Query parameters of every consumer's call. */
    consumer_params: z.optional(templates),
    /** Consumers send no `Authorization: Bearer`. */
    consumer_authorization: z.optional(z.literal('none')),
    /** Default pacing of one client. */
    max_concurrency: z.int().check(z.minimum(1), z.maximum(100)),
    min_interval_ms: z.int().check(z.minimum(0), z.maximum(86_400_000)),
    /** Pacing of one credential, and the age below which the platform does not renew it. */
    per_credential: z.optional(
      z.strictObject({ min_interval_s: z.optional(whole), min_age_s: z.optional(whole) }),
    ),
    /** Most bytes of one token of this platform, what a tenant never seen before may bring. */
    max_token_bytes: z.int().check(z.minimum(1), z.maximum(16_384)),
    /** Consent, for `tokens connect`. */
    authorize: z.optional(authorizeDefinition),
    /** The endpoint of device authorization (RFC 8628). */
    device_url: z.optional(urlChoice),
    revocation: z.optional(revocationDefinition),
    account: z.optional(accountDefinition),
    /** Fields that a tenant or its app must have, beside `client_id` and what its grant needs. */
    required_fields: z.optional(z.array(fieldName)),
    /** Fields that are secrets, beside OAuth's own and the keys of `signed`. */
    secret_fields: z.optional(z.array(fieldName)),
    /** How often a renewal brings a new refresh token. */
    rotates: z.optional(z.enum(['never', 'sometimes', 'always'])),
    /** How long the server forgives a second use of a spent refresh token; 0: not at all. */
    resend_within_s: z.optional(whole),
    lives: z.optional(livesDefinition),
    /** A page of the platform that tells how an app is registered. */
    register_url: z.optional(httpsUrl),
    /** Facts here that no source confirms, by their paths. */
    unconfirmed: z.optional(z.array(text)),
  }),
);
export type ProviderDefinition = z.infer<typeof providerDefinition>;
