import { Command } from 'commander';
import pc from 'picocolors';
import { auditedHome } from '../../bin/audit/audited-home.ts';
import type { Context, ExitCode } from '../../bin/context.ts';
import { CommandError, UsageError } from '../../bin/errors.ts';
import { openFolder } from '../../bin/homes/folder-home.ts';
import { showError } from '../../bin/terminal/show-error.ts';
import type { Terminal } from '../../bin/terminal/terminal.ts';
import type { Define } from '../../bin/verb.ts';

/** All that one call of a verb said, and how it ended. */
export interface VerbResult {
  code: ExitCode;
  stdout: string;
  stderr: string;
}

interface VerbOptions {
  folder: string;
  json?: boolean;
  /** Servers of the test may be asked. */
  loopback?: boolean;
}

/**
 * Runs one verb in this process, off a terminal, over the folder home `folder`. What the verb does
 * not say itself is said as the program says it.
 */
export async function callVerb(
  define: Define,
  args: readonly string[],
  { folder, json = false, loopback = false }: VerbOptions,
): Promise<VerbResult> {
  const said = { stdout: '', stderr: '' };
  const terminal = quietTerminal(said);
  let code: ExitCode = 0;
  const context: Context = {
    terminal,
    json,
    options: { home: folder, json },
    async openHome({ create = false } = {}) {
      const home = await openFolder({
        folder,
        create,
        passphrase: async () => undefined,
        allowLoopbackHttp: loopback,
        log: () => {},
        note: terminal.note,
      });
      return auditedHome(home, { verb: 'verb', isOneEdit: true, note: terminal.note });
    },
    verbs: [],
    endWith: (ending) => (code = ending),
    fail: () => (code = 1),
  };
  const command = new Command('verb').exitOverride();
  define(
    command,
    (run) =>
      (...given) =>
        run(context, ...given),
  );
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
    code = showError(terminal, error, { json });
  }
  return { code, ...said };
}

function quietTerminal(said: { stdout: string; stderr: string }): Terminal {
  const print = (text: string) => {
    said.stdout += `${text}\n`;
  };
  return {
    interactive: false,
    showsOutput: false,
    width: 80,
    place: (text) => text,
    colors: pc.createColors(false),
    print,
    printRaw: print,
    printWrapped: print,
    note: (text) => {
      said.stderr += `${text}\n`;
    },
    progress: () => {},
  };
}
