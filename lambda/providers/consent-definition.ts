import * as z from 'zod/mini';
import { fieldName, pattern, template, templates, text, urlChoice, whole } from './fields.ts';
import { bodyKind, clientAuth } from './grant-definition.ts';

const name = z.optional(z.nullable(text));

/** Says how a person consents in the browser. */
export const authorizeDefinition = z.lazy(() =>
  z.strictObject({
    /** Null: the operator names it (`authorize_url` in the entry). */
    url: z.nullable(urlChoice),
    /** Extra parameters of the consent page, what forces it to ask among them. Templates. */
    params: z.optional(templates),
    /** This platform's names of the standard parameters; null: it is not sent. */
    names: z.optional(
      z.strictObject({
        response_type: name,
        client_id: name,
        redirect_uri: name,
        scope: name,
        state: name,
      }),
    ),
    /** Asked for when the entry has no `scope`. */
    default_scope: z.optional(text),
    pkce: z.enum(['S256', 'none']),
    /** The parameter of the redirect that carries the code. */
    code_param: text,
    /** The `iss` that every redirect carries (RFC 9207): one without it is refused. */
    issuer: z.optional(template),
    /**
     * Parameters of the redirect that are kept with the consent: the field each becomes, and the
     * pattern its whole value must match.
     */
    keep: z.optional(z.record(z.string(), z.strictObject({ field: fieldName, pattern }))),
    /**
     * `loopback`: http://127.0.0.1:PORT works; `registered`: only a URL registered with the
     * platform, pasted back by the operator.
     */
    redirect: z.enum(['loopback', 'registered']),
    code_lifetime_s: whole,
  }),
);

/** Says how a credential is revoked, by RFC 7009 or in the platform's own way. */
export const revocationDefinition = z.lazy(() =>
  z.strictObject({
    url: urlChoice,
    /** Which token ends the consent. */
    token: z.enum(['refresh_token', 'access_token']),
    /** Default: `token` and `token_type_hint`. */
    params: z.optional(templates),
    client_auth: z.optional(clientAuth),
    body: z.optional(bodyKind),
    method: z.optional(z.literal('DELETE')),
    request_headers: z.optional(templates),
  }),
);

/** Asks whose token it is, by a GET with `Authorization: Bearer` unless `headers` say otherwise. */
export const accountDefinition = z.lazy(() =>
  z.strictObject({
    url: urlChoice,
    headers: z.optional(templates),
    /** Where the reply names the account. The step `*` leads into every element of a list. */
    path: text,
  }),
);
