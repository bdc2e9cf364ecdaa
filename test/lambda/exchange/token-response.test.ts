import { describe, expect, it } from 'vitest';
import { issuedCredential, judge } from '../../../lambda/exchange/token-response.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { ArchivedExchange } from '../../../lambda/history/archived-exchange.ts';
import type { ProviderDefinition } from '../../../lambda/providers/provider.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';

const CANARY = 'canary-77aa';

/** A whole answer to a refresh at Amazon Ads, changed as a case asks. */
function exchange(
  change: Partial<Omit<ArchivedExchange, 'body'>> & { body?: unknown } = {},
): ArchivedExchange {
  const { body = { access_token: 'at', token_type: 'bearer', expires_in: 3600 }, ...rest } = change;
  return archivedExchange(body as object | string, {
    spent: 'f',
    sent_at: '2026-11-22T02:00:00.000Z',
    received_at: '2026-11-22T02:00:10.000Z',
    ...rest,
  });
}

const ok = { access_token: 'at', token_type: 'bearer', expires_in: 3600 };
const pipe = `Atzr|${'x'.repeat(2043)}`;

describe(judge.name, () => {
  it('counts the lifetime from the sending of the request, and keeps what the reply says', () => {
    const body = {
      ...ok,
      token_type: 'Bearer',
      scope: 'a b',
      refresh_token: pipe,
      created_at: 1,
      extra: 'ignored',
    };
    expect(judge(exchange({ body }))).toEqual({
      kind: 'issued',
      access_token: 'at',
      token_type: 'Bearer',
      expires_at: '2026-11-22T03:00:00.000Z',
      scope: 'a b',
      refresh_token: pipe,
    });
  });

  it.each<[string, string]>([
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['objects behind a notice', `<p>${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['lists', `${'['.repeat(400_000)}"refresh_token"${']'.repeat(400_000)}`],
    ['open braces', '{'.repeat(1_000_000)],
    ['numbers', `[${'1,'.repeat(500_000)}1]`],
    ['bytes of a token', `{"refresh_token":[${'66,'.repeat(300_000)}66]}`],
    ['names', `[${'"refresh_token",'.repeat(60_000)}1]`],
    ['Base64', Buffer.from('{"a":'.repeat(100_000)).toString('base64')],
  ])('bears a megabyte of %s, whole and cut', (_what, body) => {
    for (const failure of [null, { kind: 'cut', code: 'too_large' } as const]) {
      expect(judge(exchange({ body, failure })).kind).toBe('failed');
    }
  });

  it.each([
    ['none', {}],
    ['an empty one', { refresh_token: '' }],
    ['null', { refresh_token: null }],
    ['a number', { refresh_token: 7 }],
  ])('issues no refresh token where the reply has %s', (_what, field) => {
    const judgement = judge(exchange({ body: { ...ok, ...field } }));
    expect(judgement.kind).toBe('issued');
    expect(judgement).not.toHaveProperty('refresh_token');
  });

  it('takes a missing token_type as bearer', () => {
    expect(judge(exchange({ body: { access_token: 'at' } }))).toMatchObject({
      token_type: 'bearer',
    });
  });

  it('reads a body with a byte order mark, or with bytes that are not UTF-8', () => {
    expect(judge(exchange({ body: `\ufeff${JSON.stringify(ok)}` })).kind).toBe('issued');
    const body = Buffer.concat([
      Buffer.from('{"access_token":"at","refresh_token":"new","note":"'),
      Buffer.from([0xe9]),
      Buffer.from('"}'),
    ]);
    expect(
      judge(exchange({ body: body.toString('base64'), body_encoding: 'base64' })),
    ).toMatchObject({
      kind: 'issued',
      refresh_token: 'new',
    });
  });

  it('takes a body that ended early when it is whole JSON all the same', () => {
    const failure = { kind: 'cut', code: 'UND_ERR_SOCKET' } as const;
    expect(judge(exchange({ failure, body: { ...ok, refresh_token: 'new' } }))).toMatchObject({
      kind: 'issued',
      refresh_token: 'new',
    });
  });

  it.each<[string, unknown]>([
    ['a refresh token under another name', { ...ok, refreshToken: 'new' }],
    ['a refresh token in an envelope', { ...ok, data: { refresh_token: 'new' } }],
    ['a token in a text', `Thanks!\nrefresh_token: new-token\n${JSON.stringify(ok)}`],
  ])('says unread_response to a success with %s, and keeps the access token', (_what, body) => {
    expect(judge(exchange({ body }))).toEqual({
      kind: 'failed',
      code: 'unread_response',
      retry: 'final',
      access: { access_token: 'at', token_type: 'bearer', expires_at: '2026-11-22T03:00:00.000Z' },
    });
  });

  it('says unread_response to bytes that do not become text to their end', () => {
    const body = Buffer.from([0xff, 0xfe, 0, 1, 2, 3]).toString('base64');
    expect(judge(exchange({ body, body_encoding: 'base64' }))).toEqual({
      kind: 'failed',
      code: 'unread_response',
      retry: 'final',
    });
  });

  it('knows an echo of what was sent, and of what is held', () => {
    const body = { request: { refresh_token: 'sent' }, before: { access_token: 'held' } };
    const echo = exchange({ body, spent: fingerprint('sent') });
    const isHeld = (token: string) => token === 'held';
    expect(judge(echo)).toMatchObject({ code: 'unread_response' });
    expect(judge(echo, providers.get('amazon-ads'), isHeld)).toMatchObject({
      code: 'bad_response',
    });
  });

  it('says no unread_response beside an error that is known', () => {
    const body = { error: 'invalid_grant', request: { refreshToken: 'something' } };
    expect(judge(exchange({ body }))).toMatchObject({ code: 'needs_authorization' });
  });

  it('holds a token beside an error after which it would be sent again', () => {
    const body = { error: 'temporarily_unavailable', data: { refresh_token: pipe } };
    expect(judge(exchange({ body }))).toMatchObject({ code: 'unread_response', retry: 'final' });
  });

  it('holds a refresh token that came in a header or a cookie', () => {
    for (const headers of [
      { 'x-refresh-token': pipe },
      { 'set-cookie': 'refresh_token=new-token-1; HttpOnly' },
      { location: 'https://app.example/#refresh_token=new-token-1' },
    ]) {
      expect(judge(exchange({ headers }))).toMatchObject({ code: 'unread_response' });
    }
    const headers = { 'access-control-expose-headers': 'X-Refresh-Token', refresh: '5;url=/x' };
    expect(judge(exchange({ headers }))).toMatchObject({ kind: 'issued' });
  });

  it.each([
    ...['null', 'undefined', '[object Object]', 'None', 'NaN', 'N/A', '<nil>', 'false', '{}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template left its placeholder.
    ...['****', '****1234', 'Atzr|Iw...', '[REDACTED]', '${refresh_token}', '%s', 'xxxxxxxx'],
    ...[' ', '\n', '\u00a0', '\u200b', '\u00ad', '\ufeff', '\u2060', '\u3164', '\u2800'],
  ])('takes %j for no token', (text) => {
    const issued = judge(exchange({ body: { ...ok, refresh_token: text } }));
    expect(issued).toMatchObject({ kind: 'issued', access_token: 'at' });
    expect(issued.refresh_token).toBeUndefined();
    const bare = judge(exchange({ body: { ...ok, access_token: text, refresh_token: pipe } }));
    expect(bare).toMatchObject({ code: 'bad_response', refresh_token: pipe });
  });

  it('takes off blanks around a token, with which no request could send it', () => {
    const body = { access_token: ' at\n', refresh_token: `${pipe}\r\n` };
    expect(judge(exchange({ body }))).toMatchObject({ access_token: 'at', refresh_token: pipe });
  });

  it('publishes no refresh token that comes back as access token', () => {
    const body = { access_token: 'spent-one', refresh_token: pipe };
    expect(judge(exchange({ body, spent: fingerprint('spent-one') }))).toMatchObject({
      code: 'bad_response',
      refresh_token: pipe,
      cause: expect.stringContaining('refresh token that was sent'),
    });
  });

  it.each([
    '{"access_token":"at","refresh_token":"first-token","refresh_token":null}',
    '{"access_token":"at","refresh\\u005ftoken":"first-token","refresh_token":""}',
    '{"access_token":"at","r\\u0065fresh_token":"first-token","refresh_token":"other-token"}',
    '{"access_token":"at","data":{"refresh_token":"first-token"},"data":{}}',
    '{"access_token":"first-token","note":"}","access_token":"at"}',
    '<!-- -->{"access_token":"at","refresh_token":"first-token","refresh_token":null}',
    'access_token=at&refresh%5Ftoken=first-token&refresh_token=',
    'access_token=at&refresh_token=first-token&refresh_token=',
  ])('holds the first of two tokens of one name: %s', (body) => {
    expect(judge(exchange({ body }))).toMatchObject({ code: 'unread_response' });
  });

  it.each([
    '{"access_token":"at","scope":"a","scope":"b","refresh_token_expires_in":86400}',
    '{"access_token":"at","a":{"id":1},"b":{"id":2}}',
    'access_token=at&scope=a&scope=b',
  ])('holds nothing for a member that is there twice and is no token: %s', (body) => {
    expect(judge(exchange({ body }))).not.toMatchObject({ code: 'unread_response' });
  });

  it.each([304, 400, 403, 500])('takes the token of a whole HTTP %i for not issued', (status) => {
    const refusal = exchange({ status, body: { ...ok, refresh_token: 'new' } });
    expect(judge(refusal)).toMatchObject({ kind: 'failed' });
    expect(judge(refusal)).not.toHaveProperty('refresh_token');
    expect(issuedCredential(refusal)).toBeNull();
  });

  it.each<[string, number, unknown, string]>([
    ['in an object', 400, { error: { code: 'invalid_client' } }, 'app_rejected'],
    ['in a list', 400, { errors: ['invalid_client'] }, 'app_rejected'],
    ['in capitals', 400, { code: 'INVALID_CLIENT' }, 'app_rejected'],
    ['in camel case', 403, { fault: { type: 'invalidClient' } }, 'app_rejected'],
    ['in XML', 400, '<error>invalid_client</error>', 'app_rejected'],
    ['in a page', 400, '<h1>Invalid client</h1>', 'app_rejected'],
    ['of a grant, in an object', 401, { error: { code: 'invalid_grant' } }, 'needs_authorization'],
    ['of a grant, in a list', 400, { errors: [{ code: 'invalid_grant' }] }, 'needs_authorization'],
    ["of the tenant's right", 401, { message: 'unauthorized_client' }, 'needs_authorization'],
    ['of a token that ended', 401, { error: 'invalid_token' }, 'needs_authorization'],
    ['none, in a page', 401, '<html>Sorry</html>', 'app_rejected'],
    ['none', 403, '<html>Forbidden</html>', 'request_rejected'],
    ['two, so none', 400, 'invalid_client or invalid_grant', 'request_rejected'],
    ['in the name of another', 400, 'not_invalid_clients', 'request_rejected'],
    ['of a server in trouble, by its name', 500, { error: 'invalid_client' }, 'app_rejected'],
    ['of a server in trouble, in a page', 500, '<p>invalid_client</p>', 'provider_unavailable'],
    ['of a server in trouble', 503, { error: { code: 'invalid_client' } }, 'provider_unavailable'],
  ])('finds the code of a refusal: %s', (_where, status, body, code) => {
    expect(judge(exchange({ status, body }))).toMatchObject({ code });
  });

  it('says no unread_response of a grant that spends nothing', () => {
    const body = { accessToken: 'new' };
    expect(judge(exchange({ body, grant_type: 'client_credentials' }))).toMatchObject({
      code: 'bad_response',
    });
  });

  it('takes the tokens that came whole of an answer that was cut', () => {
    const body = '{"access_token":"at","refresh_token":"new","expires_in":36';
    const failure = { kind: 'cut', code: 'ECONNRESET' } as const;
    expect(judge(exchange({ failure, body }))).toMatchObject({
      kind: 'issued',
      access_token: 'at',
      refresh_token: 'new',
    });
  });

  it('reads the wire of an answer that is not proper HTTP, also without a status line', () => {
    const failure = { kind: 'refused', code: 'HPE_INVALID_CONSTANT' } as const;
    const wire = Buffer.from(JSON.stringify({ ...ok, refresh_token: 'new' })).toString('base64');
    for (const status of [204, null]) {
      expect(judge(exchange({ status, body: '', failure, wire }))).toMatchObject({
        kind: 'issued',
        refresh_token: 'new',
      });
    }
  });

  it.each([' ', '\n', '\u00a0', '\u200b', '\ufeff '])('takes %j for no token', (blank) => {
    expect(judge(exchange({ body: { ...ok, refresh_token: blank } }))).not.toHaveProperty(
      'refresh_token',
    );
    expect(judge(exchange({ body: { ...ok, access_token: blank } }))).toMatchObject({
      code: 'bad_response',
    });
  });

  const html = '<html><body>Oops canary-77aa</body></html>';
  it.each<[string, Parameters<typeof exchange>[0], string, string]>([
    ['a 200 of HTML', { body: html }, 'bad_response', 'final'],
    ['an empty 200', { body: '' }, 'bad_response', 'final'],
    ['a 204', { status: 204, body: '' }, 'bad_response', 'final'],
    [
      'a 200 cut in its body',
      { body: '{"access_token":"at","refr', failure: { kind: 'cut', code: 'ECONNRESET' } },
      'unknown_outcome',
      'resend',
    ],
    [
      'no answer',
      { status: null, body: '', failure: { kind: 'no_answer', code: 'timeout' } },
      'unknown_outcome',
      'resend',
    ],
    [
      'a request that was not sent',
      { status: null, body: '', failure: { kind: 'not_sent', code: 'ENOTFOUND' } },
      'provider_unavailable',
      'transient',
    ],
    [
      'a URL that is not allowed',
      { status: null, body: '', failure: { kind: 'not_sent', code: 'url_refused' } },
      'invalid_entry',
      'final',
    ],
    ['a 200 that is JSON but no object', { body: '[]' }, 'bad_response', 'final'],
    ['a 200 of null', { body: 'null' }, 'bad_response', 'final'],
    ['a 200 without access token', { body: { token_type: 'bearer' } }, 'bad_response', 'final'],
    [
      'a 200 with an empty access token',
      { body: { ...ok, access_token: '' } },
      'bad_response',
      'final',
    ],
    [
      'a 200 with an access token of another type',
      { body: { ...ok, access_token: { value: 1 } } },
      'bad_response',
      'final',
    ],
    [
      'a 200 with an access token no header can carry',
      { body: { ...ok, access_token: 'a\r\nb' } },
      'bad_response',
      'final',
    ],
    [
      'a 200 with another token type',
      { body: { ...ok, token_type: 'mac' } },
      'bad_response',
      'final',
    ],
    [
      'a 200 whose access token is inherited',
      { body: '{"__proto__":{"access_token":"at"}}' },
      'unread_response',
      'final',
    ],
    [
      'a 200 that is a refusal',
      { body: { error: 'invalid_grant' } },
      'needs_authorization',
      'final',
    ],
    [
      'invalid_grant',
      { status: 400, body: { error: 'invalid_grant', error_description: CANARY } },
      'needs_authorization',
      'final',
    ],
    [
      'invalid_grant as 401',
      { status: 401, body: { error: 'invalid_grant' } },
      'needs_authorization',
      'final',
    ],
    [
      'unauthorized_client',
      { status: 400, body: { error: 'unauthorized_client' } },
      'needs_authorization',
      'final',
    ],
    ['invalid_client', { status: 401, body: { error: 'invalid_client' } }, 'app_rejected', 'final'],
    [
      'invalid_client as 400',
      { status: 400, body: { error: 'invalid_client' } },
      'app_rejected',
      'final',
    ],
    [
      'invalid_request',
      { status: 400, body: { error: 'invalid_request' } },
      'request_rejected',
      'final',
    ],
    [
      'unsupported_grant_type',
      { status: 400, body: { error: 'unsupported_grant_type' } },
      'request_rejected',
      'final',
    ],
    [
      'invalid_scope',
      { status: 400, body: { error: 'invalid_scope' } },
      'request_rejected',
      'final',
    ],
    [
      'an unknown error of 400',
      { status: 400, body: { error: CANARY } },
      'request_rejected',
      'final',
    ],
    [
      'an unknown error of 401, which is the fault of the client',
      { status: 401, body: { error: 'unauthorized' } },
      'app_rejected',
      'final',
    ],
    [
      'an error named like a prototype',
      { status: 400, body: { error: 'constructor' } },
      'request_rejected',
      'final',
    ],
    [
      'an error object',
      { status: 400, body: { error: { message: CANARY } } },
      'request_rejected',
      'final',
    ],
    [
      'an unknown error of 500',
      { status: 500, body: { error: CANARY } },
      'provider_unavailable',
      'transient',
    ],
    ['a 403 of HTML', { status: 403, body: html }, 'request_rejected', 'final'],
    [
      'a redirect',
      { status: 302, headers: { location: `https://x/?${CANARY}` }, body: '' },
      'request_rejected',
      'final',
    ],
    ['404', { status: 404, body: html }, 'request_rejected', 'final'],
    ['405', { status: 405, body: '' }, 'request_rejected', 'final'],
    ['415', { status: 415, body: '' }, 'request_rejected', 'final'],
    ['408', { status: 408, body: '' }, 'provider_unavailable', 'transient'],
    ['425', { status: 425, body: '' }, 'provider_unavailable', 'transient'],
    ['a 502 of HTML', { status: 502, body: html }, 'provider_unavailable', 'transient'],
    [
      'a 503 cut short',
      { status: 503, body: '{"er', failure: { kind: 'cut', code: 'timeout' } },
      'provider_unavailable',
      'transient',
    ],
    [
      'a 500 that says invalid_grant',
      { status: 500, body: { error: 'invalid_grant' } },
      'provider_unavailable',
      'transient',
    ],
    [
      'temporarily_unavailable as 400',
      { status: 400, body: { error: 'temporarily_unavailable' } },
      'provider_unavailable',
      'transient',
    ],
    ['429', { status: 429, body: html }, 'throttled', 'throttled'],
    [
      'a 429 that says invalid_grant',
      { status: 429, body: { error: 'invalid_grant' } },
      'throttled',
      'throttled',
    ],
    ['an unknown provider', { provider: 'gone' }, 'bad_response', 'final'],
  ])('classes %s', (_what, change, code, retry) => {
    const judgement = judge(exchange(change));
    expect(judgement).toMatchObject({ kind: 'failed', code, retry });
    expect(JSON.stringify(judgement)).not.toContain(CANARY);
  });

  it('tells a known error code of the reply, and no other', () => {
    expect(judge(exchange({ status: 400, body: { error: 'invalid_grant' } }))).toMatchObject({
      oauth_error: 'invalid_grant',
    });
    expect(judge(exchange({ status: 400, body: { error: CANARY } }))).not.toHaveProperty(
      'oauth_error',
    );
  });

  it("takes credentials in the query as the app's fault at Instacart Connect", () => {
    const refused = exchange({
      provider: 'instacart-connect',
      status: 403,
      body: { error: 'query_params_forbidden' },
    });
    expect(judge(refused)).toMatchObject({
      code: 'app_rejected',
      oauth_error: 'query_params_forbidden',
    });
  });

  it("shows a definition's patterns and nothing around them", () => {
    const body = { error: 'invalid_grant', error_description: `AADSTS700082: expired ${CANARY}` };
    const judgement = judge(exchange({ provider: 'microsoft-ads', status: 400, body }));
    expect(judgement).toEqual({
      kind: 'failed',
      code: 'needs_authorization',
      retry: 'final',
      oauth_error: 'invalid_grant',
      shown: 'AADSTS700082',
    });
  });

  it.each([
    ['seconds', '120', 120_000],
    ['a date', 'Sun, 22 Nov 2026 02:01:00 GMT', 50_000],
    ['nothing', undefined, undefined],
  ])('reads Retry-After of %s', (_what, header, expected) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'retry-after': header };
    for (const status of [429, 503]) {
      const judgement = judge(exchange({ status, headers }));
      expect(judgement.kind === 'failed' && judgement.retryAfterMs).toBe(expected);
    }
  });

  it('reads no Retry-After of what must not be sent again', () => {
    expect(judge(exchange({ status: 400, headers: { 'retry-after': '9' } }))).not.toHaveProperty(
      'retryAfterMs',
    );
  });

  it.each([
    { token_type: 'mac', access_token: 'at', refresh_token: 'new' },
    { refresh_token: 'new' },
    { error: 'invalid_grant', refresh_token: 'new' },
  ])('keeps what a bad success issued: %j', (body) => {
    expect(judge(exchange({ body }))).toMatchObject({
      kind: 'failed',
      code: 'bad_response',
      retry: 'final',
      refresh_token: 'new',
    });
  });

  it('never throws, whatever the body is', () => {
    for (const body of [
      '[',
      '"',
      '0',
      'true',
      '{"access_token":[]}',
      '['.repeat(100_000),
      '{"a":'.repeat(50_000),
      '\u0000',
      '{"expires_in":{}}',
    ]) {
      for (const status of [100, 200, 302, 400, 500, 999]) {
        expect(judge(exchange({ body, status })).kind).toBe('failed');
      }
    }
  });
});

