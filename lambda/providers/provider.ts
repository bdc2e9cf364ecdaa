/**
 * A platform's token protocol, as data. Code is needed only where a signature must be made.
 *
 * Templates are strings with `{name}` placeholders: a field of the tenant or its app
 * (`{client_id}`, `{shop}`), `{credential}` (the code or refresh token that is sent),
 * `{access_token}` (consumer headers only), `{uuid}` (fresh per request), or
 * `{user_id|json_base64}` (base64 of the JSON object with that one key).
 */
export interface ProviderDefinition {
  id: string;
  /** What people call it. */
  title: string;
  /** Null: the tenant must name it. */
  token_url: UrlChoice | null;
  /**
   * Fields that stand in URLs, and the pattern their whole value must match: anything else could
   * lead the request to another host.
   */
  variables?: Readonly<Record<string, string>>;
  /** Values of fields that neither the tenant nor its app gives. */
  defaults?: Readonly<Record<string, string>>;
  /**
   * How the client names itself: among the parameters (`post`), by an Authorization header
   * (`basic`), or not at all.
   */
  client_auth: 'post' | 'basic' | 'none';
  /** The names this platform gives to `client_id` and `client_secret` among the parameters. */
  client_names?: { client_id: string; client_secret: string };
  /** Where the parameters stand. `query` makes the request a GET; its URL is then a secret. */
  body: 'form' | 'json' | 'query';
  /** Extra request headers: name to template. */
  request_headers?: Readonly<Record<string, string>>;
  grants: Readonly<Partial<Record<GrantName, GrantDefinition>>>;
  /**
   * The grants of a tenant with neither code nor refresh token: the first whose needs the entry
   * fills is taken.
   */
  own_grants?: readonly GrantName[];
  /** Joins several scopes in a request. */
  scope_separator: ' ' | ',';
  response: ResponseDefinition;
  errors?: ErrorsDefinition;
  /**
   * Sent by consumers beside Authorization: name to template. A header whose field is missing is
   * left out.
   */
  consumer_headers: Readonly<Record<string, string>>;
  /** Default pacing of one client. */
  max_concurrency: number;
  min_interval_ms: number;
  /** Most bytes of one token of this platform: what a tenant never seen before may bring. */
  max_token_bytes: number;
  /** Consent, for `tokens connect`. */
  authorize?: AuthorizeDefinition;
  /** Fields that a tenant or its app must have, beside `client_id` and what its grant needs. */
  required_fields?: readonly string[];
}

export type GrantName =
  | 'authorization_code'
  | 'refresh_token'
  | 'client_credentials'
  | 'fulfillment_user_assertion';

/** One URL, or one per value of a field of the tenant (`region`, `environment`). Templates. */
export type UrlChoice =
  | string
  | { by: string; default: string; urls: Readonly<Record<string, string>> };

/** What is sent by a grant beside the client's own names. */
export interface GrantDefinition {
  /** The literal sent as grant_type, where it is not the grant's name; null: none is sent. */
  grant_type?: string | null;
  /**
   * Parameter name to template. One whose name ends in `?` is left out when its field is missing;
   * of others the field is required.
   */
  params: Readonly<Record<string, string>>;
  /** Fields without which the grant cannot be used, beside those of its parameters. */
  needs?: readonly string[];
}

/** Where a reply's values stand: dotted paths into its JSON object. */
export interface ResponseDefinition {
  /** An envelope: a 2xx counts as success only when the value at `path` equals `equals`. */
  ok_when?: { path: string; equals: string | number | boolean };
  access_token: string;
  /**
   * Null: the platform issues none. The access token's own path where it is the access token that
   * is exchanged for the next one.
   */
  refresh_token: string | null;
  /** Null: the platform tells none. Otherwise it must be Bearer where it is told. */
  token_type: string | null;
  scope: string;
  expires: Expiry;
  /** Where the reply tells none, or tells 0. */
  default_expires_in_s: number;
}

/**
 * When a token ends: `seconds` and `milliseconds` count from the sending of the request, the others
 * are instants.
 */
interface Expiry {
  path: string;
  kind: 'seconds' | 'milliseconds' | 'epoch_seconds' | 'iso';
}

interface ErrorsDefinition {
  /** Where the error code stands. Default `error`. */
  code_path?: string;
  /**
   * This platform's own codes and what they mean. Of a reply, only codes listed here or in
   * token-response.ts may leave the archive.
   */
  codes?: Readonly<Record<string, ErrorMeaning>>;
  /** Patterns whose match in a refusal may leave the archive, such as `AADSTS\\d+`. */
  show_patterns?: readonly string[];
}

/** The error codes of RFC 6749 section 5.2, and two meanings it has no code for. */
export type ErrorMeaning =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'throttled'
  | 'unavailable';

interface AuthorizeDefinition {
  /** Null: the operator names it (`authorize_url` in the entry). */
  url: UrlChoice | null;
  /** Extra parameters of the consent page. */
  params?: Readonly<Record<string, string>>;
  /** Asked for when the entry has no `scope`. */
  default_scope?: string;
  pkce: 'S256' | 'none';
  /** The parameter of the redirect that carries the code. */
  code_param: string;
  /**
   * `loopback`: http://127.0.0.1:PORT works; `registered`: only a URL registered with the platform,
   * pasted back by the operator.
   */
  redirect: 'loopback' | 'registered';
  code_lifetime_s: number;
}
