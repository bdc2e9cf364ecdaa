import { describe, expect, it } from 'vitest';
import { issuedCredential, judge } from '../../../lambda/exchange/token-response.ts';
import type { ArchivedExchange } from '../../../lambda/history/archived-exchange.ts';
import type { ProviderDefinition } from '../../../lambda/providers/provider.ts';
import type { ReadingRules } from '../../../lambda/providers/reading.ts';
import { readingOf } from '../../../lambda/providers/reading-of.ts';
import { define, STANDARD_RESPONSE } from '../../../lambda/providers/standard.ts';

function definitionOf(own: Partial<ProviderDefinition>): ProviderDefinition {
  return define({ id: 'own', title: 'Own', token_url: 'https://as.example/token', ...own });
}

function exchange(
  body: unknown,
  {
    status = 200,
    reading,
    grant = 'refresh_token',
  }: {
    status?: number;
    reading?: ReadingRules;
    grant?: string;
  } = {},
): ArchivedExchange {
  return {
    version: 1,
    tenant: 'acme',
    shard: 'default',
    provider: 'own',
    app: null,
    run_id: 'run',
    turn: 1,
    attempt: 1,
    grant_type: grant,
    spent: 'f',
    method: 'POST',
    url: 'https://as.example/token',
    sent_at: '2026-11-22T02:00:00.000Z',
    received_at: '2026-11-22T02:00:01.000Z',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
    body_encoding: 'utf8',
    failure: null,
    ...(reading ? { reading } : {}),
    vault_version_created_at: null,
  };
}

describe('the rules by which a reply is read', () => {
  it('say by `values` that a random text beside an access token is none', () => {
    const rules = definitionOf({});
    const told = definitionOf({
      response: { ...STANDARD_RESPONSE, values: { session: 'session_id' } },
    });
    const answer = exchange({ access_token: 'A', session_id: '3kQvN0pLz7RtYwXcVbAsDfGh' });
    expect(judge(answer, rules)).toMatchObject({ code: 'unread_response' });
    expect(judge(answer, told)).toMatchObject({ kind: 'issued' });
  });

  const enveloped = definitionOf({
    response: { ...STANDARD_RESPONSE, access_token: 'data.at', refresh_token: 'data.rt' },
  });
  const pinned = readingOf(enveloped, 'refresh_token');
  const reply = { data: { at: 'A', rt: 'R' } };

  it('are those that were archived, though the definition is gone', () => {
    const archived = exchange(reply, { reading: pinned });
    expect(judge(archived)).toMatchObject({
      kind: 'issued',
      access_token: 'A',
      refresh_token: 'R',
    });
    expect(issuedCredential(archived)).toBe('R');
  });

  it('are those that were archived, though the definition was changed since', () => {
    const changed = definitionOf({
      response: { ...STANDARD_RESPONSE, refresh_token: 'data.at', access_token: 'data.rt' },
    });
    const archived = exchange(reply, { reading: pinned });
    expect(judge(archived, changed)).toMatchObject({ access_token: 'A', refresh_token: 'R' });
    expect(issuedCredential(archived, changed)).toBe('R');
  });

  it('are those of the definition now, where the archived ones find nothing', () => {
    const wrong = readingOf(definitionOf({}), 'refresh_token');
    const archived = exchange(reply, { reading: wrong });
    expect(judge(archived)).toMatchObject({ kind: 'failed' });
    expect(judge(archived, enveloped)).toMatchObject({ kind: 'issued', refresh_token: 'R' });
    expect(issuedCredential(archived, enveloped)).toBe('R');
  });

  it('may differ for each grant', () => {
    const { response } = enveloped;
    const definition = definitionOf({
      grants: {
        authorization_code: {
          params: {},
          response: { access_token: 'user.at', refresh_token: 'user.rt' },
        },
        refresh_token: { params: {} },
      },
      response,
    });
    const code = exchange({ user: { at: 'A1', rt: 'R1' } }, { grant: 'authorization_code' });
    expect(judge(code, definition)).toMatchObject({ access_token: 'A1', refresh_token: 'R1' });
    expect(judge(exchange(reply), definition)).toMatchObject({ access_token: 'A' });
  });

  it('take the first of several paths that holds a text', () => {
    const definition = definitionOf({
      response: { ...STANDARD_RESPONSE, access_token: ['a.at', 'b.at'], refresh_token: ['x', 'y'] },
    });
    expect(judge(exchange({ a: { at: ' ' }, b: { at: 'B' }, y: 'R' }), definition)).toMatchObject({
      access_token: 'B',
      refresh_token: 'R',
    });
  });
});

