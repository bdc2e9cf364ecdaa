/** Returns a text without percent signs for characters, or as it is where it holds a wrong one. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
