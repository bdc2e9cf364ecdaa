/** One line of evidence on the proof page. */
export interface Part {
  what: string;
  /** How much was tried. */
  tried: string;
  /** Says what was found. */
  found: string;
  isSound: boolean;
}
