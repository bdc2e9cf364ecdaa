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
  if ('definition' in read) {
    throw new Error('It was taken.');
  }
  return read;
}

function taken(change: Record<string, unknown>) {
  const read = readOwnDefinition('agency-dsp', { ...dsp, ...change });
  if ('problem' in read) {
    throw new Error(`${read.path}: ${read.problem}`);
  }
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
    'https://{host}a.example',
    'https://{host}a.com/token',
    'https://a.{host}.example/token',
    'https://as.example/token#part',
    'https://as.example/to\u0000ken',
    'https://as.example/to ken',
    'https://.as.example/token',
    'https://-as.example/token',
    'https://as.localhost/token',
    'https://localhost.localdomain/token',
    'https://2130706433/token',
    'https://[::ffff:127.0.0.1]/token',
    'https://bücher.example/token',
    'https://\u0430s.example/token',
    'https://as.example%2fevil.example/token',
    'https://as.example:99999/token',
    'https://{host|json_base64}/token',
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
    ['[a-z]*[a-z]*[a-z]*', 'too many ways'],
    [`${'a?'.repeat(60)}${'a'.repeat(60)}`, 'too many ways'],
    ['(?:a|a)'.repeat(25), 'too many ways'],
    ['(?:a|b|ab){2,9}', 'repeats a group'],
    ['(?:a{1,9})+', 'repeats a group'],
    ['x'.repeat(201), 'at most 200'],
  ])('refuses the pattern %s', (pattern, problem) => {
    const fault = faultOf({ variables: { host: pattern } });
    expect(fault.path).toBe('variables.host');
    expect(fault.problem).toContain(problem);
  });

  it.each([
    '(?:ab)*',
    '(?:[a-z]{2}){3}',
    '[a-z0-9]+-[a-z]{1,9}\\.dsp',
    'accounts\\.(?:com|eu|in|jp|cn|au|ca|uk|fr|de)',
    '(?:a|b)?c',
  ])('takes the pattern %s', (pattern) => {
    expect(taken({ variables: { host: pattern } }).variables?.host).toBe(pattern);
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

  it.each(['access_token', 'data.refresh_token', 'client_secret'])(
    'publishes no scope of %s',
    (scope) => {
      expect(faultOf({ response: { scope } }).path).toBe('response.scope');
      const grants = { refresh_token: { response: { scope } } };
      expect(faultOf({ grants }).path).toBe('grants.refresh_token.response.scope');
    },
  );

  it.each([
    'refresh_token',
    'client_secret',
    'client_id',
    'token_url',
    'revocation_url',
    'account_url',
    'provider',
    'app',
    'grant',
    'enabled',
    'redirect_uri',
    'pass_phrase',
  ])('lets neither a redirect nor a default set %s', (field) => {
    const secret_fields = ['pass_phrase'];
    const keep = { shop: { field, pattern: '[a-z]{1,20}' } };
    const authorize = { url: 'https://as.example/consent', keep };
    expect(faultOf({ authorize, secret_fields }).path).toBe('authorize.keep.shop.field');
    expect(faultOf({ defaults: { [field]: 'x' }, secret_fields }).path).toBe(`defaults.${field}`);
  });

  it('lets a redirect choose a whole host among those that are listed', () => {
    const chosenBy = (host: string) => ({
      token_url: 'https://{host}/token',
      variables: { host },
      authorize: { keep: { server: { field: 'host', pattern: '[a-z.]{1,99}' } } },
    });
    expect(taken(chosenBy('(?:eu|us)\\.dsp\\.example'))).toHaveProperty('authorize.keep.server');
    for (const open of ['.*', '[a-z.]+', '[a-z]+\\.dsp\\.example', 'eu.dsp\\.example']) {
      expect(faultOf(chosenBy(open)).path).toBe('variables.host');
    }
  });

  it('signs no secret, and sends no signing key', () => {
    const recipe = { alg: 'HS256', key: 'private_key', lifetime_s: 60, claims: {} };
    const signed = (change: object) => ({ signed: { jwt: { ...recipe, ...change } } });
    expect(faultOf(signed({ claims: { a: '{private_key}' } })).path).toBe('signed.jwt.claims.a');
    expect(faultOf(signed({ claims: { a: '{jwt}' } })).path).toBe('signed.jwt.claims.a');
    expect(faultOf(signed({ claims: { a: '{credential}' } })).path).toBe('signed.jwt.claims.a');
    expect(faultOf(signed({ header: { kid: '{client_secret}' } })).path).toBe(
      'signed.jwt.header.kid',
    );
    expect(faultOf(signed({ header: { alg: 'none' } })).path).toBe('signed.jwt.header.alg');
    const sent = { grants: { refresh_token: { params: { key: '{private_key}' } } } };
    expect(faultOf({ ...signed({}), ...sent }).path).toBe('grants.refresh_token');
    const header = { request_headers: { 'X-Key': '{private_key}' } };
    expect(faultOf({ ...signed({}), ...header }).path).toBe('request_headers');
  });

  it.each([
    ['min_interval_ms', 1e12],
    ['max_concurrency', 1000],
    ['max_token_bytes', 1e9],
    ['resend_within_s', 1e12],
  ])('bounds %s', (field, value) => {
    expect(faultOf({ [field]: value })).toMatchObject({
      path: field,
      problem: expect.stringContaining('at most'),
    });
  });

  it('takes no life whose end is no date', () => {
    const response = { default_expires_in_s: 9e15 };
    expect(faultOf({ response }).path).toBe('response.default_expires_in_s');
  });

  it.each(['A\u001b[31mB', 'A\r\nB', 'A\u202eB', 'A\u200bB'])(
    'refuses a title with characters that nobody sees: %j',
    (title) => {
      expect(faultOf({ title }).path).toBe('title');
    },
  );

  it.each(['javascript:alert(1)', 'http://as.example', 'https://as.example/ x'])(
    'leads nobody to %s to register',
    (register_url) => {
      expect(faultOf({ register_url }).path).toBe('register_url');
    },
  );

  it.each([
    [{ title: 7 }, 'it must be a text'],
    [{ min_interval_ms: 1.5 }, 'it must be a whole number'],
    [{ client_names: { client_id: 'id' } }, 'it is missing'],
  ])('says what %j lacks', (change, problem) => {
    expect(faultOf(change).problem).toBe(problem);
  });

  it.each([
    ['a name with a line end', { 'X-A\r\nX-B': 'x' }],
    ['a value with a line end', { 'X-A': 'x\r\nX-B: y' }],
    ['the host', { Host: 'evil.example' }],
    ['the length', { 'Content-Length': '0' }],
    ['another protocol', { Upgrade: 'h2c' }],
    ['the proxy', { 'Proxy-Authorization': 'Basic x' }],
    ['an expectation', { 'Expect?': '100-continue' }],
  ])('sends no header with %s', (_what, request_headers) => {
    expect(faultOf({ request_headers }).path).toMatch(/^request_headers/);
  });

  it.each([
    '{"__proto__": {"title": "x"}}',
    '{"response": {"__proto__": {"access_token": "x"}}}',
    '{"constructor": {"prototype": {}}}',
    '{"response": {"refresh_expires": [{"__proto__": {"slides": true}}]}}',
    '{"grants": {"refresh_token": {"params": {"__proto__?": "x"}}}}',
  ])('refuses names of prototypes: %s', (text) => {
    expect(faultOf(JSON.parse(text) as Record<string, unknown>).problem).toContain('name');
    expect(({} as Record<string, unknown>).title).toBeUndefined();
  });

  it('refuses what is nested deep, long, or no object', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 50; level++) {
      deep = { a: deep };
    }
    expect(faultOf({ response: deep }).problem).toContain('nested');
    let lists: unknown = 'x';
    for (let level = 0; level < 60_000; level++) {
      lists = [lists];
    }
    expect(faultOf({ response: { scope: lists } }).problem).toContain('nested');
    const codes = Object.fromEntries(
      Array.from({ length: 900 }, (_, n) => [`code${n}`, 'throttled']),
    );
    expect(faultOf({ errors: { codes } }).problem).toContain('longer');
    for (const wrong of [null, 'x', 7, [], undefined]) {
      expect(readOwnDefinition('x', wrong)).toMatchObject({ problem: 'it must be an object' });
    }
  });

  it('never repeats a value of the file', () => {
    for (const change of [{ title: 7 }, { client_auth: 'CANARY' }, { token_url: 'CANARY' }]) {
      expect(JSON.stringify(faultOf(change))).not.toContain('CANARY');
    }
  });
});
