import { resolve } from 'node:path';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { createDurableFiles } from '../../lib/folder/durable-files.ts';
import { changeHomeKey, readKeySource } from '../../lib/folder/home-key.ts';
import { auditedHome } from '../audit/audited-home.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { choosePlace } from '../homes/choose-place.ts';
import { openFolder } from '../homes/folder-home.ts';
import { readPassphrase } from '../homes/open-home.ts';
import { readPassphraseFile } from '../homes/passphrase-file.ts';
import { askSecret } from '../terminal/prompts.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withoutEcho } from '../terminal/without-echo.ts';
import { defineGroup, defineVerb } from '../verb.ts';

interface Sealed {
  home: string;
  sealed_with: 'passphrase' | 'file';
}

const EXAMPLES = `
Examples:
  tokens home passphrase
  tokens home key-file`;

const PASSPHRASE_EXAMPLES = `
The tokens are not sealed again: a copy of the folder from before still opens
with what opened it then. The passphrase of now comes from a prompt or from
TOKENS_PASSPHRASE_FILE, the new one from a prompt or from --file.

Example:
  tokens home passphrase`;

const KEY_FILE_EXAMPLES = `
Keep a copy of the key file somewhere else: without it nothing opens.

Example:
  tokens home key-file`;

const passphrase = defineVerb<[{ file?: string }], Sealed>({
  usage: (command) =>
    command
      .option('--file <file>', 'read the new passphrase from a file; - for stdin')
      .addHelpText('after', PASSPHRASE_EXAMPLES),
  run: async (context, { file }) =>
    sealAnew(context, 'home passphrase', () =>
      file === undefined ? askTwice(context) : readNewPassphrase(context, file),
    ),
  print: ({ print }, { home }) =>
    print(`The home ${home} opens with the new passphrase. Nobody can restore it: keep it safe.`),
});

const keyFile = defineVerb<[object], Sealed>({
  usage: (command) => command.addHelpText('after', KEY_FILE_EXAMPLES),
  run: (context) => sealAnew(context, 'home key-file', async () => null),
  print: ({ print }, { home }) =>
    print(`The home ${home} opens with the key in ${home}/key. Keep a copy of it elsewhere.`),
});

async function sealAnew(
  context: Context,
  verb: string,
  readNext: () => Promise<string | null>,
): Promise<Sealed> {
  const { terminal, options, env } = context;
  const place = choosePlace(options, env);
  if (place.kind === 'stack') {
    throw new UsageError('A stack has no passphrase: its key is in AWS KMS. Give --home.');
  }
  const home = resolve(place.folder);
  const source = await readKeySource(home);
  if (source === null) {
    throw new CommandError(`There is no home in ${home} yet.`, { code: 'no_home' });
  }
  const current = source === 'file' ? undefined : await readPassphrase(context, source);
  const next = await readNext();
  await withoutEcho(terminal, async () => {
    await changeHomeKey(createDurableFiles(home), home, { current, next });
    await noteChange(terminal, verb, { folder: home, passphrase: next ?? undefined });
  });
  return { home, sealed_with: next === null ? 'file' : 'passphrase' };
}

/** Leaves a line about it in the archive, as each edit does. */
async function noteChange(
  { note }: Terminal,
  verb: string,
  { folder, passphrase }: { folder: string; passphrase: string | undefined },
): Promise<void> {
  const home = await openFolder({
    folder,
    create: false,
    passphrase: async () => passphrase,
    allowLoopbackHttp: false,
    log: () => {},
    note,
  });
  await auditedHome(home, { verb, isOneEdit: true, note }).noteEdit(DEFAULT_SHARD, []);
}

async function readNewPassphrase({ terminal }: Context, file: string): Promise<string> {
  if (file === '-' && terminal.interactive) {
    return askTwice({ terminal });
  }
  const passphrase = await readPassphraseFile(file, terminal.stdin).catch(() => {
    throw new CommandError(`--file: the file ${file} cannot be read.`);
  });
  if (passphrase.trim() === '') {
    throw new UsageError('--file: it holds no passphrase.');
  }
  return passphrase;
}

async function askTwice({ terminal }: Pick<Context, 'terminal'>): Promise<string> {
  if (!terminal.interactive) {
    throw new UsageError('There is no terminal to ask on: give the new passphrase with --file.');
  }
  const first = await askSecret(terminal, 'New passphrase');
  const second = await askSecret(terminal, 'The same once more');
  if (first !== second) {
    throw new CommandError('The two differ: nothing was changed.');
  }
  return first;
}

export const define = defineGroup(EXAMPLES, [
  {
    name: 'passphrase',
    summary: 'Set the passphrase of a home, or change it',
    define: passphrase,
  },
  {
    name: 'key-file',
    summary: 'Seal a home with a key file in place of a passphrase',
    define: keyFile,
  },
]);
