import { join } from 'node:path';
import * as z from 'zod/mini';
import { StoreError } from '../../lambda/ports.ts';
import { parseJson, readTextIfThere, refuseNewerFormat } from './stored-json.ts';

/** Form 2 may hold a wrapped key. Version 0.1 knows form 1 alone. */
const FORMAT = 2;
const SCRYPT_MAX_BYTES = 2 ** 30;
/** Twice what a home may ask for. */
export const SCRYPT_MAX_MEMORY = 2 * SCRYPT_MAX_BYTES;

const homeFile = z.object({
  key: z.discriminatedUnion('source', [
    z.object({
      source: z.literal('passphrase'),
      salt: z.string(),
      n: z.number(),
      r: z.number(),
      p: z.number(),
      /** The key, sealed under the passphrase. Without it the passphrase itself gives the key. */
      wrapped: z.optional(z.string()),
    }),
    z.object({ source: z.literal('file') }),
  ]),
  check: z.string(),
});

/** Describes what home.json says. */
export type HomeFile = z.infer<typeof homeFile>;

/** Where the key of a home comes from. */
export type KeyOrigin = HomeFile['key'];
export type PassphraseOrigin = KeyOrigin & { source: 'passphrase' };

/** Reads home.json, or null where there is none. Throws StoreError for a damaged one. */
export async function readHomeFile(home: string): Promise<HomeFile | null> {
  const path = homePath(home);
  const text = await readTextIfThere(path);
  if (text === null) {
    return null;
  }
  const content = parseJson(text);
  refuseNewerFormat(content, FORMAT, path);
  const file = homeFile.safeParse(content);
  if (!file.success || !isAffordable(file.data.key)) {
    throw new StoreError(
      'invalid',
      `${path} is damaged; put it back from a backup: without it nothing in ${home} can be opened`,
    );
  }
  return file.data;
}

/** Returns the text of home.json. */
export function formatHomeFile(key: KeyOrigin, check: string): string {
  const isWrapped = key.source === 'passphrase' && key.wrapped !== undefined;
  return `${JSON.stringify({ format: isWrapped ? FORMAT : 1, key, check }, null, 2)}\n`;
}

/** A damaged file must not make us ask for all memory. */
function isAffordable(key: KeyOrigin): boolean {
  if (key.source === 'file') {
    return true;
  }
  const isPower = Math.log2(key.n) % 1 === 0;
  const fits = 128 * key.n * key.r <= SCRYPT_MAX_BYTES;
  return isPower && fits && key.p >= 1 && key.p <= 16;
}

/** Returns the path of home.json. */
export function homePath(home: string): string {
  return join(home, 'home.json');
}

/** Returns the path of a generated key. */
export function keyPath(home: string): string {
  return join(home, 'key');
}
