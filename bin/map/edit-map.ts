import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { applyEdits, findNodeAtLocation, type JSONPath, modify, parseTree } from 'jsonc-parser';
import { requestToken } from '../../lambda/keep/request-token.ts';
import { parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import { mayPass, type Secrets, type SecretVersion, type StoreError } from '../../lambda/ports.ts';
import { SWAP_TRIES, swapAgain } from '../../lambda/swap-again.ts';
import { CommandError } from '../errors.ts';

const BACKOFF_MS = 50;
/** The text of a map that has no text yet. */
export const EMPTY_MAP = '{\n  "version": 1,\n  "apps": {},\n  "tenants": {}\n}\n';

/**
 * Edits a shard's map by compare-and-swap: reads it, lets `edit` make the new text of the old one,
 * swaps, and begins again where somebody else was faster. `edit` may be called several times; what
 * it throws ends the edit with nothing written. The new text must be a map. Returns whether
 * anything changed. Throws StoreError, VaultMapError, CommandError.
 */
export async function editMap(
  vault: Secrets,
  shard: string,
  edit: (text: string, map: VaultMap) => string,
): Promise<'changed' | 'unchanged'> {
  const id = randomUUID();
  let sent: string | null = null;
  let fault: StoreError | null = null;
  const result = await swapAgain(async (tries) => {
    if (tries > 0) {
      await delay(Math.random() * BACKOFF_MS * tries);
    }
    const version = await vault.read(shard);
    const map = parseVaultMap(version === null ? null : version.text);
    const text = version?.text ?? EMPTY_MAP;
    // A swap whose answer was lost may have worked.
    if (text === sent) {
      return 'changed';
    }
    const edited = edit(text, map);
    if (edited === text) {
      return 'unchanged';
    }
    const swapped = await swap(vault, {
      shard,
      version,
      edited,
      id,
    });
    if (swapped === 'swapped') {
      return 'changed';
    }
    fault = swapped === 'refused' ? null : swapped;
    sent = fault ? edited : sent;
    return 'again';
  });
  if (result !== 'again') {
    return result;
  }
  if (fault) {
    throw fault;
  }
  throw new CommandError(
    `${vault.label(shard)} kept changing while we tried to write it (${SWAP_TRIES} attempts). ` +
      'Nothing was written.',
    { nextStep: 'Run the same command again' },
  );
}

interface Swap {
  shard: string;
  /** The version that was read. */
  version: SecretVersion | null;
  edited: string;
  id: string;
}

/**
 * Returns the fault of a store that gave no answer, and may have swapped. Throws VaultMapError for a
 * text that is no map, and other faults.
 */
async function swap(
  vault: Secrets,
  { shard, version, edited, id }: Swap,
): Promise<'swapped' | 'refused' | StoreError> {
  parseVaultMap(edited);
  const read = version?.versionId ?? null;
  try {
    const token = requestToken({
      runId: id,
      versionRead: read,
      text: edited,
    });
    return await vault.swap(shard, read, edited, token);
  } catch (error) {
    if (mayPass(error)) {
      return error;
    }
    throw error;
  }
}

/**
 * Sets the value at a path of a JSON text, or takes it away (undefined), and keeps every other
 * byte. In an object of several lines a new line is indented.
 */
export function setAt(text: string, path: JSONPath, value: unknown): string {
  const options = hasLines(text, path.slice(0, -1))
    ? {
        formattingOptions: {
          insertSpaces: true,
          tabSize: 2,
          eol: '\n',
        },
      }
    : {};
  return applyEdits(text, modify(text, path, value, options));
}

/** Returns whether the object at a path, or the nearest one around it, has several lines. */
function hasLines(text: string, path: JSONPath): boolean {
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, path);
  if (node) {
    return text.slice(node.offset, node.offset + node.length).includes('\n');
  }
  return path.length > 0 && hasLines(text, path.slice(0, -1));
}
