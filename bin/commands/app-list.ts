import { type AppUse, listApps } from '../status/list-apps.ts';
import { formatTable } from '../terminal/table.ts';
import { defineVerb } from '../verb.ts';

export const list = defineVerb<[object], { apps: AppUse[] }>({
  usage: (command) => command.addHelpText('after', '\nExample:\n  tokens app list'),
  run: async ({ openHome }) => ({ apps: await listApps((await openHome()).ports) }),
  print(terminal, { apps }) {
    if (apps.length === 0) {
      terminal.print('There are no apps: every tenant names its own client.');
      return;
    }
    const rows = apps.map(({ app, shard, provider, tenants, secrets }) => [
      app,
      shard,
      provider ?? '',
      String(tenants),
      secrets.map((print) => print.slice(0, SHORT)).join(', '),
    ]);
    const heads = [
      { title: 'APP', whole: true },
      { title: 'SHARD', whole: true },
      { title: 'PROVIDER', wholeWords: true, lostFirst: 1 },
      'TENANTS',
      'SECRETS',
    ];
    terminal.print(formatTable(heads, rows, terminal));
  },
});

const SHORT = 8;
