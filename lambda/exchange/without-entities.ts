/** An entity that was escaped again begins with one of its own sign. */
const ENTITY = /&(?:amp;)*(?:#x([\da-f]{1,6})|#(\d{1,7})|quot|amp);/gi;

/** Returns a text with the characters themselves for the entities of HTML. */
export function withoutEntities(text: string): string {
  return text.replace(
    ENTITY,
    (entity, hex?: string, decimal = /quot;$/i.test(entity) ? '34' : '38') =>
      String.fromCharCode(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
