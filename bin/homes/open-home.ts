import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Log, pickLogFields } from '../../lambda/log.ts';
import type { GlobalOptions } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Home } from './home.ts';

/**
 * Opens the home that the options and the environment name. Throws UsageError, CommandError and
 * StoreError.
 */
export async function openHome(
  options: GlobalOptions,
  terminal: Terminal,
  create: boolean,
): Promise<Home> {
  const log = createLog(terminal, options.debug === true);
  if (options.stack !== undefined) {
    if (options.home !== undefined) throw new UsageError('Give --home or --stack, not both.');
    const { openStack } = await import('./stack-home.ts');
    return openStack(options.stack, log);
  }
  const { openFolder } = await import('./folder-home.ts');
  return openFolder({
    folder: options.home ?? (process.env.TOKENS_HOME || join(homedir(), '.token-rotator')),
    create,
    passphrase: (source) => readPassphrase(terminal, source),
    allowLoopbackHttp: process.env.ALLOW_LOOPBACK_HTTP === 'true',
    log,
    note: terminal.note,
  });
}

/**
 * From the file that TOKENS_PASSPHRASE_FILE names; else asked, where a home needs one. A home
 * sealed with its key file is told about a needless one.
 */
async function readPassphrase(
  terminal: Terminal,
  source: 'passphrase' | 'file' | null,
): Promise<string | undefined> {
  const path = process.env.TOKENS_PASSPHRASE_FILE;
  if (path) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null)
      throw new CommandError(
        `The file ${path}, which TOKENS_PASSPHRASE_FILE names, cannot be read.`,
      );
    return text.replace(/\r?\n$/, '');
  }
  if (source !== 'passphrase' || !terminal.interactive) return undefined;
  const { askSecret } = await import('../terminal/prompts.ts');
  return askSecret(terminal, 'Passphrase of this home');
}

/** What happens inside is told only when asked for: the verbs say what matters. */
function createLog(terminal: Terminal, debug: boolean): Log {
  return (record) => {
    if (debug)
      terminal.note(
        JSON.stringify({ level: record.level, message: record.message, ...pickLogFields(record) }),
      );
  };
}
