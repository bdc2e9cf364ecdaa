import type { Command } from 'commander';
import { fingerprint } from '../../lambda/fingerprint.ts';
import type { Act } from '../context.ts';
import { setRefreshToken } from '../operations/set-refresh-token.ts';
import { askSure } from '../terminal/ask-sure.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import { printJson } from '../terminal/terminal.ts';

const EXAMPLES = `
The token is asked for unseen, or read from stdin or a file: never an argument.
One that a newer one has replaced before is only taken after a question.

Examples:
  tokens set-refresh-token acme
  pass show acme | tokens set-refresh-token acme --stdin`;

export function define(command: Command, act: Act): void {
  addSecretOptions(command.argument('<tenant>', 'whose refresh token'))
    .option('--yes', 'take it even if a newer one has replaced it before')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenant: string, options: SecretOptions & { yes?: boolean }) => {
        const { terminal } = context;
        const home = await context.openHome();
        const token = await takeSecret(terminal, options, 'Refresh token');
        const question = `A newer token has replaced this one at tenant ${tenant}: its provider may refuse it, or take it for stolen and end the newer one. Use it?`;
        const result = await setRefreshToken(home.ports, tenant, token, () =>
          askSure(terminal, options.yes, question),
        );
        const print = fingerprint(token);
        if (context.json) return printJson(terminal, { tenant, result, fingerprint: print });
        if (result === 'kept') terminal.print('Nothing was changed.');
        else if (result === 'unchanged')
          terminal.print(`Tenant ${tenant} holds the refresh token ${print} already.`);
        else
          terminal.print(
            `Tenant ${tenant} holds the refresh token ${print}. Next: ${terminal.colors.cyan(`tokens rotate ${tenant}`)}`,
          );
      }),
    );
}
