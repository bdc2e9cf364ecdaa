import { type Log, pickLogFields } from '../../lambda/log.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withoutEcho } from '../terminal/without-echo.ts';
import { choosePlace } from './choose-place.ts';
import type { Home } from './home.ts';
import { readPassphraseFile } from './passphrase-file.ts';
import { isSandbox } from './sandbox-mark.ts';

/**
 * Opens the home that the options and the environment name. Throws UsageError, CommandError and
 * StoreError.
 */
export async function openHome(
  { options, terminal, env }: Pick<Context, 'options' | 'terminal' | 'env'>,
  create: boolean,
): Promise<Home> {
  const log = createLog(terminal, options.debug === true);
  const place = choosePlace(options, env);
  if (place.kind === 'stack') {
    const { openStack } = await import('./stack-home.ts');
    return openStack(place.stack, log);
  }
  const { openFolder } = await import('./folder-home.ts');
  return openFolder({
    folder: place.folder,
    create,
    passphrase: (source) => readPassphrase({ terminal, env }, source),
    // The sandbox of `npm start` is a server on this machine.
    allowLoopbackHttp: env.ALLOW_LOOPBACK_HTTP === 'true' || isSandbox(place.folder),
    whileDeriving: (work) => withoutEcho(terminal, work),
    log,
    note: terminal.note,
  });
}

/**
 * Returns the passphrase of the file that TOKENS_PASSPHRASE_FILE names, else the one that a person
 * types, where a home needs one.
 */
export async function readPassphrase(
  { terminal, env }: Pick<Context, 'terminal' | 'env'>,
  source: 'passphrase' | 'file' | null,
): Promise<string | undefined> {
  const path = env.TOKENS_PASSPHRASE_FILE;
  if (path) {
    const passphrase = await readPassphraseFile(path, terminal.stdin).catch(() => null);
    if (passphrase === null) {
      throw new CommandError(
        `The file ${path}, which TOKENS_PASSPHRASE_FILE names, cannot be read.`,
      );
    }
    return passphrase;
  }
  if (source !== 'passphrase' || !terminal.interactive) {
    return undefined;
  }
  const { askSecret } = await import('../terminal/prompts.ts');
  return askSecret(terminal, 'Passphrase of this home');
}

/** Returns a log that writes to stderr with `--debug`, and nowhere without. */
function createLog(terminal: Terminal, debug: boolean): Log {
  return (record) => {
    if (debug) {
      terminal.noteRaw(
        JSON.stringify({
          level: record.level,
          message: record.message,
          ...pickLogFields(record),
        }),
      );
    }
  };
}
