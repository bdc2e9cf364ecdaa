import { type Renamed, renameTenant } from '../operations/rename-tenant.ts';
import { defineVerb } from '../verb.ts';

const EXAMPLES = `
Its history goes with it. Programs that read its access token by the old name
must use the new one: both work until the next run.

Example:
  tokens rename acme acme-eu`;

export const define = defineVerb<[string, string], Renamed>({
  usage: (command) =>
    command
      .argument('<tenant>', 'its name now')
      .argument('<new-name>', 'its name from now on')
      .addHelpText('after', EXAMPLES),
  async run({ terminal, openHome }, from, to) {
    const { ports } = await openHome();
    terminal.progress('Waiting until no run holds the shard …');
    return renameTenant(ports, from, to);
  },
  print({ print, note }, { from, to, published }) {
    print(`Tenant ${from} is called ${to} now. To undo: tokens rename ${to} ${from}`);
    if (published)
      note(
        `Programs that read the access token of ${from} work until the next run. Change them to ${to}.`,
      );
    print(`Exchanges of before are kept under the old name: tokens history ${from}`);
  },
});