const enveloped: ProviderDefinition = {
  ...(providers.get('oauth2') as ProviderDefinition),
  id: 'enveloped',
  response: {
    ok_when: { path: 'code', equals: 0 },
    access_token: 'data.access_token',
    refresh_token: 'data.refresh_token',
    token_type: null,
    scope: 'data.scope',
    expires: { path: 'data.expires_in', kind: 'epoch_seconds' },
    default_expires_in_s: 3600,
  },
  errors: { code_path: 'code', codes: { 40100: 'throttled', 40105: 'invalid_grant' } },
};

describe(`${judge.name} of an envelope`, () => {
  const data = {
    access_token: 'at',
    refresh_token: 'rt',
    expires_in: 1_795_327_200,
    token_type: 'anything',
  };

  it('reads the values inside it', () => {
    expect(judge(exchange({ body: { code: 0, data } }), enveloped)).toEqual({
      kind: 'issued',
      access_token: 'at',
      token_type: 'bearer',
      expires_at: '2026-11-22T06:00:00.000Z',
      refresh_token: 'rt',
    });
  });

  it.each([
    [40100, 'throttled'],
    [40105, 'needs_authorization'],
    [1, 'bad_response'],
    ['0', 'bad_response'],
    [undefined, 'bad_response'],
  ])('takes a 200 with code %j as %s', (code, expected) => {
    expect(judge(exchange({ body: { code, data: {} } }), enveloped)).toMatchObject({
      kind: 'failed',
      code: expected,
    });
  });

  it('keeps a credential that an envelope issues which is not in order', () => {
    expect(judge(exchange({ body: { code: 40105, data } }), enveloped)).toMatchObject({
      code: 'bad_response',
      refresh_token: 'rt',
    });
  });
});