describe('token types', () => {
  const ebay = definitionOf({
    response: { ...STANDARD_RESPONSE, token_types: ['user access token'] },
  });

  it.each(['User Access Token', 'user access token'])('publishes %j as Bearer', (token_type) => {
    const body = { access_token: 'A', token_type };
    expect(judge(exchange(body), ebay)).toMatchObject({ kind: 'issued', token_type: 'bearer' });
  });

  it.each(['DPoP', 'mac', 'Application Access Token'])(
    'refuses %j and names token_type',
    (type) => {
      const judgement = judge(exchange({ access_token: 'A', token_type: type }), ebay);
      expect(judgement).toMatchObject({ code: 'bad_response' });
      expect(judgement).toHaveProperty('cause', expect.stringContaining('token_type'));
      expect(JSON.stringify(judgement)).not.toContain(type);
    },
  );
});

describe('the meaning of a refusal', () => {
  const definition = definitionOf({
    errors: {
      code_path: ['error.sub', 'error.code'],
      codes: { 190: 'invalid_grant', 4: 'throttled' },
      statuses: { 400: 'invalid_client', 503: 'throttled' },
    },
  });
  const codeOf = (body: unknown, status: number) => judge(exchange(body, { status }), definition);

  it('comes from the first listed code of several paths', () => {
    expect(codeOf({ error: { sub: 33, code: 190 } }, 400)).toMatchObject({
      code: 'needs_authorization',
      oauth_error: '190',
    });
    expect(codeOf({ error: { sub: '4', code: 190 } }, 400)).toMatchObject({ code: 'throttled' });
  });

  it('comes from the status where no code is known', () => {
    expect(codeOf('<html>', 400)).toMatchObject({ code: 'app_rejected' });
    expect(codeOf('', 503)).toMatchObject({ code: 'throttled' });
    expect(codeOf({ error: { code: 190 } }, 401)).toMatchObject({ code: 'needs_authorization' });
  });

  it('is the fault of the client for any 401 without a known code', () => {
    expect(judge(exchange('', { status: 401 }), definitionOf({}))).toMatchObject({
      code: 'app_rejected',
    });
    const tolerant = definitionOf({ errors: { statuses: { 401: 'invalid_grant' } } });
    expect(judge(exchange('', { status: 401 }), tolerant)).toMatchObject({
      code: 'needs_authorization',
    });
  });
});

describe('what else a reply brings', () => {
  const definition = definitionOf({
    response: {
      ...STANDARD_RESPONSE,
      values: { instance_url: 'instance_url', ids: 'data.ids', missing: 'nowhere' },
    },
  });
  const body = { access_token: 'A', instance_url: 'https://eu.example', data: { ids: [1, 'b'] } };

  it('is listed by the definition, and nothing else leaves the reply', () => {
    expect(judge(exchange({ ...body, secret: 'S' }), definition)).toMatchObject({
      values: { instance_url: 'https://eu.example', ids: [1, 'b'] },
    });
    expect(JSON.stringify(judge(exchange({ ...body, secret: 'S' }), definition))).not.toContain(
      'S"',
    );
  });

  it('is left out where it is an object or too long', () => {
    const long = { ...body, instance_url: 'x'.repeat(3000), data: { ids: [{ a: 1 }] } };
    expect(judge(exchange(long), definition)).not.toHaveProperty('values');
  });

  it('joins a scope that is a list, and leaves one out that is too long to be published', () => {
    expect(judge(exchange({ ...body, scope: ['a', 4] }), definition)).toHaveProperty(
      'scope',
      'a 4',
    );
    expect(judge(exchange({ ...body, scope: 'x'.repeat(5000) }), definition)).not.toHaveProperty(
      'scope',
    );
  });

  it('has no access token that is too long to be published, but the refresh token beside it', () => {
    const huge = { access_token: 'A'.repeat(20_000), refresh_token: 'R' };
    expect(judge(exchange(huge), definition)).toMatchObject({
      code: 'bad_response',
      refresh_token: 'R',
      cause: expect.stringContaining('longer'),
    });
  });
});
