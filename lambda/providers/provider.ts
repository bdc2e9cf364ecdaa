/**
 * A platform's token protocol, as data (design section 8). Rich enough for every platform that providers.md calls "definition only";
 * code is needed only where a signature must be made.
 *
 * Templates are strings with `{name}` placeholders: a field of the tenant or its app (`{client_id}`, `{shop}`), `{uuid}` (fresh per request),
 * or `{user_id|json_base64}` (base64 of the JSON object with that one key). A parameter whose template names a field the tenant lacks is
 * left out when its name ends in `?`.
 */
export interface ProviderDefinition {
  id: string;
  /** What people call it. */
  title: string;
  /** One URL, or one per value of a field of the tenant (`region`, `environment`). May hold placeholders, each with a pattern in `variables`. */
  token_url: UrlChoice | null;
  /** Fields that stand in URLs, and what they may look like: whatever does not match is refused (SSRF). */
  variables?: Readonly<Record<string, string>>;
  client_auth: 'post' | 'basic' | 'query' | 'none';
  /** The names this platform gives to `client_id` and `client_secret`, where they differ from OAuth's. */
  client_names?: { client_id: string; client_secret: string };
  method?: 'GET' | 'POST';
  body: 'form' | 'json' | 'query';
  /** Extra request headers, templates. */
  request_headers?: Readonly<Record<string, string>>;
  /** By grant: what is sent beside grant_type and the client's own credentials. */
  grants: Readonly<Partial<Record<GrantName, GrantDefinition>>>;
  /** The grant of a tenant with neither code nor refresh token: the first whose needs the entry fills. */
  own_grants?: readonly GrantName[];
  /** Joins several scopes in a request. */
  scope_separator: ' ' | ',' | '+';
  response: ResponseDefinition;
  errors?: ErrorsDefinition;
  /** Sent by consumers beside Authorization: templates over the tenant's fields. One whose field is missing is left out. */
  consumer_headers: Readonly<Record<string, string>>;
  /** Default pacing of one client. */
  max_concurrency: number;
  min_interval_ms: number;
  /** Most bytes of one token of this platform: what a tenant never seen before may bring. */
  max_token_bytes: number;
  /** Consent, for `tokens connect`. */
  authorize?: AuthorizeDefinition;
  /** Which fields a tenant or its app must have, beyond what its grant needs. */
  required_fields?: readonly string[];
}

export type GrantName = 'authorization_code' | 'refresh_token' | 'client_credentials' | 'fulfillment_user_assertion';

export type UrlChoice = string | { by: 'region' | 'environment'; default: string; urls: Readonly<Record<string, string>> };

export interface GrantDefinition {
  /** The literal sent as grant_type, where it is not the grant's name; null: none is sent. */
  grant_type?: string | null;
  /** Parameter name (with a trailing `?`: optional) to template. */
  params: Readonly<Record<string, string>>;
}

export interface ResponseDefinition {
  /** An envelope: a 2xx counts as success only when the value at `path` equals `equals`. */
  ok_when?: { path: string; equals: string | number | boolean };
  /** Dotted paths into the JSON body. */
  access_token: string;
  refresh_token: string | null;
  token_type: string;
  scope: string;
  expires: { path: string; kind: 'seconds' | 'milliseconds' | 'epoch_seconds' | 'iso' };
  /** Where the reply tells none, or tells 0. */
  default_expires_in_s: number;
}

export interface ErrorsDefinition {
  /** Where the error code stands. Default `error`. */
  code_path?: string;
  /** This platform's own codes, as OAuth's or as `throttled`. Only codes listed here or in RFC 6749 5.2 may leave the archive. */
  codes?: Readonly<Record<string, OAuthErrorCode | 'throttled'>>;
  /** Patterns whose match in a reply's error text may leave the archive, such as `AADSTS\\d+`. */
  show_patterns?: readonly string[];
}

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope';

export interface AuthorizeDefinition {
  /** Null: the operator names it (`authorize_url` in the entry). */
  url: UrlChoice | null;
  params?: Readonly<Record<string, string>>;
  default_scope?: string;
  pkce: 'S256' | 'none';
  /** The parameter of the redirect that carries the code. */
  code_param: string;
  /** `loopback`: http://127.0.0.1:PORT works; `registered`: only a URL registered with the platform, pasted back by the operator. */
  redirect: 'loopback' | 'registered';
  code_lifetime_s: number;
}
