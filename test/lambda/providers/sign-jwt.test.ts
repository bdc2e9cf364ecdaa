import { constants, createHmac, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { JwtRecipe } from '../../../lambda/providers/grant-definition.ts';
import { signingKeyProblem, signJwt } from '../../../lambda/providers/sign-jwt.ts';

const NOW_MS = Date.parse('2026-11-22T02:00:00Z');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const otherCurve = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function recipe(alg: JwtRecipe['alg'], more: Partial<JwtRecipe> = {}): JwtRecipe {
  return {
    alg,
    key: 'private_key',
    lifetime_s: 600,
    header: { kid: '{key_id}' },
    claims: { iss: '{client_id}', aud: 'https://as.example', 'sub?': '{subject}' },
    ...more,
  };
}

const lookUpIn = (fields: Record<string, string>) => (name: string) => fields[name];

function signed(one: JwtRecipe, key: string): { input: string; parts: unknown[]; bytes: Buffer } {
  const fields = { private_key: key, key_id: 'k1', client_id: 'c1' };
  const [header = '', claims = '', signature = ''] = (
    signJwt(one, lookUpIn(fields), NOW_MS) ?? ''
  ).split('.');
  const parts = [header, claims].map((part) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()),
  );
  return { input: `${header}.${claims}`, parts, bytes: Buffer.from(signature, 'base64url') };
}

describe(signJwt.name, () => {
  it('adds the type, the instant and the end, and leaves out optional claims without a value', () => {
    const iat = NOW_MS / 1000;
    expect(signed(recipe('ES256'), pem(ec.privateKey)).parts).toEqual([
      { alg: 'ES256', typ: 'JWT', kid: 'k1' },
      { iss: 'c1', aud: 'https://as.example', iat, exp: iat + 600 },
    ]);
  });

  it('signs so that the public key verifies it', () => {
    const es = signed(recipe('ES256'), pem(ec.privateKey));
    const key = { key: ec.publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(es.input), key, es.bytes)).toBe(true);
    const rs = signed(recipe('RS256'), pem(rsa.privateKey));
    expect(verify('sha256', Buffer.from(rs.input), rsa.publicKey, rs.bytes)).toBe(true);
    const ps = signed(recipe('PS256'), pem(rsa.privateKey));
    const pss = {
      key: rsa.publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    expect(verify('sha256', Buffer.from(ps.input), pss, ps.bytes)).toBe(true);
  });

  it('signs with a secret as text, or as the bytes of its Base64url', () => {
    const text = signed(recipe('HS256'), 'secret');
    const expected = createHmac('sha256', 'secret').update(text.input).digest();
    expect(text.bytes).toEqual(expected);
    const coded = signed(recipe('HS256', { key_encoding: 'base64url' }), 'c2VjcmV0');
    expect(coded.bytes).toEqual(createHmac('sha256', 'secret').update(coded.input).digest());
  });

  it('takes a key whose line ends became \\n on the way', () => {
    const flat = pem(ec.privateKey).replaceAll('\n', '\\n');
    expect(signed(recipe('ES256'), flat).bytes).toHaveLength(64);
    expect(signingKeyProblem(recipe('ES256'), flat)).toBeUndefined();
  });

  it('gives nothing where a value is missing', () => {
    expect(signJwt(recipe('HS256'), lookUpIn({ private_key: 's' }), NOW_MS)).toBeUndefined();
  });
});

describe(signingKeyProblem.name, () => {
  it.each([
    ['RS256', 'no key at all, and no PEM either, but a text'],
    ['RS256', pem(ec.privateKey)],
    ['ES256', pem(rsa.privateKey)],
    ['ES256', pem(otherCurve.privateKey)],
    ['ES256', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ] as const)('refuses for %s a key of another kind', (alg, key) => {
    const problem = signingKeyProblem(recipe(alg), key);
    expect(problem).toMatch(/^it is no /);
    expect(problem).not.toContain(key.slice(-40, -30));
  });

  it('refuses a Base64url key with other characters', () => {
    const coded = recipe('HS256', { key_encoding: 'base64url' });
    expect(signingKeyProblem(coded, 'not base64!')).toBe('it is no Base64url text');
    expect(signingKeyProblem(recipe('HS256'), 'any text !')).toBeUndefined();
  });
});
