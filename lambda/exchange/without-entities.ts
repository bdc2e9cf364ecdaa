const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  amp: '&',
};
/** An entity that was escaped again begins with one of its own sign. */
const ENTITY = /&(?:amp;)*(?:#x([\da-f]{1,6})|#(\d{1,7})|(quot|apos|lt|gt|amp));/gi;

/** Returns a text with the characters themselves for the entities of HTML. */
export function withoutEntities(text: string): string {
  return text.replace(
    ENTITY,
    (_entity, hex?: string, decimal?: string, name = '') =>
      NAMED[name.toLowerCase()] ??
      String.fromCharCode(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
