import { type Command, InvalidArgumentError } from 'commander';

/** Where a script's help and errors go, and how it ends. A process is one. */
interface ScriptEnd {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  exit(code: number): never;
}

/**
 * Reads the arguments of an npm script, such as `npm run bench`, and returns the script with them.
 * After `--help` it ends the process with 0. After a wrong argument it says so in one line, and ends
 * the process with 2.
 */
export function readScript(
  script: Command,
  args: readonly string[] = process.argv.slice(2),
  { stdout, stderr, exit }: ScriptEnd = process,
): Command {
  return script
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ helpWidth: 80 })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(errorLine(text, script.name())),
    })
    .exitOverride(({ exitCode }) => exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: 'user' });
}

/** Reads an argument that is a whole number. The parser names the option of one that is not. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** The parser puts a suggestion ("Did you mean …?") into a line of its own. */
function errorLine(text: string, name: string): string {
  const line = text
    .trim()
    .replaceAll('\n', ' ')
    .replace(/^error: /, 'Error: ');
  return `${line.replace(/([^.)?])$/, '$1.')} See: ${name} --help\n`;
}
