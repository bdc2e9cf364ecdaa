import { describe, expect, it } from 'vitest';
import { readOwnDefinition } from '../../../lambda/providers/own-definition.ts';

const dsp = {
  extends: 'oauth2',
  title: 'Agency DSP',
  token_url: 'https://{host}/oauth/token',
  variables: { host: '[a-z0-9-]+\\.dsp\\.example' },
  response: { access_token: 'data.token' },
  errors: { code_path: 'code', codes: { '4011': 'invalid_grant' } },
};

function faultOf(change: Record<string, unknown>): { path: string; problem: string } {
  const read = readOwnDefinition('agency-dsp', { ...dsp, ...change });
  if ('definition' in read) throw new Error('It was taken.');
  return read;
}

function taken(change: Record<string, unknown>) {
  const read = readOwnDefinition('agency-dsp', { ...dsp, ...change });
  if ('problem' in read) throw new Error(`${read.path}: ${read.problem}`);
  return read.definition;
}

describe(readOwnDefinition.name, () => {
  it('lays objects over the shipped ones, and replaces texts and lists', () => {
    expect(taken({ scope_separator: ',' })).toMatchObject({
      id: 'agency-dsp',
      title: 'Agency DSP',
      scope_separator: ',',
      client_auth: 'post',
      response: { access_token: 'data.token', refresh_token: 'refresh_token' },
      grants: { refresh_token: { params: { refresh_token: '{credential}' } } },
    });
  });

  it('extends oauth2 where it names none, and has its id as its title', () => {
    const { extends: _, title: __, ...rest } = dsp;
    expect(readOwnDefinition('agency-dsp', rest)).toMatchObject({
      definition: { title: 'agency-dsp', token_url: dsp.token_url },
    });
  });

  it('removes by null, but for places where null means something', () => {
    const definition = taken({
      authorize: null,
      grants: { client_credentials: null, refresh_token: { grant_type: null } },
      response: { refresh_token: null, default_expires_in_s: null },
    });
    expect(definition).not.toHaveProperty('authorize');
    expect(definition.grants).not.toHaveProperty('client_credentials');
    expect(definition.grants.refresh_token).toHaveProperty('grant_type', null);
    expect(definition.response).toMatchObject({ refresh_token: null, default_expires_in_s: null });
  });

  it('passes on nothing that was said of the shipped platform alone', () => {
    const read = readOwnDefinition('mine', { extends: 'shopify' });
    expect(read).toHaveProperty('definition');
    expect(read).not.toHaveProperty('definition.register_url');
    expect(read).not.toHaveProperty('definition.unconfirmed');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown shipped provider', { extends: 'nope' }, 'extends'],
    ['a chain', { extends: 'agency-dsp' }, 'extends'],
    ['an id of its own', { id: 'other' }, 'id'],
    ['a misspelt field', { token_ulr: 'https://x.example' }, 'token_ulr'],
    ['a misspelt field inside', { response: { acess_token: 'x' } }, 'response.acess_token'],
    ['a number for a text', { title: 7 }, 'title'],
    ['a text for a number', { max_concurrency: 'many' }, 'max_concurrency'],
    ['a concurrency of 0', { max_concurrency: 0 }, 'max_concurrency'],
    ['another client_auth', { client_auth: 'digest' }, 'client_auth'],
    ['another meaning', { errors: { codes: { a: 'dead' } } }, 'errors.codes.a'],
    [
      'a status that is none',
      { errors: { statuses: { 200: 'throttled' } } },
      'errors.statuses.200',
    ],
    ['another algorithm', { signed: { jwt: { alg: 'none' } } }, 'signed.jwt.alg'],
    ['a grant that is none', { grants: { magic: { params: {} } } }, 'grants.magic'],
    ['a default that it has not', { default_grant: 'token_exchange' }, 'default_grant'],
    [
      'a grant that follows itself',
      { grants: { refresh_token: { followed_by: 'refresh_token' } } },
      'grants.refresh_token.followed_by',
    ],
  ])('names the place of %s', (_what, change, path) => {
    expect(faultOf(change).path).toBe(path);
  });

  it.each([
    'http://as.example/token',
    'https://127.0.0.1/token',
    'https://[::1]/token',
    'https://0x7f.1/token',
    'https://user:pass@as.example/token',
    'https://{host}@evil.example/token',
    'https://{host}evil/token',
    'https://{a}{b}/token',
    'https://as.example\\@evil.example/token',
    'https:///token',
    'ftp://as.example/token',
    'https://localhost/token',
    '//as.example/token',
  ])('refuses the URL %s', (token_url) => {
    const variables = { host: '[a-z]+', a: '[a-z]+', b: '[a-z]+' };
    expect(faultOf({ token_url, variables }).path).toBe('token_url');
  });

  it('refuses a URL with a placeholder that has no pattern, or with a secret', () => {
    expect(faultOf({ variables: null }).path).toBe('variables.host');
    const secret = {
      token_url: 'https://as.example/{client_secret}',
      variables: { client_secret: '.*' },
    };
    expect(faultOf(secret)).toEqual({ path: 'token_url', problem: 'a URL holds no secret' });
    const credential = {
      token_url: 'https://as.example/{credential}',
      variables: { credential: '.*' },
    };
    expect(faultOf(credential).path).toBe('token_url');
  });

  it.each([
    ['(a+)+', 'repeats a group'],
    ['(a|aa)+', 'repeats a group'],
    ['((a{1,9}){1,9}){1,9}', 'repeats a group'],
    ['(a?){50}', 'repeats a group'],
    ['(?:[a-z]*)*', 'repeats a group'],
    ['(a)\\1', 'back reference'],
    ['(?=a)a', 'look-around'],
    ['(?<x>a)\\k<x>', 'back reference'],
    ['(unclosed', 'no regular expression'],
    ['a*b*c*d*e*f*g*', 'quantifiers'],
    ['x'.repeat(201), 'at most 200'],
  ])('refuses the pattern %s', (pattern, problem) => {
    const fault = faultOf({ variables: { host: pattern } });
    expect(fault.path).toBe('variables.host');
    expect(fault.problem).toContain(problem);
  });

  it.each(['AADSTS\\d{4,7}', 'ERR-\\d\\d', 'Error \\d{10}'])(
    'may show what %s matches',
    (pattern) => {
      expect(taken({ errors: { show_patterns: [pattern] } }).errors?.show_patterns).toEqual([
        pattern,
      ]);
    },
  );

  it.each(['.*', '[A-Za-z0-9|-]+', 'ERR\\d+', 'ERR\\w{5}', '\\d{10}', 'token\\d{11}', 'a|b'])(
    'may not show what %s matches',
    (pattern) => {
      expect(faultOf({ errors: { show_patterns: [pattern] } }).path).toBe('errors.show_patterns.0');
    },
  );

  it.each([
    ['consumer_headers', { 'X-S': '{client_secret}' }],
    ['consumer_headers', { 'X-R': '{refresh_token}' }],
    ['consumer_headers', { 'X-C': '{credential}' }],
    ['consumer_params', { key: '{private_key}' }],
    ['consumer_headers', { 'X-J': '{jwt}' }],
  ])('publishes no secret by %s', (place, headers) => {
    const signed = {
      jwt: { alg: 'HS256', key: 'private_key', lifetime_s: 60, claims: { iss: '{client_id}' } },
    };
    expect(faultOf({ [place]: headers, signed }).path).toBe(`${place}.${Object.keys(headers)[0]}`);
  });

  it.each(['refresh_token', 'data.accessToken', 'client.secret', 'code'])(
    'publishes no value of %s',
    (path) => {
      const fault = faultOf({ response: { values: { leak: path } } });
      expect(fault.path).toBe('response.values.leak');
    },
  );

  it.each([
    ['a name with a line end', { 'X-A\r\nX-B': 'x' }],
    ['a value with a line end', { 'X-A': 'x\r\nX-B: y' }],
    ['the host', { Host: 'evil.example' }],
    ['the length', { 'Content-Length': '0' }],
  ])('sends no header with %s', (_what, request_headers) => {
    expect(faultOf({ request_headers }).path).toMatch(/^request_headers/);
  });

  it.each([
    '{"__proto__": {"title": "x"}}',
    '{"response": {"__proto__": {"access_token": "x"}}}',
    '{"constructor": {"prototype": {}}}',
  ])('refuses names of prototypes: %s', (text) => {
    expect(faultOf(JSON.parse(text) as Record<string, unknown>).problem).toContain('name');
    expect(({} as Record<string, unknown>).title).toBeUndefined();
  });

  it('refuses what is nested deep, long, or no object', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 50; level++) deep = { a: deep };
    expect(faultOf({ response: deep }).problem).toContain('nested');
    const codes = Object.fromEntries(
      Array.from({ length: 900 }, (_, n) => [`code${n}`, 'throttled']),
    );
    expect(faultOf({ errors: { codes } }).problem).toContain('longer');
    for (const wrong of [null, 'x', 7, [], undefined])
      expect(readOwnDefinition('x', wrong)).toMatchObject({ problem: 'it must be an object' });
  });

  it('never repeats a value of the file', () => {
    for (const change of [{ title: 7 }, { client_auth: 'CANARY' }, { token_url: 'CANARY' }])
      expect(JSON.stringify(faultOf(change))).not.toContain('CANARY');
  });
});
