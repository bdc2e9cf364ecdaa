import type { Command } from 'commander';
import { isName } from '../../lambda/names.ts';
import type { Act } from '../context.ts';
import { UsageError } from '../errors.ts';
import { splitShard } from '../operations/split-shard.ts';
import { printJson } from '../terminal/terminal.ts';

interface SplitOptions {
  to: string;
  tenants?: string;
}

const EXAMPLES = `
Examples:
  tokens shard add eu
  tokens shard split default --to eu
  tokens shard split default --to eu --tenants acme,brandx`;

const SPLIT_HELP = `
Without --tenants about half of the shard moves, by bytes; tenants that share a
credential stay together. No run comes in between. If it is stopped, the same
command finishes it: no token is lost, or asked for twice. Whoever reads access
tokens of the moved tenants must read the other shard's secret from then on.

Examples:
  tokens shard split default --to eu
  tokens shard split default --to eu --tenants acme,brandx`;

export function define(command: Command, act: Act): void {
  command.addHelpText('after', EXAMPLES);
  command
    .command('add')
    .description('Make a shard, empty: a vault and an access-token secret of its own.')
    .argument('<shard>', 'its name: letters, digits, dots, dashes, underscores')
    .addHelpText('after', '\nExample:\n  tokens shard add eu')
    .action(
      act(async (context, shard: string) => {
        if (!isName(shard))
          throw new UsageError(
            'A shard has a name of at most 64 letters, digits, dots, dashes and underscores.',
          );
        const home = await context.openHome();
        const added = !(await home.ports.vault.shards()).includes(shard);
        await home.addShard(shard);
        if (context.json)
          return printJson(context.terminal, {
            shard,
            added,
            vault: home.ports.vault.label(shard),
          });
        context.terminal.print(
          added
            ? `Shard ${shard} was made: ${home.ports.vault.label(shard)}`
            : `There is a shard ${shard} already.`,
        );
      }),
    );
  command
    .command('split')
    .description(
      'Move tenants, with the apps they use, to another shard, which is made where there is none.',
    )
    .argument('<shard>', 'the shard that is to get smaller')
    .requiredOption('--to <shard>', 'the shard they move to')
    .option('--tenants <names>', 'these, separated by commas')
    .addHelpText('after', SPLIT_HELP)
    .action(
      act(async (context, source: string, options: SplitOptions) => {
        const { terminal, json } = context;
        const home = await context.openHome();
        const tenants = options.tenants?.split(',').map((name) => name.trim()) ?? null;
        terminal.progress('Waiting until no run holds either shard …');
        const result = await splitShard(home, { source, target: options.to, tenants });
        terminal.progress('');
        if (json) return printJson(terminal, { source, target: options.to, ...result });
        const { moved, apps, unpublished } = result;
        if (moved.length === 0)
          return terminal.print(
            `Nothing is left to move from shard ${source} to shard ${options.to}.`,
          );
        terminal.print(`Moved to shard ${options.to}: ${moved.join(', ')}.`);
        if (apps.length > 0) terminal.print(`Copied with them: app ${apps.join(', ')}.`);
        if (unpublished === undefined)
          terminal.print(
            `Their access tokens are in ${home.ports.accessTokens.label(options.to)} now.`,
          );
        else
          terminal.note(
            `Warning: their access tokens are not published yet (${unpublished}): the next run does it.`,
          );
      }),
    );
}
