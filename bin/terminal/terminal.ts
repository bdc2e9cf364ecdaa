import type { Readable } from 'node:stream';
import stringWidth from 'fast-string-width';
import pc from 'picocolors';
import { escapeUnseen } from '../../lambda/shown.ts';
import type { Surroundings } from '../surroundings.ts';
import type { PlaceHints } from './place-hints.ts';
import { wrapLines, wrapText } from './wrap-text.ts';

/** Where people read and type. stdout carries results, stderr everything said beside them. */
export interface Terminal {
  /** Questions can be asked, as stdin and stderr are a terminal. */
  interactive: boolean;
  /** What is typed, or what another program gives. */
  stdin: Readable;
  /** A person reads stdout. */
  showsOutput: boolean;
  /** Columns of a table. */
  width: number;
  /** Makes the commands in a message work where it is read. */
  place: PlaceHints;
  /** Colours of stdout. There are none off a terminal, or where `NO_COLOR` is set. */
  colors: ReturnType<typeof pc.createColors>;
  /** Prints a result to stdout, with a line break; at a terminal broken between words. */
  print(text: string): void;
  /** Prints a text of others to stdout with all of its blanks, such as a reply. */
  printAsItIs(text: string): void;
  /** Prints a text to stdout as it is, such as a token, JSON or CSV for a program. */
  printRaw(text: string): void;
  /** Prints a result to stdout, broken between words; further lines begin with the indent. */
  printWrapped(text: string, indent?: string): void;
  /** Prints a remark to stderr, with a line break; at a terminal broken between words. */
  note(text: string): void;
  /** Prints a text for a program to stderr as it is, such as an error as JSON. */
  noteRaw(text: string): void;
  /**
   * Shows what is under way on one line of a terminal; nothing elsewhere. An empty text takes it
   * away.
   */
  progress(text: string): void;
}

const TABLE_WIDTH = 80;
const LEAST_WIDTH = 40;

/**
 * Returns the terminal of these streams. Commands in what it says name the place, if one is given.
 * What `commands` finds is not broken into lines on a screen, from which people copy.
 */
export function openTerminal(
  { stdin, stdout, stderr, env }: Surroundings,
  place: PlaceHints = (text) => text,
  commands?: RegExp,
): Terminal {
  const shows = stdout.isTTY === true;
  const canRedraw = stderr.isTTY === true && env.TERM !== 'dumb';
  const width = shows ? widthOf(stdout) : TABLE_WIDTH;
  let underWay = false;
  const clear = () => {
    if (underWay) {
      stderr.write('\r\u001b[2K');
    }
    underWay = false;
  };
  const write = (stream: Surroundings['stdout'], text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    stdin,
    showsOutput: shows,
    width,
    place,
    colors: pc.createColors(shows && showsColors(env)),
    print(text) {
      const said = printable(place(text));
      write(stdout, shows ? wrapLines(said, width, commands) : said);
    },
    printAsItIs: (text) => write(stdout, printable(text)),
    printRaw: (text) => write(stdout, text),
    printWrapped: (text, indent) =>
      write(stdout, wrapText(printable(place(text)), width, indent, shows ? commands : undefined)),
    note(text) {
      const said = printable(place(text));
      write(stderr, canRedraw ? wrapLines(said, widthOf(stderr), commands) : said);
    },
    noteRaw: (text) => write(stderr, text),
    progress(text) {
      if (!canRedraw) {
        return;
      }
      clear();
      if (text === '') {
        return;
      }
      stderr.write(shortened(escapeUnseen(text), (stderr.columns || TABLE_WIDTH) - 1));
      underWay = true;
    },
  };
}

/** Tells whether this terminal takes colours and its user wants them (no-color.org). */
function showsColors({ NO_COLOR, TERM }: Surroundings['env']): boolean {
  return (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

/** Shortens a line to a width. Its last sentences go whole, then the end of the first. */
function shortened(line: string, width: number): string {
  if (stringWidth(line) <= width) {
    return line;
  }
  const lastSentence = line.lastIndexOf('. ');
  if (lastSentence >= 0) {
    return shortened(line.slice(0, lastSentence), width);
  }
  let kept = '';
  for (const character of line) {
    if (stringWidth(kept + character) >= width) {
      break;
    }
    kept += character;
  }
  return `${kept}…`;
}

function widthOf({ columns }: Surroundings['stdout']): number {
  return Math.max(LEAST_WIDTH, columns || TABLE_WIDTH);
}

/** Our own colours (`ESC [ digits m`). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with it.
const COLOUR_OR_LINE_END = /(\u001b\[\d{1,2}m|\n)/;

/** Escapes all that acts on a terminal but our own colours and line ends. */
function printable(text: string): string {
  return text
    .split(COLOUR_OR_LINE_END)
    .map((part, index) => (index % 2 === 1 ? part : escapeUnseen(part)))
    .join('');
}

/** Keys of results that hold sentences for people, with commands in them. */
const SENTENCES: ReadonlySet<string> = new Set(['message', 'next_step', 'next_steps', 'undo']);

/** Prints a result for programs as one object on one line, with its version. */
export function printJson(terminal: Terminal, value: object): void {
  terminal.printRaw(jsonLine(terminal, value));
}

/** Returns a result as one line of JSON in which nothing acts on a terminal. */
export function jsonLine({ place }: Terminal, value: object): string {
  const placed = (text: unknown) => (typeof text === 'string' ? place(text) : text);
  const text = JSON.stringify({ version: 1, ...value }, (key, field: unknown) => {
    if (!SENTENCES.has(key)) {
      return field;
    }
    return Array.isArray(field) ? field.map(placed) : placed(field);
  });
  return text.replace(UNSEEN, escapeUnits);
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** JSON's own escape, of each UTF-16 unit. */
function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
