/** Returns an instant for people, such as `2026-11-22 02:17:03 UTC`. */
export function instantText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
}

/** Returns the day of an instant in UTC, such as `2026-11-22`. */
export function dayText(at: string): string {
  return at.slice(0, 10);
}
