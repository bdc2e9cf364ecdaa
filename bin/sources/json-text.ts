import { getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { faultsError, placeAt, type SourceFault } from './source-fault.ts';

/** A piece of a file's text that is JSON of its own. */
export interface JsonPart {
  text: string;
  /** Where it begins in the file. */
  from: number;
  to: number;
}

/**
 * Parses JSON, with comments and commas at the end of a list as people write them. Offsets of the
 * nodes count from the beginning of the part. Throws CommandError with the place of what is no
 * JSON, of a key that is there twice and of a number that JavaScript would change. Repeats nothing
 * of the text.
 */
export function parseJsonText({ text, from, to }: JsonPart): Node {
  const errors: ParseError[] = [];
  const root = parseTreeOf(text.slice(from, to), errors);
  const [error] = errors;
  const place = (offset: number) => placeAt(text, from + offset);
  if (error || !root) {
    throw faultsError([
      { place: place(error?.offset ?? 0), message: 'from here on this is not JSON' },
    ]);
  }
  const faults: SourceFault[] = [];
  checkNode(root, (node, message) => faults.push({ place: place(node.offset), message }));
  if (faults.length > 0) {
    throw faultsError(faults);
  }
  return root;
}

function parseTreeOf(text: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(text, errors, { allowTrailingComma: true });
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** Returns the properties of an object, or none for any other node. */
export function propertiesOf(node: Node | undefined): Map<string, Node> {
  if (node?.type !== 'object') {
    return new Map();
  }
  return new Map(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      key && value ? [[String(key.value), value]] : [],
    ),
  );
}

/** Returns the value of a node. A key `__proto__` is a key like any other. */
export function toValue(node: Node): unknown {
  if (node.type === 'array') {
    return (node.children ?? []).map(toValue);
  }
  if (node.type !== 'object') {
    return getNodeValue(node);
  }
  return Object.fromEntries([...propertiesOf(node)].map(([key, value]) => [key, toValue(value)]));
}

/** Returns the text of a property, or undefined where it is none. */
export function textOf(properties: ReadonlyMap<string, Node>, key: string): string | undefined {
  const value: unknown = properties.get(key)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const MAX_DEPTH = 100;

function checkNode(node: Node, fault: (node: Node, message: string) => void, depth = 0): void {
  const isLong = node.type === 'number' && Number.isInteger(node.value);
  if (isLong && !Number.isSafeInteger(node.value)) {
    fault(node, 'this number is too long to be kept as it is. Put it in quotes');
  }
  if (node.type === 'object') {
    checkKeys(node, fault);
  }
  if (depth < MAX_DEPTH) {
    for (const child of node.children ?? []) {
      checkNode(child, fault, depth + 1);
    }
  } else {
    fault(node, `this is nested more than ${MAX_DEPTH} levels deep`);
  }
}

function checkKeys(node: Node, fault: (node: Node, message: string) => void): void {
  const seen = new Set<unknown>();
  for (const { children: [key] = [] } of node.children ?? []) {
    if (key && seen.has(key.value)) {
      fault(key, 'this key is in its object twice');
    }
    seen.add(key?.value);
  }
}
