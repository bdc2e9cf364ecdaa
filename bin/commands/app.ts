import {
  type AppUse,
  listApps,
  type ShardChange,
  setAppSecret,
} from '../operations/set-app-secret.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineGroup, defineVerb } from '../verb.ts';

const EXAMPLES = `
Examples:
  tokens app list
  tokens app set-secret agency-lwa
  tokens app set-secret agency-lwa --file secret.txt`;

interface Changed {
  app: string;
  shards: ShardChange[];
}

const setSecret = defineVerb<[string, SecretOptions], Changed>({
  usage: (command) =>
    addSecretOptions(command.argument('<app>', 'the name of the app')).addHelpText(
      'after',
      '\nExample:\n  tokens app set-secret agency-lwa --file secret.txt',
    ),
  async run({ terminal, openHome }, app, options) {
    const { ports } = await openHome();
    const secret = await takeSecret(terminal, options, `Client secret of ${app}`);
    return { app, shards: await setAppSecret(ports, app, secret) };
  },
  print(terminal, { shards }) {
    printChanges(terminal, shards);
    terminal.print(`Next: ${terminal.colors.cyan('tokens rotate')}`);
  },
  exitCode: ({ shards }) => (shards.some(({ result }) => result === 'failed') ? 1 : 0),
});

function printChanges({ print }: Terminal, changes: readonly ShardChange[]): void {
  for (const { shard, result, message } of changes)
    print(`${shard}: ${result}${message === undefined ? '' : ` (${message})`}`);
}

const list = defineVerb<[object], { apps: AppUse[] }>({
  usage: (command) => command.addHelpText('after', '\nExample:\n  tokens app list'),
  run: async ({ openHome }) => ({ apps: await listApps((await openHome()).ports) }),
  print(terminal, { apps }) {
    if (apps.length === 0) {
      terminal.print('There are no apps: every tenant names its own client.');
      return;
    }
    const rows = apps.map(({ app, shard, provider, tenants }) => [
      app,
      shard,
      provider ?? '',
      String(tenants),
    ]);
    const heads = [{ title: 'APP', whole: true }, 'SHARD', 'PROVIDER', 'TENANTS'];
    terminal.print(formatTable(heads, rows, terminal));
  },
});

export const define = defineGroup(EXAMPLES, [
  {
    name: 'list',
    summary: 'List the apps of every shard, and how many tenants use each',
    define: list,
  },
  {
    name: 'set-secret',
    summary: 'Replace the client secret of an app in every shard that has the app',
    define: setSecret,
  },
]);
