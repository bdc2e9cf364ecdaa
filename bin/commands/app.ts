import type { Command } from 'commander';
import type { Act } from '../context.ts';
import { listApps, setAppSecret } from '../operations/set-app-secret.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import { formatTable } from '../terminal/table.ts';
import { printJson } from '../terminal/terminal.ts';

const EXAMPLES = `
Examples:
  tokens app list
  tokens app set-secret agency-lwa
  tokens app set-secret agency-lwa --file secret.txt`;

export function define(command: Command, act: Act): void {
  command.addHelpText('after', EXAMPLES);
  addSecretOptions(
    command
      .command('set-secret')
      .description('Replace the client secret of an app in every shard that has the app.')
      .argument('<app>', 'the name of the app'),
  )
    .addHelpText('after', '\nExample:\n  tokens app set-secret agency-lwa --file secret.txt')
    .action(
      act(async (context, app: string, options: SecretOptions) => {
        const { terminal, json } = context;
        const { ports } = await context.openHome();
        const secret = await takeSecret(terminal, options, `Client secret of ${app}`);
        const changes = await setAppSecret(ports, app, secret);
        if (changes.some(({ result }) => result === 'failed')) context.fail();
        if (json) return printJson(terminal, { app, shards: changes });
        for (const { shard, result, message } of changes)
          terminal.print(`${shard}: ${result}${message === undefined ? '' : ` (${message})`}`);
        terminal.print(`Next: ${terminal.colors.cyan('tokens rotate')}`);
      }),
    );
  command
    .command('list')
    .description('List the apps of every shard, and how many tenants use each.')
    .addHelpText('after', '\nExample:\n  tokens app list')
    .action(
      act(async (context) => {
        const { terminal, json } = context;
        const uses = await listApps((await context.openHome()).ports);
        if (json) return printJson(terminal, uses);
        if (uses.length === 0)
          return terminal.print('There are no apps: every tenant names its own client.');
        const rows = uses.map(({ app, shard, provider, tenants }) => [
          app,
          shard,
          provider ?? '',
          String(tenants),
        ]);
        terminal.print(
          formatTable(
            ['APP', 'SHARD', 'PROVIDER', 'TENANTS'].map(terminal.colors.bold),
            rows,
            terminal.width,
          ),
        );
      }),
    );
}
