/** The failure code of a request that was not sent because its URL is not allowed. */
export const URL_REFUSED = 'url_refused';

/** Describes what URLs may be asked beside https ones of named hosts. */
export interface UrlPolicy {
  /** Plain http, and IP literals, of this machine's own loopback. */
  allowLoopbackHttp: boolean;
  /** https URLs whose host is an IP address. */
  allowIpLiterals: boolean;
}

/**
 * Returns whether a URL may be asked, which is https to a named host, and what the policy allows
 * beside.
 */
export function isAllowedUrl(text: string, policy: UrlPolicy): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname } = new URL(text);
  if (isLoopbackHost(hostname) && policy.allowLoopbackHttp) {
    return protocol === 'http:' || protocol === 'https:';
  }
  // The URL parser has turned every spelling of an IPv4 address into four decimal parts.
  const isIpLiteral = hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  return protocol === 'https:' && (policy.allowIpLiterals || !isIpLiteral);
}

/**
 * Returns whether a URL's hostname, as the URL parser writes it, is this machine: `localhost`,
 * `[::1]` or 127.0.0.0/8 (RFC 8252 section 7.3).
 */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
