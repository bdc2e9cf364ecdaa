import { constants, createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { JwtRecipe } from './grant-definition.ts';
import { fillTemplate, type LookUp, parameterName } from './template.ts';

/** The types of key that each algorithm of RFC 7518 section 3 takes. */
const KEY_TYPES = {
  RS256: 'rsa',
  PS256: 'rsa',
  ES256: 'ec',
} as const;

/**
 * Returns a JSON Web Token in compact form (RFC 7515 section 3.1), or undefined when a value is
 * missing. Throws for a key that signingKeyProblem names.
 */
export function signJwt(recipe: JwtRecipe, lookUp: LookUp, nowMs: number): string | undefined {
  const key = lookUp(recipe.key);
  const header = fillAll(recipe.header ?? {}, lookUp);
  const claims = fillAll(recipe.claims, lookUp);
  if (key === undefined || !header || !claims) {
    return undefined;
  }
  const iat = Math.floor(nowMs / 1000);
  const parts = [
    { alg: recipe.alg, typ: 'JWT', ...header },
    { ...claims, iat, exp: iat + recipe.lifetime_s },
  ];
  const input = parts.map((part) => encode(JSON.stringify(part))).join('.');
  return `${input}.${signature(recipe, key, input)}`;
}

/** Returns the reason why a text cannot be the key of a recipe, in our own words, or undefined. */
export function signingKeyProblem(recipe: JwtRecipe, text: string): string | undefined {
  if (recipe.alg === 'HS256') {
    return recipe.key_encoding === 'base64url' && !/^[\w-]+={0,2}$/.test(text)
      ? 'it is no Base64url text'
      : undefined;
  }
  const key = privateKey(text);
  if (!key) {
    return 'it is no private key in PEM form without a passphrase';
  }
  const isRight = key.asymmetricKeyType === KEY_TYPES[recipe.alg] && isOnCurve(recipe, key);
  return isRight ? undefined : `it is no key for ${recipe.alg}`;
}

function isOnCurve({ alg }: JwtRecipe, key: KeyObject): boolean {
  return alg !== 'ES256' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function signature(recipe: JwtRecipe, text: string, input: string): string {
  if (recipe.alg === 'HS256') {
    const key = Buffer.from(text, recipe.key_encoding ?? 'utf8');
    return createHmac('sha256', key).update(input).digest('base64url');
  }
  const key = privateKey(text);
  if (!key) {
    throw new Error(`The key of a ${recipe.alg} token cannot be read`);
  }
  const options = {
    ES256: { key, dsaEncoding: 'ieee-p1363' as const },
    RS256: { key, padding: constants.RSA_PKCS1_PADDING },
    PS256: {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
  }[recipe.alg];
  return sign('sha256', Buffer.from(input), options).toString('base64url');
}

/** Files that went through an environment variable have `\n` in place of line ends. */
function privateKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text.replaceAll('\\n', '\n'));
  } catch {
    return undefined;
  }
}

function fillAll(
  named: Readonly<Record<string, string>>,
  lookUp: LookUp,
): Record<string, string> | undefined {
  const all: Record<string, string> = {};
  for (const [name, template] of Object.entries(named)) {
    const { sentAs, optional } = parameterName(name);
    const value = fillTemplate(template, lookUp);
    if (value !== undefined) {
      all[sentAs] = value;
    } else if (!optional) {
      return undefined;
    }
  }
  return all;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
