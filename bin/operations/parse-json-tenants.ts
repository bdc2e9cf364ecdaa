import { parseVaultMap, VaultMapError } from '../../lambda/map/vault-map.ts';
import { CommandError } from '../errors.ts';
import type { Entry, Newcomers } from './tenant-source.ts';

const FORMS =
  'an object with "version": 1, "apps" and "tenants" as in the vault, or a list of entries that each have a "tenant" name';

/**
 * Reads tenants from JSON: the vault's own format, or a list of entries with their name in
 * `tenant`. Throws CommandError, which names no value.
 */
export function parseJsonTenants(text: string): Newcomers {
  return text.trimStart().startsWith('[') ? parseList(text) : parseMap(text);
}

function parseMap(text: string): Newcomers {
  try {
    const { apps, tenants } = parseVaultMap(text);
    return { apps: entriesOf(apps, 'apps'), tenants: entriesOf(tenants, 'tenants'), ignored: [] };
  } catch (error) {
    if (error instanceof VaultMapError)
      throw new CommandError(`The file cannot be imported: ${error.message}. It must be ${FORMS}.`);
    throw error;
  }
}

function entriesOf(section: ReadonlyMap<string, unknown>, name: string): Map<string, Entry> {
  return new Map(
    [...section].map(([key, value]) => {
      if (isEntry(value)) return [key, value];
      throw new CommandError(`The file cannot be imported: ${name}.${key} is not an object.`);
    }),
  );
}

function parseList(text: string): Newcomers {
  const tenants = new Map<string, Entry>();
  for (const [index, item] of readList(text).entries()) {
    const place = `Entry ${index + 1} of the list`;
    if (!isEntry(item) || typeof item.tenant !== 'string')
      throw new CommandError(`${place} has no "tenant" with its name. The file must be ${FORMS}.`);
    const { tenant, ...entry } = item;
    if (tenants.has(tenant))
      throw new CommandError(`${place} has the same name as an earlier one: ${tenant}.`);
    tenants.set(tenant, entry);
  }
  return { apps: new Map(), tenants, ignored: [] };
}

function readList(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    // The engine's message quotes the text, which holds secrets.
    throw new CommandError('The file cannot be imported: it is not JSON.');
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
