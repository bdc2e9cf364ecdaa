import { CommandError } from '../errors.ts';

/** Where something is in a file, counted from 1. */
export interface Place {
  line: number;
  column?: number;
}

/** One thing in a file that cannot be taken. The words follow the place and repeat no value. */
export interface SourceFault {
  place: Place;
  message: string;
}

const MOST_TOLD = 20;

/** Returns `line 3, column 5`. */
export function placeText({ line, column }: Place): string {
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

/** Returns the error that names every fault of a file, in the order of its lines. */
export function faultsError(faults: readonly SourceFault[]): CommandError {
  const sorted = [...faults].sort(
    (a, b) => a.place.line - b.place.line || (a.place.column ?? 0) - (b.place.column ?? 0),
  );
  const lines = sorted
    .slice(0, MOST_TOLD)
    .map(({ place, message }) => `  ${placeText(place)}: ${message}`);
  const more = sorted.length - lines.length;
  const rest = more > 0 ? [`  and ${more} more`] : [];
  return new CommandError(
    ['The file cannot be imported, and nothing was added:', ...lines, ...rest].join('\n'),
  );
}

const LINE_END = /\r\n|\n|\r/g;

/** Returns the place of an offset in a text. */
export function placeAt(text: string, offset: number): Required<Place> {
  let line = 1;
  let start = 0;
  for (const end of text.matchAll(LINE_END)) {
    const next = end.index + end[0].length;
    if (next > offset) {
      break;
    }
    line++;
    start = next;
  }
  return { line, column: offset - start + 1 };
}
