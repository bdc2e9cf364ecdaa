import { describe, expect, it } from 'vitest';
import { discoverServer } from '../../../bin/newcomers/discover-server.ts';
import type { Http } from '../../../lambda/ports.ts';

const ISSUER = 'https://as.example/tenant';
const POLICY = { allowLoopbackHttp: false, allowIpLiterals: true };
const METADATA = {
  issuer: ISSUER,
  token_endpoint: 'https://as.example/token',
  authorization_endpoint: 'https://login.example/authorize',
  revocation_endpoint: 'https://as.example/revoke',
  device_authorization_endpoint: 'https://as.example/device',
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
  code_challenge_methods_supported: ['S256'],
};

/** Answers at some addresses, and notes what was asked. */
function serverOf(replies: Record<string, { status: number; body: string }>) {
  const asked: string[] = [];
  const http: Http = {
    async send({ url, method }) {
      asked.push(`${method} ${url}`);
      const { status, body } = replies[url] ?? { status: 404, body: '' };
      return { status, headers: {}, body: Buffer.from(body) };
    },
  };
  return { http, asked };
}

const RFC = 'https://as.example/.well-known/oauth-authorization-server/tenant';
const OPENID = 'https://as.example/tenant/.well-known/openid-configuration';
const found = (metadata: object) => ({ status: 200, body: JSON.stringify(metadata) });

describe(discoverServer.name, () => {
  it('fills the fields of an entry by RFC 8414', async () => {
    const { http, asked } = serverOf({ [RFC]: found(METADATA) });
    expect(await discoverServer(http, ISSUER, POLICY)).toEqual({
      issuer: ISSUER,
      token_url: 'https://as.example/token',
      authorize_url: 'https://login.example/authorize',
      device_url: 'https://as.example/device',
      revocation_url: 'https://as.example/revoke',
      client_auth: 'basic',
    });
    expect(asked).toEqual([`GET ${RFC}`]);
  });

  it('falls back on OpenID Connect Discovery', async () => {
    const { token_endpoint_auth_methods_supported, ...metadata } = METADATA;
    const post = { ...metadata, token_endpoint_auth_methods_supported: ['client_secret_post'] };
    const { http } = serverOf({ [OPENID]: found(post) });
    const fields = await discoverServer(http, ISSUER, POLICY);
    expect(fields).toMatchObject({ token_url: METADATA.token_endpoint });
    expect(fields).not.toHaveProperty('client_auth');
  });

  it.each([
    ['another issuer', { issuer: `${ISSUER}/` }, /says that it is another issuer/],
    [
      'a token endpoint in the clear',
      { token_endpoint: 'http://as.example/t' },
      /a token_url that/,
    ],
    [
      'a page in the clear',
      { authorization_endpoint: 'http://x.example' },
      /an? authorize_url that/,
    ],
    ...[
      'http://127.0.0.1/t',
      'https://127.0.0.1/t',
      'https://10.0.0.7/t',
      'https://2130706433/t',
      'https://[::1]/t',
      'https://user:secret@as.example/t',
      'https://as.example@evil.example/t',
      'https://as.example/t#part',
      'javascript:alert(1)',
      '//as.example/t',
      '',
    ].map((url): [string, object, RegExp] => [
      `a revocation endpoint ${url}`,
      { revocation_endpoint: url },
      /a revocation_url that/,
    ]),
    [
      'signed requests only',
      { token_endpoint_auth_methods_supported: ['tls_client_auth'] },
      /Basic/,
    ],
  ])('refuses a server that names %s', async (_what, fields, message) => {
    const { http } = serverOf({ [RFC]: found({ ...METADATA, ...fields }) });
    const open = { allowLoopbackHttp: true, allowIpLiterals: true };
    await expect(discoverServer(http, ISSUER, open)).rejects.toThrow(message);
  });

  it('takes no character that a terminal would act on', async () => {
    const token_endpoint = 'https://as.example/t\u001b[31m';
    const { http } = serverOf({ [RFC]: found({ ...METADATA, token_endpoint }) });
    const { token_url } = await discoverServer(http, ISSUER, POLICY);
    expect(token_url).toBe('https://as.example/t%1B[31m');
  });

  it('takes endpoints on loopback from an issuer there', async () => {
    const issuer = 'http://127.0.0.1:9';
    const metadata = { ...METADATA, issuer, token_endpoint: `${issuer}/token` };
    const { http } = serverOf({
      [`${issuer}/.well-known/oauth-authorization-server`]: found(metadata),
    });
    const policy = { allowLoopbackHttp: true, allowIpLiterals: true };
    expect(await discoverServer(http, issuer, policy)).toMatchObject({
      token_url: `${issuer}/token`,
    });
  });

  it.each([
    'http://as.example',
    'https://as.example/?x=1',
    'https://as.example/#x',
    'https://user:secret@as.example',
    'as.example',
  ])('asks nothing at %s', async (issuer) => {
    const { http, asked } = serverOf({});
    await expect(discoverServer(http, issuer, POLICY)).rejects.toThrow(/must be an https URL/);
    expect(asked).toEqual([]);
  });

  it.each([
    ['a redirect', { status: 302, body: '' }],
    ['a page', { status: 200, body: '<html>CANARY</html>' }],
    ['JSON of another kind', { status: 200, body: '{"issuer":"CANARY"}' }],
  ])('takes %s for no metadata', async (_what, reply) => {
    const { http, asked } = serverOf({ [RFC]: reply, [OPENID]: reply });
    const failure = discoverServer(http, ISSUER, POLICY);
    await expect(failure).rejects.toThrow(/^(?!.*CANARY).*does not publish what it is/);
    expect(asked).toHaveLength(3);
  });
});
