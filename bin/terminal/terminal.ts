import pc from 'picocolors';

/** Where people read and type. stdout carries results, stderr everything said beside them. */
export interface Terminal {
  /** Whether questions can be asked: stdin and stderr are a terminal. */
  interactive: boolean;
  /** Whether a person reads stdout. */
  showsOutput: boolean;
  /** Columns of a table. */
  width: number;
  /** Colours of stdout; none off a terminal. */
  colors: ReturnType<typeof pc.createColors>;
  /** A result: to stdout, with a line break. */
  print(text: string): void;
  /** A remark: to stderr, with a line break. */
  note(text: string): void;
  /**
   * Shows what is under way on one line of a terminal; nothing elsewhere. An empty text takes it
   * away.
   */
  progress(text: string): void;
}

const TABLE_WIDTH = 80;

/** The terminal of this process. */
export function openTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const shows = stdout.isTTY === true;
  const canRedraw = stderr.isTTY === true && env.TERM !== 'dumb';
  let underWay = false;
  const clear = () => {
    if (underWay) stderr.write('\r\u001b[2K');
    underWay = false;
  };
  return {
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    showsOutput: shows,
    width: shows ? Math.max(40, stdout.columns || TABLE_WIDTH) : TABLE_WIDTH,
    colors: pc.createColors(shows && pc.isColorSupported),
    print(text) {
      clear();
      stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    progress(text) {
      if (!canRedraw) return;
      clear();
      if (text === '') return;
      stderr.write(text.slice(0, (stderr.columns || TABLE_WIDTH) - 1));
      underWay = true;
    },
  };
}

/** A result for programs: one JSON value. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, null, 2));
}
