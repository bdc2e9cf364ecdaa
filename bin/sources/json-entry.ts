import type { Node } from 'jsonc-parser';
import { fieldSpelled, knownFields } from '../map/entry-fields.ts';
import { cleanField } from './clean-field.ts';
import { type JsonPart, propertiesOf, toValue } from './json-text.ts';
import { type Place, placeAt, type SourceFault } from './source-fault.ts';
import type { Entry } from './tenant-source.ts';

/** Where entries are read from, and what is wrong there. */
export interface Reading extends JsonPart {
  faults: SourceFault[];
}

/** Notes a fault at a node. */
export function faultAt(reading: Reading, node: Node, message: string): void {
  reading.faults.push({ place: placeOf(reading, node), message });
}

/** Returns the place of a node in the file. */
export function placeOf({ text, from }: JsonPart, node: Node): Place {
  return placeAt(text, from + node.offset);
}

/**
 * Reads the object of a tenant or an app. Its texts are cleaned; what else it holds stays as it is,
 * for the map keeps fields that nobody knows.
 */
export function readEntry(reading: Reading, node: Node): Entry {
  if (node.type !== 'object') {
    faultAt(reading, node, 'this must be an object with its fields');
  }
  for (const [name, value] of propertiesOf(node)) {
    const field = knownFields.has(name) ? null : fieldSpelled(name);
    if (field !== null) {
      faultAt(reading, value, `the name of this field must be ${field}`);
    }
  }
  const fields = [...propertiesOf(node)].map(
    ([field, value]) => [field, readField(reading, field, value)] as const,
  );
  return Object.fromEntries(fields.filter(([, value]) => value !== null && value !== ''));
}

function readField(reading: Reading, field: string, node: Node): unknown {
  if (field === 'client_secrets' && node.type === 'array') {
    return (node.children ?? []).map((child) => readField(reading, 'client_secret', child));
  }
  if (node.type !== 'string') {
    return toValue(node);
  }
  const cleaned = cleanField(field, String(node.value));
  if ('value' in cleaned) {
    return cleaned.value;
  }
  faultAt(reading, node, `this value ${cleaned.fault}`);
  return null;
}
