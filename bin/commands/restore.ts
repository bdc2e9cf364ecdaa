import { type Restored, restoreTenant } from '../corrections/restore-tenant.ts';
import { askForReplaced, type SureOption } from '../terminal/ask-sure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

type Options = SureOption & { to?: string };

const EXAMPLES = `
Takes the newest refresh token that the archive holds of the tenant, and puts it
into its entry. With --to it takes another one: tokens history shows how their
fingerprints begin. The entry of a removed tenant comes back first, out of an
older version of the map. It undoes tokens clear, remove and set-refresh-token.

Examples:
  tokens restore acme
  tokens restore acme --to 1f0a2b3c4d5e6f70`;

export const define = defineVerb<[string, Options], Restored>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose refresh token, or whole entry')
      .option('--to <fingerprint>', 'the refresh token whose fingerprint begins so')
      .option('--yes', 'take it even if a newer one has replaced it')
      .addHelpText('after', EXAMPLES),
  async run({ terminal, openHome }, tenant, { to, yes }) {
    const { ports } = await openHome();
    return restoreTenant(ports, tenant, to ?? null, () => askForReplaced(terminal, yes, tenant));
  },
  print,
});

function connectText(tenant: string): string {
  return `Ask the client to consent again: tokens connect ${tenant}`;
}

function print({ print: say, colors }: Terminal, restored: Restored): void {
  const { tenant, result, entry_restored: isBack, fingerprint } = restored;
  const next = `Next: ${colors.cyan(`tokens rotate ${tenant}`)}`;
  if (isBack) {
    say(`The entry of tenant ${tenant} is back, as it was when it was removed.`);
  }
  if (result === 'kept') {
    say(isBack ? `It holds no credential. ${connectText(tenant)}` : 'Nothing was changed.');
  } else if (fingerprint === null) {
    say(next);
  } else if (result === 'unchanged') {
    say(`Tenant ${tenant} holds the refresh token ${fingerprint} already.`);
  } else {
    say(`Tenant ${tenant} holds the refresh token ${fingerprint} again. ${next}`);
  }
}
