import { describe, expect, it } from 'vitest';
import { issuedCredential, judge } from '../../../lambda/exchange/token-response.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { ArchivedExchange } from '../../../lambda/history/archived-exchange.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';

const SENT = 'sent-token-1';
const NEW = 'Atzr|8xLOxBtZp8abcdefQwErTy12';
const OTHER = '3kQvN0pLz7RtYwXcVbAsDfGh';
const UUID = '8f14e45f-ceea-467f-a8b2-1a2b3c4d5e6f';
const HEX_64 = '4bf92f3577b34da6a3ce929d0e0e4736'.repeat(2);
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLWl0';
const ok = { access_token: 'at', token_type: 'bearer', expires_in: 3600 };
const both = { ...ok, refresh_token: NEW };

function answer(body: unknown, more: Partial<ArchivedExchange> = {}): ArchivedExchange {
  return archivedExchange(
    {},
    {
      provider: 'oauth2',
      spent: fingerprint(SENT),
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...more,
    },
  );
}

describe('a whole success', () => {
  it.each([
    ['in a JSON text', JSON.stringify(NEW)],
    ['in a list', [OTHER, NEW]],
    ['in a list with its life', [OTHER, 3600, NEW]],
    ['that is a UUID, in a list', [UUID, UUID.replace('8', '9')]],
    ['that is a number, in a list', ['123456789012345678', '987654321098765432']],
    ['of a session', { session_token: NEW }],
    ['on two lines', `${OTHER}\n${NEW}\n`],
    ['with its life beside it', `${OTHER} 3600 ${NEW}`],
    ['behind a word', `OK ${NEW}`],
    ['behind its scheme', `Bearer ${NEW}`],
    ['behind a name without a meaning', `session: ${NEW}\nexpires: 3600\n`],
    ['under a letter', { t: OTHER, r: NEW, e: 3600 }],
    ['under a name of nothing', { data: NEW }],
    ['in a list in an envelope', { result: [OTHER, NEW, 3600] }],
    ['as a token of either kind', { token: UUID }],
    ['as a credential', { success: true, credential: NEW }],
    ['in hexadecimal digits', { value: HEX_64 }],
    ['in XML without names', `<r><a>${OTHER}</a><b>${NEW}</b></r>`],
    ['alone on a page', `<html><title>Done</title><body>\n<pre>${NEW}</pre></body></html>`],
    ['beside a request id', { request_id: UUID, payload: { v: NEW } }],
    ['of a session, by its id', { sessionId: NEW }],
    ['that is a session', { session: { session_id: OTHER } }],
    ['that is a resource of JSON:API', { data: { type: 'token', id: NEW } }],
    ['that says who consented', { id_token: JWT }],
    ['in the fragment of an address', { next: `https://app.example/#at=${OTHER}&rt=${NEW}` }],
    ['in the query of a path', { goto: `/done?s=${NEW}` }],
    ['in an address within a text', `Go to https://app.example/cb#at=${OTHER}&rt=${NEW} now`],
    ['that is a personal one', { pat: NEW }],
    ['in pieces of a stream', 'data: 8xLO\n\ndata: xBtZp8\n\ndata: abc\n\n'],
    ['in pieces of objects', '{"d":"8xLO"}\n{"d":"xBtZ"}\n{"d":"p8ab"}\n'],
    ['beside the one that was sent', { next: NEW, old: SENT }],
    ['behind percent signs', encodeURIComponent(JSON.stringify({ token: OTHER, q: NEW }))],
    ['behind a name of XML, in hexadecimal digits', `<r><ticket>${HEX_64}</ticket></r>`],
    ['in a line of Python', `{'handle': '${NEW}', 'trace': '${UUID}'}`],
    ['in what a page shows', `<html><body><pre>{t: "${OTHER}", r: "${NEW}"}</pre></body></html>`],
    [
      'in a JSON text with a line before it',
      `Notice\n${JSON.stringify(JSON.stringify({ q: NEW }))}`,
    ],
    ['in a short Base64', Buffer.from(`{"r":"${OTHER}","e":3600}`).toString('base64')],
    ['with signs between its letters', { ticket: 'geblg9h1-AIOfzBTMYVjEiWA' }],
    ['in objects in one line', '{"d":"8xLO"}{"d":"xBtZ"}'],
  ])('is held where it has a bare token %s', (_where, body) => {
    expect(judge(answer(body))).toMatchObject({ code: 'unread_response' });
  });

  it.each([
    ['maintenance', { status: 'maintenance', request_id: UUID }],
    ['a trace', { message: 'ok', traceId: HEX_64, correlationId: 'a1B2c3D4e5F6g7H8i9J0k' }],
    ['a page with a nonce', `<html><script nonce="${OTHER}">a="${NEW}"</script>Sorry</html>`],
    ['a form against forgery', { csrf_token: OTHER, xsrfToken: NEW }],
    ['an error of Meta', { error: { code: 190, fbtrace_id: 'AbCdEfGhIjKlMnOpQrStUv1' } }],
    ['an error of TikTok', { code: 40105, request_id: `20231122021703120${OTHER}`, data: {} }],
    ['a user', { sub: `auth0|${OTHER}`, email: 'a@b.example', user_id: OTHER }],
    ['a page with the number of a request', `<p>Sorry</p> Request ID: <b>4X-${OTHER}==</b>`],
    ['an error of S3', `<Error><Code>AccessDenied</Code><HostId>Uuag1${OTHER}</HostId></Error>`],
    [
      'an error of PHP',
      'Class "App\\Http\\Controllers\\Auth2TokenController" not found in /var/www',
    ],
    ['what is known of a token', { active: true, client_id: OTHER, jti: NEW, exp: 1764118800 }],
    [
      'a page of a program',
      `<html><div id="root"></div><script src="/a-${OTHER}.js"></script></html>`,
    ],
    ['a sentence', `Request ${HEX_64} was taken on 2026-11-22T02:17:03.120Z by ip-10-0-1-23`],
    ['an echo', { refresh_token: SENT, client_id: OTHER, verifier: NEW, more: NEW }],
    ['an echo in a text', `refresh_token=${SENT}&client_id=${OTHER}&x=<${NEW}>`],
    [
      'public keys',
      { keys: [{ kty: 'RSA', kid: OTHER, n: HEX_64, e: 'AQAB', x5c: [OTHER + NEW] }] },
    ],
    ['an address with a state', { next: `https://a.example/login?state=${OTHER}&nonce=${NEW}` }],
    ['an error of JSON:API', { errors: [{ type: 'error', id: OTHER, status: '503' }] }],
    ['one event', 'event: error\ndata: {"message":"later"}\n\n'],
    ['the addresses of a server', { jwks_uri: `https://a.example/${OTHER}`, issuer: 'https://a' }],
  ])('is not held for %s', (_what, body) => {
    expect(judge(answer(body))).toMatchObject({ code: 'bad_response' });
  });

  it.each([
    { organization: OTHER, tenant: NEW, aud: HEX_64 },
    { client: OTHER, email: 'someone2026somewhere@a.example', scope: `ads.${OTHER}` },
    { user: { id: OTHER }, account: NEW, session_state: OTHER, server: `pod-${OTHER}` },
    { refresh_token: SENT, xoauth_yahoo_guid: OTHER, build: HEX_64 },
  ])('issues an access token beside facts that only look like tokens: %j', (more) => {
    expect(judge(answer({ ...ok, ...more }))).toMatchObject({ kind: 'issued' });
  });

  it.each([
    { rt2: NEW },
    { q: NEW },
    { data: { type: 'refresh_token', id: NEW } },
    { next: `https://app.example/#rt=${NEW}` },
    { refresh_token: SENT, latest: NEW },
  ])('is held where an odd name beside an access token has one: %j', (more) => {
    expect(judge(answer({ ...ok, ...more }))).toMatchObject({
      code: 'unread_response',
      access: { access_token: 'at' },
    });
  });

  it('is held where a stream brings more than its access token, in pieces', () => {
    const [first, second] = [NEW.slice(0, 13), NEW.slice(13)];
    const events = [ok, { v: first }, { v: second }].map((one) => `data: ${JSON.stringify(one)}\n`);
    expect(judge(answer(events.join('\n')))).toMatchObject({ code: 'unread_response' });
  });

  it.each([
    { id_token: JWT, scope: 'ads.read_v2', user: { id: OTHER } },
    { id: `https://login.example/id/${OTHER}`, signature: `${OTHER}=`, issued_at: '1764118800000' },
    { jti: OTHER, session_state: UUID, user_id: OTHER, email: 'a@b.example' },
    { api_domain: 'https://www.example.com', token_uses: 3, tenant: UUID },
  ])('is issued beside facts that are no token: %j', (more) => {
    expect(judge(answer({ ...ok, ...more }))).toMatchObject({ kind: 'issued' });
  });

  it.each([
    ['names', JSON.stringify({ ...ok, rt: NEW }).replaceAll('"', '&quot;')],
    ['letters', JSON.stringify({ ...ok, rt: NEW }).replaceAll('r', '&#x72;')],
  ])('is held where the entities of HTML hide its %s', (_what, body) => {
    expect(judge(answer(body))).toMatchObject({ code: 'unread_response' });
  });

  it.each([
    ['names', JSON.stringify(both).replaceAll('"', '&#34;')],
    ['signs', JSON.stringify({ ...both, refresh_token: NEW.replace('|', '&#124;') })],
  ])('is read where the entities of HTML hide its %s', (_what, body) => {
    expect(judge(answer(body))).toMatchObject({ kind: 'issued', refresh_token: NEW });
  });

  it.each([
    ['a name', `data: {"access_to\ndata: ken":"${OTHER}","refresh_tok\ndata: en":"${NEW}"}\n\n`],
    [
      'a value',
      `event: t\r\ndata: {"access_token":"${OTHER}","refresh_token":"${NEW.slice(0, 9)}\r\n` +
        `data: ${NEW.slice(9)}"}\r\n\r\n`,
    ],
  ])('is read where the lines of an event split %s', (_what, body) => {
    expect(judge(answer(body))).toMatchObject({
      kind: 'issued',
      access_token: OTHER,
      refresh_token: NEW,
    });
  });

  it.each([
    { 'set-cookie': `rt=${NEW}; HttpOnly; Secure` },
    { 'set-cookie': `sid=abc; Expires=Sun, 29 Nov 2026 05:17:00 GMT, rt=${NEW}; Path=/` },
    { 'set-cookie': `__Host-rt=${encodeURIComponent(NEW)}; Secure` },
    { 'set-cookie': `app_rt=${NEW}` },
    { 'set-cookie': `userRt=${NEW}` },
    { 'set-cookie': `refresh=${NEW}; HttpOnly` },
    { 'set-cookie': `refTok=${NEW}; HttpOnly` },
    { 'set-cookie': `auth=${Buffer.from(JSON.stringify(both)).toString('base64')}; Path=/` },
    { 'x-rt': NEW },
    { 'x-new-token': NEW },
    { 'x-renewed-token': NEW },
    { 'x-refresh': NEW },
  ])('is held where a header or a cookie has the refresh token: %j', (headers) => {
    expect(judge(answer(ok, { headers }))).toMatchObject({ code: 'unread_response' });
  });

  it.each(['renewal', 'offline_access', 'long_lived_token', 'persistentToken', 'rtk'])(
    'is held where a refresh token is called %s',
    (name) => {
      expect(judge(answer({ ...ok, [name]: NEW }))).toMatchObject({ code: 'unread_response' });
      expect(judge(answer({ ...ok, [name]: true }))).toMatchObject({ kind: 'issued' });
    },
  );

  it.each([{ 'x-auth-token': NEW }, { authorization: `Bearer ${NEW}` }, { 'x-access-token': NEW }])(
    'without a body is held where a header has a token: %j',
    (headers) => {
      expect(judge(answer('', { headers }))).toMatchObject({ code: 'unread_response' });
    },
  );

  it.each([
    { refresh: '0;url=https://login.example/a1b2c3d4e5f6' },
    { refresh: '0;url=/session/a1b2c3d4e5f6' },
    { etag: `"${OTHER}"`, 'x-request-id': UUID, 'x-csrf-token': OTHER, 'x-rt': '0.124' },
    { 'set-cookie': `JSESSIONID=${OTHER}; Path=/, cart=${OTHER}, XSRF-TOKEN=${OTHER}` },
    { 'set-cookie': `rt=${SENT}; Max-Age=3600`, 'x-access-token': 'another-long-token-1' },
  ])('is issued beside headers and cookies of another kind: %j', (headers) => {
    expect(judge(answer(ok, { headers }))).toMatchObject({ kind: 'issued' });
  });
});

