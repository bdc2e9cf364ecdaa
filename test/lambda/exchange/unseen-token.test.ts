import { describe, expect, it } from 'vitest';
import { holdsUnseenToken } from '../../../lambda/exchange/unseen-token.ts';

const SENT = 'sent/token+1';
const isSeen = (value: string) => value === SENT || value === 'read-token';
const encoded = Buffer.from('{"refresh_token":"new-token"}').toString('base64url');
const inBody = (body: unknown) => holdsUnseenToken({ body, rest: '' }, isSeen);
const inText = (rest: string) => holdsUnseenToken({ rest }, isSeen);

describe(holdsUnseenToken.name, () => {
  it.each([
    { refreshToken: 'new' },
    { RefreshToken: 'new' },
    { 'refresh-token': 'new' },
    { accessToken: 'new' },
    { data: { refresh_token: 'new' } },
    { token: { refresh: 'new' } },
    { tokens: [{ access: 'new' }] },
    { refresh: { token: { value: 'new' } } },
    { oauth_refresh_token: 'new' },
    { refresh_token: 'read-token', result: { refresh_token: 'new' } },
    { refresh_token: 123456789012 },
    { result: JSON.stringify({ refresh_token: 'new' }) },
    { redirect: 'https://app.example/#access_token=new12345&state=1' },
    { refresh_token_new: 'new12345' },
    { refreshToken_v2: 'new12345' },
    { refresh_token: { secret: 'new12345' } },
    { refresh: 'a-long-new-token' },
    { refresh_token: 123456 },
    { items: [{ name: 'refresh_token', value: 'new' }] },
    { refreshTk: 'a-long-new-token-7' },
    { new_refresh: 'Atzr|a-long-new-token' },
    { renewal_token: 'a-long-new-token' },
    { offlineToken: 'a-long-new-token' },
    ['access_token', 'read-token', 'refresh_token', 'new-token'],
    [
      ['access_token', 'read-token'],
      ['refresh_token', 'new-token'],
    ],
    { payload: Buffer.from('{"refresh_token":"new"}').toString('base64') },
    Array.from({ length: 3_000 }).reduce((inner) => ({ d: inner }), { refresh_token: 'new' }),
    'a.token-that.stands-alone',
    { refresh_token: [...Buffer.from('new-token')] },
    { refresh_token: { type: 'Buffer', data: [...Buffer.from('new-token')] } },
    { refresh_token: -123456789012 },
    { '\uff52\uff45\uff46\uff52\uff45\uff53\uff48_token': 'new' },
    { new_token: 'a-long-new-token' },
    { rtoken: 'a-long-new-token' },
    { 'token.refresh': { value: 'new' } },
  ])('finds one in %j', (body) => {
    expect(inBody(body)).toBe(true);
  });

  it.each([
    undefined,
    null,
    [],
    {},
    { access_token: 'read-token', refresh_token: SENT },
    { refresh_token: '' },
    { refresh_token: ' \u200b\n' },
    { refresh_token: null, access_token: true },
    { refresh_token: 'null' },
    { refresh_token: '***' },
    { refresh_token: '[redacted]' },
    {
      refresh_token_expires_in: 864000000,
      access_token_type: 'bearer',
      refresh_token_scope: 'a b',
    },
    { id_token: 'header.payload.signature', token: 'x', csrf_token: 'y' },
    { error_description: 'the refresh_token is missing' },
    { refresh_token_expires_at: '2027-01-01T00:00:00Z', refresh_token_id: 'a1b2c3d4e5f6' },
    { refresh: 'https://api.example/tokens/refresh', refresh_token: 1 },
    { refresh_token: 'undefined', access_token: '[object Object]' },
    { refresh_token: '****1234' },
    { request: JSON.stringify({ refresh_token: SENT }) },
    { refresh_after: '2027-01-01T00:00:00Z', refresh_url: 'https://api.example/a/long/one7' },
    { refresh_policy: 'rotate-on-each-use-30', can_refresh: 'only-while-it-lives' },
    { refresh_token: '0', access_token: 'read-token' },
    ['refresh_token', 'read-token', 'the new one'],
    { grant_types_supported: ['refresh_token', 'authorization_code'] },
    { refresh_token: [1, 2, 3, 4, 5, 6, 7, 8, 9], new_token: true },
  ])('finds none in %j', (body) => {
    expect(inBody(body)).toBe(false);
  });

  it.each([
    "{'refresh_token': 'new-token'}",
    '{"refresh_token": "new-token", }',
    '{refresh_token: "new-token"}',
    '<refresh_token>new-token</refresh_token>',
    '<string name="refresh_token">new-token</string>',
    '<input name="refresh_token" value="new-token">',
    '[refresh_token] => new-token',
    'refresh_token: new-token\n',
    'refresh_token=new-token&x=<y>',
    'refreshToken = "new-token"',
    '{\\"access_token\\":\\"new-token\\"}',
    '{&quot;refresh_token&quot;:&quot;new-token&quot;}',
    '%7B%22refresh_token%22%3A%22new-token%22%7D',
    '<RefreshToken>new-token</RefreshToken>',
    '<refresh_token><![CDATA[new-token]]></refresh_token>',
    '<o:refresh_token xmlns:o="urn:o">new-token</o:refresh_token>',
    '<key>refresh_token</key>\n<string>new-token</string>',
    's:13:"refresh_token";s:9:"new-token";',
    '<input value="new-token" type="hidden" name="refresh_token">',
    '--x\r\nContent-Disposition: form-data; name="refresh_token"\r\n\r\nnew-token\r\n--x--',
    'access_token,refresh_token\nread-token,new-token\n',
    'Notice: 1\r\nx_refresh_token;expires_in\r\nnew-token;3600\r\n',
    '{"refresh_token_value":"new-token",}',
    'x\nrefresh+token=new-token&expires_in=3600',
    'refre=\r\nsh_token=3Dnew-token x',
    '{\u201crefresh_token\u201d: \u201cnew-token\u201d}',
    '\u00ad \u00b0refresh_token\u00b9new-token',
  ])('finds one in the text %j', (text) => {
    expect(inText(text)).toBe(true);
    expect(inText(text.replace('new-token', 'read-token'))).toBe(false);
  });

  it.each([
    '["refresh_token"]=>\n  string(16) "Atzr|the-new-one"',
    '{&#x22;refresh_token&#x22;:&#x22;Atzr|the-new-one&#x22;}',
    '{\x93refresh_token\x93:\x93Atzr|the-new-one\x93}',
    '{+ACI-refresh_token+ACI-:+ACI-Atzr|the-new-one+ACI-}',
    `{"event":"x"}\n${encoded}\n`,
    `callback(${encoded});`,
    `--x\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n--x--`,
    `while(1);eyJhbGciOiJub25lIn0.${encoded}.`,
    '{"refre\\u0073h_token":"new-token"}{}',
    '+AHs-+ACI-refresh+AF8-token+ACI-:+ACI-8xLOxBtZp8abcdef+ACI-+AH0-',
    'refresh_token: !!str 8xLOxBtZp8abcdef',
    '<meta name="refresh_token" content="Atzr|the-new-one">',
    '{:refresh_token "Atzr|the-new-one"}',
    '((refresh_token . "Atzr|the-new-one"))',
    '| refresh_token | 8xLOxBtZp8abcdef |',
    "INSERT INTO t (refresh_token) VALUES ('8xLOxBtZp8abcdef')",
  ])('finds one close behind its name in the text %j', (text) => {
    expect(inText(text)).toBe(true);
  });

  it.each([
    'Your refresh token was revoked. Trace 8f14e45f-ceea-467f-a8b2-1a2b3c4d5e6f',
    '<a href="/docs/refresh_token">refresh_token</a>, see <b>re-authentication-required</b>',
    '<html><a href="/docs/refresh_token">refresh_token</a> is missing</html>',
    'The refresh token is invalid or expired.',
    `{"refresh_token": "${SENT.replace('/', '\\/')}", }`,
    `refresh_token=${encodeURIComponent(SENT)}&grant_type=<x>`,
    'refresh_token: null',
    `Received: grant_type=refresh_token&refresh_token=${SENT}&client_id=abcdef1234567890`,
    '<script>post("grant_type=refresh_token&client_id=abcdef1234567890")</script>',
    '{"grant_type": "refresh_token", "client_id": "abcdef1234567890", }',
  ])('finds none in the text %j', (text) => {
    expect(inText(text)).toBe(false);
  });

  it('bears a text of a megabyte', () => {
    expect(inText('refresh_token'.repeat(80_000))).toBe(false);
    expect(inText(`refresh_token="${'\\'.repeat(1_000_000)}`)).toBe(false);
    expect(inText(`refresh_token>${' '.repeat(1_000_000)}<`)).toBe(false);
  });
});
