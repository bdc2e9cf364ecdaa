import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  editCredentials,
  emptyMap,
  heldCredentials,
  parseVaultMap,
  saidOf,
  VaultMapError,
} from '../../../lambda/map/vault-map.ts';

const MAP = `{
  "version": 1, "comment": "12345678901234567890",
  "tenants": {
    "acme": { "app":"a",  "refresh_token": "old|1", "long": 12345678901234567890, "nested": {"refresh_token": "mine"} },
    "brandx":{"authorization_code":"c1","code_verifier":"v","redirect_uri":"https://x"}
  }
}\n`;

describe(parseVaultMap.name, () => {
  it('takes a secret without a value for an empty map', () => {
    expect(parseVaultMap(null)).toEqual(emptyMap());
  });

  it.each([
    ['binary', undefined, /SecretBinary/],
    ['no JSON', '{"version":1,', /not JSON/],
    [
      'a section by another name',
      '{"version":1,"tenant":{}}',
      /its "tenant" is none of apps, tenants/,
    ],
    ['a section in capitals', '{"version":1,"Apps":{}}', /its "Apps" is none of/],
    ['comments', '{"version":1, /* x */ "tenants":{}}', /not JSON/],
    ['a list', '[]', /not an object/],
    ['another version', '{"version":2}', /"version" is not 1/],
    ['no version', '{}', /"version" is not 1/],
    ['tenants as a list', '{"version":1,"tenants":[]}', /"tenants" is not an object/],
    ['a tenant twice', '{"version":1,"tenants":{"a":{},"a":{}}}', /tenants\.a stands twice/],
    [
      'a field twice, one spelt with an escape',
      '{"version":1,"tenants":{"a":{"scope":"x","\\u0073cope":"y"}}}',
      /tenants\.a\.scope stands twice/,
    ],
    [
      'a depth that would exhaust the stack',
      `{"version":1,"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      /nested/,
    ],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseVaultMap(text)).toThrow(VaultMapError);
    expect(() => parseVaultMap(text)).toThrow(message);
  });

  it('ignores a byte order mark, and keeps it', () => {
    const marked = `\ufeff${MAP}`;
    expect(parseVaultMap(marked)).toEqual(parseVaultMap(MAP));
    const edits = new Map([['acme', { refreshToken: 'new', removeCode: false }]]);
    expect(editCredentials(marked, edits)).toBe(`\ufeff${editCredentials(MAP, edits)}`);
  });

  it('quotes nothing of a text that is not JSON', () => {
    expect(() => parseVaultMap('{"refresh_token": "canary-1" oops')).toThrow(/^it is not JSON$/);
  });

  it('keeps names that objects have by themselves', () => {
    const map = parseVaultMap('{"version":1,"tenants":{"__proto__":{"app":"x"},"constructor":{}}}');
    expect([...map.tenants.keys()]).toEqual(['__proto__', 'constructor']);
  });
});

describe(heldCredentials.name, () => {
  it('counts empty texts, other types and other entries as none', () => {
    expect(heldCredentials({ refresh_token: '', authorization_code: 7 })).toEqual({
      code: null,
      refreshToken: null,
    });
    expect(heldCredentials('text')).toEqual({ code: null, refreshToken: null });
  });
});

describe(editCredentials.name, () => {
  it('replaces the refresh token and leaves every other byte', () => {
    const edited = editCredentials(
      MAP,
      new Map([['acme', { refreshToken: 'new"2', removeCode: false }]]),
    );
    expect(edited).toBe(MAP.replace('"old|1"', '"new\\"2"'));
  });

  it('puts a first refresh token and removes the spent code with its verifier', () => {
    const edited = editCredentials(
      MAP,
      new Map([['brandx', { refreshToken: 'r', removeCode: true }]]),
    );
    expect(JSON.parse(edited).tenants.brandx).toEqual({
      redirect_uri: 'https://x',
      refresh_token: 'r',
    });
    expect(edited.slice(0, edited.indexOf('"brandx"'))).toBe(MAP.slice(0, MAP.indexOf('"brandx"')));
  });

  it('passes over tenants that are not there', () => {
    expect(editCredentials(MAP, new Map([['gone', { refreshToken: 'r', removeCode: true }]]))).toBe(
      MAP,
    );
  });

  it('changes nothing but the named credentials of any map', () => {
    const json = fc.jsonValue({ maxDepth: 2 });
    const entry = fc.dictionary(fc.string({ maxLength: 4 }), json, { maxKeys: 4 });
    const tenants = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), entry, {
      minKeys: 1,
      maxKeys: 5,
    });
    fc.assert(
      fc.property(
        fc.record({
          all: tenants,
          indent: fc.constantFrom(0, 2, '\t'),
          pick: fc.nat(),
          token: fc.string({ minLength: 1 }),
          removeCode: fc.boolean(),
        }),
        ({ all, indent, pick, token, removeCode }) => {
          const name = Object.keys(all)[pick % Object.keys(all).length] ?? '';
          const text = JSON.stringify({ version: 1, tenants: all }, null, indent);
          const edited = JSON.parse(
            editCredentials(text, new Map([[name, { refreshToken: token, removeCode }]])),
          );
          const expected = JSON.parse(text);
          Object.assign(expected.tenants[name], { refresh_token: token });
          if (removeCode) {
            delete expected.tenants[name].authorization_code;
            delete expected.tenants[name].code_verifier;
          }
          expect(edited).toEqual(expected);
        },
      ),
    );
  });
});

describe(saidOf.name, () => {
  it.each([
    ['{"version": 1,\n  "tenants": {\n    "acme": { "client_id": "canary", }\n  }\n}', 3, 38],
    ['{"version": 1,\r\n"tenants": {}}\r\n}', 3, 1],
    ['{"version": 1, // mine\n}', 1, 16],
    ["{'version': 1}", 1, 2],
    ['{"version": 1, "tenants": {"acme": {"refresh_token": "canary', 1, 54],
  ])('says where a text is no JSON, and nothing of it: %j', (text, line, column) => {
    const error = faultOf(text);
    expect(saidOf(error)).toBe(
      `The text is not a valid tenant map: it is not JSON (line ${line}, column ${column}).`,
    );
    error.secret = 'token-rotator/tenants';
    expect(saidOf(error)).toMatch(/^The secret token-rotator\/tenants is not a valid tenant map: /);
  });

  it('says no place where the nesting has no end', () => {
    expect(saidOf(faultOf('['.repeat(200_000)))).toMatch(/: it is not JSON\.$/);
  });
});

function faultOf(text: string): VaultMapError {
  try {
    parseVaultMap(text);
  } catch (error) {
    if (error instanceof VaultMapError) {
      return error;
    }
  }
  throw new Error('The text was taken for a map');
}