describe('an answer that is no success', () => {
  it.each([
    [500, both],
    [502, `access_token=at&refresh_token=${encodeURIComponent(NEW)}`],
    [503, { data: { refreshToken: NEW } }],
    [503, { data: JSON.stringify(both) }],
    [500, { title: 'x', tokens: { access: OTHER, refresh: NEW } }],
    [500, { error: 'server_error', ...both }],
    [429, both],
    [408, both],
    [400, both],
    [401, both],
    [403, both],
    [304, both],
    [500, `{"access_token":"at","refresh_token":"${NEW}","expires_in":36`],
  ])('(HTTP %i) is held where it has a new token: %j', (status, body) => {
    const isCut = typeof body === 'string' && body.startsWith('{');
    const failure = isCut ? { kind: 'cut' as const, code: 'ECONNRESET' } : null;
    const held = judge(answer(body, { status, failure }));
    expect(held).toMatchObject({ code: 'unread_response', retry: 'final' });
    expect(held).not.toHaveProperty('refresh_token');
  });

  it('is held where its address or a cookie has a new token', () => {
    const location = `https://a.example/#access_token=${OTHER}&refresh_token=${NEW}`;
    for (const headers of [{ location }, { 'set-cookie': `refresh_token=${NEW}` }]) {
      expect(judge(answer('', { status: 302, headers }))).toMatchObject({
        code: 'unread_response',
      });
    }
  });

  it('issues what it holds when a person has it read again', () => {
    const again = answer(both, { status: 500, grant_type: 'reread' });
    expect(judge(again)).toMatchObject({ kind: 'issued', refresh_token: NEW });
    expect(issuedCredential(again)).toBe(NEW);
  });

  it.each([
    [400, { error: 'invalid_grant', refresh_token: NEW }, 'needs_authorization'],
    [401, { error: 'invalid_client', request: { refresh_token: NEW } }, 'app_rejected'],
    [400, { refresh_token: SENT, client_id: OTHER }, 'request_rejected'],
    [422, { errors: { refresh_token: ['is-missing-or-invalid-1'] } }, 'request_rejected'],
    [422, { refresh_token: 'E1001_REFRESH_TOKEN_EXPIRED' }, 'request_rejected'],
    [500, '<pre>access_token = AccessToken.create(4711)</pre>', 'provider_unavailable'],
    [500, { trace: `refresh_token = "${NEW}"` }, 'provider_unavailable'],
    [500, { value: NEW, request_id: UUID }, 'provider_unavailable'],
  ])('(HTTP %i) is judged as before for %j', (status, body, code) => {
    expect(judge(answer(body, { status }))).toMatchObject({ code });
  });

  it('is judged as before for a grant that spends nothing', () => {
    const refused = answer(both, { status: 500, grant_type: 'client_credentials' });
    expect(judge(refused)).toMatchObject({ code: 'provider_unavailable' });
  });
});
