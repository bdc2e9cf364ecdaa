import * as z from 'zod/mini';
import { fieldName, template, text, urlChoice } from './fields.ts';
import { responseOfGrant } from './reading.ts';

/** The grants of a definition. Those that spend nothing may send another `grant_type`. */
export const grantName = z.enum([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'fulfillment_user_assertion',
  'token_exchange',
  'device_code',
]);
export type GrantName = z.infer<typeof grantName>;

/** Returns true for a grant that spends what one consent brought, and nothing else ever does. */
export function isCodeGrant(grant: string): boolean {
  return grant === 'authorization_code' || grant === 'device_code';
}

/** How the client names itself, among the parameters, by an Authorization header, or not at all. */
export const clientAuth = z.enum(['post', 'basic', 'basic_raw', 'none']);

/** Where the parameters are. `query` makes the request a GET; its URL is then a secret. */
export const bodyKind = z.enum(['form', 'json', 'query']);

/** The seconds of a life of a year and a day at most. */
const aYear = z.lazy(() => z.int().check(z.minimum(1), z.maximum(31_622_400)));

const plainValue = z.lazy(() => z.union([template, z.number(), z.boolean()]));

/** A value of a JSON body may be a number, or an object of one level. */
const paramValue = z.lazy(() => z.union([plainValue, z.record(z.string(), plainValue)]));
export type ParamValue = z.infer<typeof paramValue>;

/** Says what is sent by a grant beside the client's own names. */
export const grantDefinition = z.lazy(() =>
  z.strictObject({
    /** The literal sent as grant_type, where it is not the grant's name; null: none is sent. */
    grant_type: z.optional(z.nullable(text)),
    /**
     * Parameter name to template. One whose name ends in `?` is left out when its field is missing;
     * of others the field is required.
     */
    params: z.record(z.string().check(z.minLength(1), z.maxLength(128)), paramValue),
    /** Fields without which the grant cannot be used, beside those of its parameters. */
    needs: z.optional(z.array(fieldName)),
    /** Its own endpoint, where it is not the definition's. */
    token_url: z.optional(urlChoice),
    client_auth: z.optional(clientAuth),
    body: z.optional(bodyKind),
    /** Says what its replies have otherwise. */
    response: z.optional(responseOfGrant),
    /**
     * The grant that follows at once with what this one brought. The first answer is archived and
     * current before the second request is sent.
     */
    followed_by: z.optional(grantName),
    /** The token is made here, and no request is sent. */
    local: z.optional(z.strictObject({ access_token: template, expires_in_s: aYear })),
  }),
);
export type GrantDefinition = z.infer<typeof grantDefinition>;

/** How a JSON Web Token is signed (RFC 7515, RFC 7523). `iat` and `exp` are added to its claims. */
export const jwtRecipe = z.lazy(() =>
  z.strictObject({
    alg: z.enum(['HS256', 'RS256', 'PS256', 'ES256']),
    /** The field that holds the key, a text for HS256, PEM (PKCS#8 or older) for the others. */
    key: fieldName,
    /** HS256 only: the key's text is Base64url of its bytes. */
    key_encoding: z.optional(z.literal('base64url')),
    lifetime_s: aYear,
    /** Beside `alg` and `typ`. */
    header: z.optional(z.record(z.string(), template)),
    claims: z.record(z.string(), template),
  }),
);
export type JwtRecipe = z.infer<typeof jwtRecipe>;
