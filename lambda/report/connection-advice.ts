const TRUST =
  'Nobody known here vouches for its certificate. If your company or your proxy does, ' +
  'name the file with their certificate in NODE_EXTRA_CA_CERTS.';
const DATES =
  'Its certificate is not valid today. Check the clock of this machine. ' +
  'If the clock is right, the owner of the host must renew the certificate.';
const BAD_CERTIFICATE =
  'Its certificate cannot be accepted. Check the host. If it is the right one, its owner must ' +
  'renew the certificate.';
const OTHER_HOST = 'Its certificate belongs to another host. Check the spelling of the host.';
const NAME =
  'Nobody knows a host of that name. ' +
  'Check the network, the spelling of the host, and the name server you use.';
const NO_TLS = 'It does not speak TLS there. Check the host and its port.';
const WEAK_TLS =
  'Its TLS is too old or too weak. Check the host and its port, and your proxy. ' +
  'If they are right, the owner of the host must renew its TLS.';
const REFUSED =
  'It refused the TLS handshake, perhaps because it asks for a certificate of the client. ' +
  'No token request sends one. Check the host with the platform.';
const OTHER_PROTOCOL = 'It speaks another protocol there. Check the host and its port.';
const PROXY =
  'Your proxy did not connect. Check HTTPS_PROXY, its user and its password, ' +
  'or name the host in NO_PROXY.';

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_UNTRUSTED$|^INVALID_CA$/,
    TRUST,
  ],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, DATES],
  [/^ERR_TLS_CERT_ALTNAME|^HOSTNAME_MISMATCH$/, OTHER_HOST],
  [/^(CERT|CRL|UNABLE_TO|ERROR_IN)_|^INVALID_PURPOSE$|^PATH_LENGTH_EXCEEDED$/, BAD_CERTIFICATE],
  [/^ENOTFOUND$|^EAI_(NONAME|NODATA|FAIL)$/, NAME],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST)$|^EPROTO$/,
    NO_TLS,
  ],
  [/^ERR_SSL_\S+_ALERT_(?!INTERNAL|USER)|_UNRECOGNIZED_NAME$/, REFUSED],
  [/^ERR_SSL_\w+_(TOO_SMALL|TOO_WEAK|RENEGOTIATION_DISABLED)$/, WEAK_TLS],
  [/^ERR_SSL_(UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE)$/, WEAK_TLS],
  [/^other_protocol$/, OTHER_PROTOCOL],
  [/^PROXY_/, PROXY],
];

/**
 * Returns what to do about a connection that fails until somebody acts, or undefined where time may
 * heal it. `code` is that of Node, of OpenSSL (`man verify`), or ours of a proxy.
 */
export function connectionAdvice(code: string | undefined): string | undefined {
  return ADVICE.find(([pattern]) => pattern.test(code ?? ''))?.[1];
}
