import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { applyEdits, type JSONPath, modify } from 'jsonc-parser';
import { requestToken } from '../../lambda/keep/commit.ts';
import { parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import { type Secrets, StoreError } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';

const TRIES = 12;
const BACKOFF_MS = 50;
/** The text of a map that has no text yet. */
export const EMPTY_MAP = '{\n  "version": 1,\n  "apps": {},\n  "tenants": {}\n}\n';

/**
 * Edits a shard's map by compare-and-swap: reads it, lets `edit` make the new text of the old one,
 * swaps, and begins again where somebody else was faster. `edit` may be called several times; what
 * it throws ends the edit with nothing written. The new text must be a map. Answers whether
 * anything changed. Throws StoreError, VaultMapError, CommandError.
 */
export async function editMap(
  vault: Secrets,
  shard: string,
  edit: (text: string, map: VaultMap) => string,
): Promise<'changed' | 'unchanged'> {
  const id = randomUUID();
  let sent: string | null = null;
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await delay(Math.random() * BACKOFF_MS * tries);
    const version = await vault.read(shard);
    const map = parseVaultMap(version === null ? null : version.text);
    const text = version?.text ?? EMPTY_MAP;
    // A swap whose answer was lost may have worked.
    if (sent !== null && text === sent) return 'changed';
    const edited = edit(text, map);
    if (edited === text) return 'unchanged';
    parseVaultMap(edited);
    const read = version?.versionId ?? null;
    try {
      if ((await vault.swap(shard, read, edited, requestToken(id, read, edited))) === 'swapped')
        return 'changed';
    } catch (error) {
      if (
        !(error instanceof StoreError) ||
        (error.reason !== 'unavailable' && error.reason !== 'throttled')
      )
        throw error;
      sent = edited;
    }
  }
  throw new CommandError(
    `${vault.label(shard)} was changed by others again and again: nothing was written. Try again in a moment.`,
  );
}

/**
 * Sets the value at a path of a JSON text, or takes it away (undefined), and keeps every other
 * byte. A text of several lines gets its new lines indented.
 */
export function setAt(text: string, path: JSONPath, value: unknown): string {
  const options = text.includes('\n')
    ? { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } }
    : {};
  return applyEdits(text, modify(text, path, value, options));
}