describe(issuedCredential.name, () => {
  it.each<[string, Parameters<typeof exchange>[0], string | null]>([
    ['a new refresh token', { body: { ...ok, refresh_token: 'new' } }, 'new'],
    ['one without access token', { body: { refresh_token: 'new' } }, 'new'],
    [
      'one in a cut but whole body',
      { body: { refresh_token: 'new' }, failure: { kind: 'cut', code: 'x' } },
      'new',
    ],
    ['none', { body: ok }, null],
    ['an empty one', { body: { refresh_token: '' } }, null],
    ['one of another type', { body: { refresh_token: ['new'] } }, null],
    ['one in a refusal', { status: 400, body: { refresh_token: 'new' } }, null],
    ['one in a redirect', { status: 302, body: { refresh_token: 'new' } }, null],
    ['a body that cannot be parsed', { body: '{"refresh_token":"new"' }, null],
    [
      'one from a platform that issues none',
      { provider: 'instacart-connect', body: { refresh_token: 'new' } },
      null,
    ],
    ['one from an unknown provider', { provider: 'gone', body: { refresh_token: 'new' } }, null],
    [
      'one that an operator put there',
      { grant_type: 'adopted', status: null, body: { refresh_token: 'op' } },
      'op',
    ],
    [
      'one of a provider gone since',
      { grant_type: 'adopted', provider: 'gone', status: null, body: { refresh_token: 'op' } },
      'op',
    ],
    [
      'an adopted one that is blank',
      { grant_type: 'adopted', status: null, body: { refresh_token: '' } },
      null,
    ],
  ])('finds %s', (_what, change, expected) => {
    expect(issuedCredential(exchange(change))).toBe(expected);
  });
});
