import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { setAt } from './edit-map.ts';

type Section = 'apps' | 'tenants';

/**
 * Returns the texts of a section's entries by name, exactly as they are written. Long numbers, the
 * order of keys and spaces stay.
 */
export function entryTexts(text: string, section: Section): Map<string, string> {
  const properties = propertiesOf(text, section);
  return new Map(properties.map((property) => [nameOf(property), valueText(text, property)]));
}

/**
 * Puts entries into a section, each text as it is, in the place of the one of the same name, or at
 * the end. Every other byte stays.
 */
export function putEntries(
  text: string,
  section: Section,
  entries: ReadonlyMap<string, string>,
): string {
  if (entries.size === 0) {
    return text;
  }
  let edited = sectionOf(text, section) ? text : setAt(text, [section], {});
  const properties = propertiesOf(edited, section);
  // From the end, so that the places before it stay right.
  for (const property of properties.toReversed()) {
    const entry = entries.get(nameOf(property));
    const value = property.children?.[1];
    if (entry !== undefined && value) {
      edited = splice(edited, value.offset, value.length, entry);
    }
  }
  const known = new Set(properties.map(nameOf));
  const added = [...entries].filter(([name]) => !known.has(name));
  const texts = added.map(([name, entry]) => `${JSON.stringify(name)}: ${entry}`);
  return texts.length === 0 ? edited : appendTo(edited, section, texts);
}

/** Puts the texts of properties behind the last one of a section. */
function appendTo(text: string, section: Section, added: readonly string[]): string {
  const node = sectionOf(text, section);
  if (!node) {
    throw new Error(`the map has no ${section}`);
  }
  const space = text.includes('\n') ? ON_LINES : ON_ONE_LINE;
  const body = added.join(space.next);
  const last = node.children?.at(-1);
  if (last) {
    return splice(text, last.offset + last.length, 0, `${space.next}${body}`);
  }
  return splice(text, node.offset, node.length, `{${space.first}${body}${space.end}}`);
}

const ON_LINES = { first: '\n    ', next: ',\n    ', end: '\n  ' };
const ON_ONE_LINE = { first: '', next: ', ', end: '' };

/** Takes entries out of a section. Every other entry keeps its text and the space before it. */
export function dropEntries(text: string, section: Section, names: ReadonlySet<string>): string {
  const node = sectionOf(text, section);
  const properties = propertiesOf(text, section);
  const kept = properties.flatMap((property, index) =>
    names.has(nameOf(property)) ? [] : [{ property, before: properties[index - 1] }],
  );
  if (!node || kept.length === properties.length) {
    return text;
  }
  const [first, last] = [properties[0], properties.at(-1)];
  if (!first || !last || kept.length === 0) {
    return splice(text, node.offset, node.length, '{}');
  }
  const head = text.slice(node.offset, first.offset);
  const tail = text.slice(last.offset + last.length, node.offset + node.length);
  const body = kept.map(({ property, before }, index) => {
    const from = index === 0 || !before ? property.offset : before.offset + before.length;
    return text.slice(from, property.offset + property.length);
  });
  return splice(text, node.offset, node.length, head + body.join('') + tail);
}

/** Gives an entry another name, in its place. Every other byte stays. */
export function renameEntry(
  text: string,
  section: Section,
  { from, to }: { from: string; to: string },
): string {
  const property = propertiesOf(text, section).find((one) => nameOf(one) === from);
  const key = property?.children?.[0];
  return key ? splice(text, key.offset, key.length, JSON.stringify(to)) : text;
}

function sectionOf(text: string, section: Section): Node | undefined {
  const root = parseTree(text);
  return root && findNodeAtLocation(root, [section]);
}

function propertiesOf(text: string, section: Section): Node[] {
  return sectionOf(text, section)?.children ?? [];
}

function nameOf(property: Node): string {
  return String(property.children?.[0]?.value);
}

function valueText(text: string, property: Node): string {
  const value = property.children?.[1];
  return value ? text.slice(value.offset, value.offset + value.length) : '';
}

function splice(text: string, offset: number, length: number, replacement: string): string {
  return text.slice(0, offset) + replacement + text.slice(offset + length);
}
