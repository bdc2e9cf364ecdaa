import { type Renamed, renameTenant } from '../corrections/rename-tenant.ts';
import { defineVerb } from '../verb.ts';

const EXAMPLES = `
Its history and its open connect links go with it. Programs that read its access
token by the old name must use the new one. Both names work until the next full
run but one.

Example:
  tokens rename acme acme-eu`;

type Result = Renamed & { secret: string };

export const define = defineVerb<[string, string], Result>({
  usage: (command) =>
    command
      .argument('<tenant>', 'its name now')
      .argument('<new-name>', 'its name from now on')
      .addHelpText('after', EXAMPLES),
  async run({ terminal, openHome }, from, to) {
    const { ports } = await openHome();
    terminal.progress('Waiting until no run holds the shard …');
    const renamed = await renameTenant(ports, from, to);
    return { ...renamed, secret: ports.accessTokens.label(renamed.shard) };
  },
  print({ print, note }, { from, to, published, links, secret }) {
    print(`Tenant ${from} is called ${to} now. To undo: tokens rename ${to} ${from}`);
    if (links > 0) {
      print(`Its ${links === 1 ? 'open link leads' : `${links} open links lead`} to ${to} now.`);
    }
    if (published) {
      note(readersOf({ from, to, secret }));
    }
  },
});

/** Neither AWS nor a folder knows which programs read a secret. So it names the ways. */
function readersOf({ from, to, secret }: { from: string; to: string; secret: string }): string {
  return `Until the next full run but one, its access token is under both names.
Change what reads the old one to ${to}:
- programs that ask the client for tenant ${from}
- programs that read ${from} in ${secret}
- scripts with get, exec or export of ${from}`;
}
