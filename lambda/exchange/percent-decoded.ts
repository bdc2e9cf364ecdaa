/** Returns a text without percent signs for characters. A sign that stands for none is kept. */
export function decoded(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (signs) => {
    try {
      return decodeURIComponent(signs);
    } catch {
      return signs;
    }
  });
}
