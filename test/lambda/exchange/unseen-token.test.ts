import { describe, expect, it } from 'vitest';
import { holdsUnseenToken } from '../../../lambda/exchange/unseen-token.ts';

const SENT = 'sent/token+1';
const isSeen = (value: string) => value === SENT || value === 'read-token';
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
    { request: JSON.stringify({ refresh_token: SENT }) },
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
  ])('finds one in the text %j', (text) => {
    expect(inText(text)).toBe(true);
    expect(inText(text.replace('new-token', 'read-token'))).toBe(false);
  });

  it.each([
    '<html><a href="/docs/refresh_token">refresh_token</a> is missing</html>',
    'The refresh token is invalid or expired.',
    `{"refresh_token": "${SENT.replace('/', '\\/')}", }`,
    `refresh_token=${encodeURIComponent(SENT)}&grant_type=<x>`,
    'refresh_token: null',
  ])('finds none in the text %j', (text) => {
    expect(inText(text)).toBe(false);
  });

  it('bears a text of a megabyte', () => {
    expect(inText('refresh_token'.repeat(80_000))).toBe(false);
    expect(inText(`refresh_token="${'\\'.repeat(1_000_000)}`)).toBe(false);
  });
});
