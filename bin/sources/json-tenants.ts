import type { Node } from 'jsonc-parser';
import { misspeltSection } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { CommandError } from '../errors.ts';
import { isGoogleClient, isGoogleUser, readGoogleClient, readGoogleUser } from './google-file.ts';
import { faultAt, placeOf, type Reading, readEntry } from './json-entry.ts';
import { parseJsonText, propertiesOf, textOf } from './json-text.ts';
import { refuseOtherJson } from './other-tools.ts';
import { faultsError, type Place, type SourceFault } from './source-fault.ts';
import { type Entry, NOTHING, type SourceHints, type TenantSource } from './tenant-source.ts';
import { readTokenFile } from './token-file.ts';
import { oneTenant, tenantOfToken } from './token-tenants.ts';

const FORMS =
  'an object with "version": 1, "apps" and "tenants" as in the vault, or a list of entries that ' +
  'each have a "tenant" with its name. Other forms: tokens import --help';

/**
 * Reads tenants from JSON: the vault's own format, a list of entries, an export of this product, a
 * provider's reply, or Google's files. Throws CommandError and UsageError, which repeat no value.
 */
export function readJsonTenants(text: string, hints: SourceHints): TenantSource {
  const reading: Reading = {
    text,
    from: 0,
    to: text.length,
    faults: [],
  };
  const source = readRoot(reading, parseJsonText(reading), hints);
  if (reading.faults.length > 0) {
    throw faultsError(reading.faults);
  }
  return source;
}

/** Returns true for a text with one JSON object a line (JSONL). */
export function isJsonLines(text: string): boolean {
  const [first = '', second] = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return /^\s*\{.*\}\s*$/.test(first) && second !== undefined && /^\s*\{/.test(second);
}

/** Reads JSONL, an entry a line, with its name in `tenant`. Throws as readJsonTenants does. */
export function readJsonLines(text: string): TenantSource {
  const faults: SourceFault[] = [];
  const items = [...text.matchAll(/[^\r\n]*\S[^\r\n]*/g)].map(({ 0: line, index }) => {
    const reading: Reading = {
      text,
      from: index,
      to: index + line.length,
      faults,
    };
    return { reading, node: parseJsonText(reading) };
  });
  if (items[0]) {
    refuseOtherJson(items[0].node);
  }
  const source = readList(items);
  if (faults.length > 0) {
    throw faultsError(faults);
  }
  return source;
}

function readRoot(reading: Reading, root: Node, hints: SourceHints): TenantSource {
  const properties = propertiesOf(root);
  if (properties.has('tenants') || properties.has('version')) {
    return readMap(reading, properties);
  }
  refuseOtherJson(root);
  if (root.type === 'array') {
    return readList((root.children ?? []).map((node) => ({ reading, node })));
  }
  if (isGoogleClient(properties)) {
    return readGoogleClient(reading, properties, hints);
  }
  if (isGoogleUser(properties)) {
    return oneTenant(readGoogleUser(reading, root), null, hints);
  }
  return readTokens(root, hints) ?? readSingle(reading, root, hints);
}

function readMap(reading: Reading, properties: ReadonlyMap<string, Node>): TenantSource {
  const version = properties.get('version');
  if (version?.value !== 1) {
    throw new CommandError(
      `The file cannot be imported: its "version" is not 1. It must be ${FORMS}`,
    );
  }
  const misspelt = misspeltSection([...properties.keys()]);
  if (misspelt !== undefined) {
    throw new CommandError(
      `The file cannot be imported: its "${misspelt}" is misspelt. It must be ${FORMS}`,
    );
  }
  if (propertiesOf(properties.get('definitions')).size > 0) {
    throw new CommandError(
      'The file cannot be imported, because it brings definitions of providers.',
      { nextStep: 'Add them first, and leave them out here: tokens provider add FILE' },
    );
  }
  const misnamed: Place[] = [];
  const apps = readSection(reading, properties.get('apps'), misnamed);
  const tenants = readSection(reading, properties.get('tenants'), misnamed);
  return {
    ...NOTHING,
    apps,
    tenants,
    misnamed,
  };
}

function readSection(
  reading: Reading,
  section: Node | undefined,
  misnamed: Place[],
): Map<string, Entry> {
  if (section && section.type !== 'object') {
    faultAt(reading, section, 'this must be an object');
  }
  const entries = new Map<string, Entry>();
  for (const [name, node] of propertiesOf(section)) {
    if (isName(name)) {
      entries.set(name, readEntry(reading, node));
    } else {
      misnamed.push(placeOf(reading, node));
    }
  }
  return entries;
}

function readList(items: readonly { reading: Reading; node: Node }[]): TenantSource {
  const tenants = new Map<string, Entry>();
  const misnamed: Place[] = [];
  for (const { reading, node } of items) {
    const { tenant, ...entry } = readEntry(reading, node);
    if (typeof tenant !== 'string') {
      faultAt(reading, node, 'this entry has no "tenant" with its name');
    } else if (!isName(tenant)) {
      misnamed.push(placeOf(reading, node));
    } else if (tenants.has(tenant)) {
      faultAt(reading, node, `${tenant} is there a second time`);
    } else {
      tenants.set(tenant, entry);
    }
  }
  return {
    ...NOTHING,
    tenants,
    misnamed,
  };
}

function readTokens(root: Node, hints: SourceHints): TenantSource | null {
  const properties = propertiesOf(root);
  // An entry with a name of its own may hold a refresh token, and is no reply.
  if (properties.has('client_id') || properties.has('app')) {
    return null;
  }
  const read = readTokenFile(root, providers.get(hints.provider ?? ''));
  return read && tenantOfToken(read, hints);
}

function readSingle(reading: Reading, root: Node, hints: SourceHints): TenantSource {
  const properties = propertiesOf(root);
  if (textOf(properties, 'tenant') !== undefined) {
    return readList([{ reading, node: root }]);
  }
  if (hints.tenant !== undefined && properties.has('client_id')) {
    return oneTenant(readEntry(reading, root), null, hints);
  }
  throw new CommandError(`The file cannot be imported. It must be ${FORMS}`);
}
