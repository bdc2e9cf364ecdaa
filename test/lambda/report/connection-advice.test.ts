import { describe, expect, it } from 'vitest';
import { connectionAdvice } from '../../../lambda/report/connection-advice.ts';

describe(connectionAdvice.name, () => {
  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'clock'],
    ['CERT_NOT_YET_VALID', 'clock'],
    ['CERT_REVOKED', 'renew the certificate'],
    ['CERT_REJECTED', 'renew the certificate'],
    ['CERT_CHAIN_TOO_LONG', 'renew the certificate'],
    ['CERT_SIGNATURE_FAILURE', 'renew the certificate'],
    ['CRL_HAS_EXPIRED', 'renew the certificate'],
    ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'renew the certificate'],
    ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'renew the certificate'],
    ['INVALID_PURPOSE', 'renew the certificate'],
    ['PATH_LENGTH_EXCEEDED', 'renew the certificate'],
    ['INVALID_CA', 'NODE_EXTRA_CA_CERTS'],
    ['ERR_SSL_DH_KEY_TOO_SMALL', 'too weak'],
    ['ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED', 'too old'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'too old'],
    ['ERR_SSL_HTTP_REQUEST', 'port'],
    ['EAI_NONAME', 'host of that name'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'handshake'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'handshake'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'host'],
    ['HOSTNAME_MISMATCH', 'host'],
    ['ENOTFOUND', 'host'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'port'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'certificate of the client'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'handshake'],
    ['other_protocol', 'port'],
    ['PROXY_REFUSED_407', 'HTTPS_PROXY'],
  ])('says of %s what to do: %s', (code, word) => {
    expect(connectionAdvice(code)).toContain(word);
  });

  it.each([
    'ECONNREFUSED',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'timeout',
    'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
    undefined,
  ])('says nothing of %s, which time may heal', (code) => {
    expect(connectionAdvice(code)).toBeUndefined();
  });
});
