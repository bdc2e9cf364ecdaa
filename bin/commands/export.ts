import { resolve } from 'node:path';
import { writeExport } from '../access/export-files.ts';
import { type Exportable, exportableOf, exportablesOf } from '../access/exportable.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface Options {
  all?: boolean;
  shard?: string;
}

interface Exported {
  folder: string;
  exported: { tenant: string; files: string[] }[];
  /** Tenants without a token to write, and why. */
  left: Extract<Exportable, { problem: string }>[];
}

const EXAMPLES = `
Writes <tenant>_refresh_token_<yyyymmdd_HHMM>.json and .txt, which are never
overwritten, and <tenant>_refresh_token_latest.json and .txt. Only you can read
them (0600). A program that refreshes with such a token may end it here.

Examples:
  tokens export acme ./backup
  tokens export --all ./backup`;

export const define = defineVerb<[string, string | undefined, Options], Exported>({
  usage: (command) =>
    command
      .argument('<tenant-or-folder>', 'the tenant, or with --all the folder')
      .argument('[folder]', 'where to write')
      .option('--all', 'every tenant that has a refresh token')
      .option('--shard <name>', 'only tenants of this shard')
      .addHelpText('after', EXAMPLES),
  run: exportTokens,
  json: ({ folder, exported, left }) => ({
    folder,
    exported,
    failures: left.flatMap(({ tenant, problem, harmless }) =>
      harmless ? [] : { tenant, message: `Tenant ${tenant} ${problem}` },
    ),
  }),
  print: printExported,
  exitCode: ({ left }) => (left.every(({ harmless }) => harmless) ? 0 : 1),
});

async function exportTokens(
  { terminal, openHome }: Context,
  first: string,
  second: string | undefined,
  { all, shard }: Options,
): Promise<Exported> {
  if (all ? second !== undefined : second === undefined) {
    throw new UsageError(
      'Say which tenant and where to: tokens export acme ./backup, or tokens export --all ./backup',
    );
  }
  const { ports } = await openHome();
  const found = all ? await exportablesOf(ports, shard) : [await exportableOf(ports, first, shard)];
  const folder = resolve(all ? first : (second ?? ''));
  const exported: Exported['exported'] = [];
  const left: Exported['left'] = [];
  for (const one of found) {
    const written = await writeOne(folder, one);
    if ('files' in written) {
      exported.push(written);
    } else {
      left.push(written);
    }
  }
  const [problem] = left;
  if (!all && problem) {
    throw new CommandError(`Tenant ${problem.tenant} ${problem.problem}`);
  }
  for (const one of left) {
    if (!one.harmless) {
      terminal.note(`Error: Tenant ${one.tenant} ${one.problem}`);
    }
  }
  return { folder, exported, left };
}

/** A file that is in one tenant's way leaves the others theirs. */
async function writeOne(
  folder: string,
  one: Exportable,
): Promise<Exported['exported'][number] | Exported['left'][number]> {
  if ('problem' in one) {
    return one;
  }
  const { tenant } = one;
  try {
    return { tenant, files: await writeExport(folder, one.token) };
  } catch (error) {
    if (error instanceof CommandError) {
      return { tenant, problem: `was not exported. ${error.message}`, harmless: false };
    }
    throw error;
  }
}

function printExported({ print }: Terminal, { folder, exported, left }: Exported): void {
  const without = left.length > 0 ? `, ${left.length} left out` : '';
  const count = `${exported.length} ${exported.length === 1 ? 'refresh token' : 'refresh tokens'}`;
  print(`${count} written to ${folder}${without}.`);
}
