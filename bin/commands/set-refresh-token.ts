import { fingerprint } from '../../lambda/fingerprint.ts';
import type { Context } from '../context.ts';
import { restorableToken, setRefreshToken } from '../corrections/set-refresh-token.ts';
import { takeRefreshToken } from '../corrections/take-refresh-token.ts';
import { findTenant } from '../map/find-tenant.ts';
import { askForReplaced, type SureOption } from '../terminal/ask-sure.ts';
import { addSecretOptions, type SecretOptions } from '../terminal/secret-source.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

type Options = SecretOptions & SureOption;

interface Put {
  tenant: string;
  result: 'changed' | 'unchanged' | 'kept';
  /** Of the token that was given. */
  fingerprint: string;
  /** Of the token that it replaced, where the archive can give it back. */
  replaced: string | null;
}

const EXAMPLES = `
The token is asked for unseen, or read from stdin or a file: never an argument.
A file or stdin may also hold what tokens export wrote for this tenant, or a
provider's whole JSON reply. A token that a newer one has replaced before is
only taken after a question.

Examples:
  tokens set-refresh-token acme
  pass show acme | tokens set-refresh-token acme --stdin`;

export const define = defineVerb<[string, Options], Put>({
  usage: (command) =>
    addSecretOptions(command.argument('<tenant>', 'whose refresh token'))
      .option('--yes', 'take it even if a newer one has replaced it before')
      .addHelpText('after', EXAMPLES),
  run: put,
  print: printPut,
});

async function put(
  { terminal, openHome }: Context,
  tenant: string,
  options: Options,
): Promise<Put> {
  const { ports } = await openHome();
  const { map } = await findTenant(ports, tenant);
  const token = await takeRefreshToken(terminal, options, { tenant, map });
  const confirm = () => askForReplaced(terminal, options.yes, tenant);
  const replaced = await restorableToken(ports, map.tenants.get(tenant));
  const result = await setRefreshToken(ports, tenant, token, confirm);
  return {
    tenant,
    result,
    fingerprint: fingerprint(token),
    replaced,
  };
}

function printPut(
  { print, colors }: Terminal,
  { tenant, result, fingerprint: held, replaced }: Put,
): void {
  if (result === 'kept') {
    print('Nothing was changed.');
  } else if (result === 'unchanged') {
    print(`Tenant ${tenant} holds the refresh token ${held} already.`);
  } else {
    print(
      `Tenant ${tenant} holds the refresh token ${held}. Next: ` +
        `${colors.cyan(`tokens rotate ${tenant}`)}`,
    );
    if (replaced !== null) {
      print(`To undo it: ${colors.cyan(`tokens restore ${tenant} --to ${replaced}`)}`);
    }
  }
}
