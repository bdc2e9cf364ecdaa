import type { Command } from 'commander';
import type { Act } from '../context.ts';
import { findTenant } from '../operations/find-tenant.ts';
import { clearTenant } from '../operations/remove-tenant.ts';
import { askSure } from '../terminal/ask-sure.ts';
import { printJson } from '../terminal/terminal.ts';

const EXAMPLES = `
The entry stays, with its app and settings; what the archive holds stays too.
To bring it back: tokens connect, or tokens set-refresh-token.

Example:
  tokens clear acme`;

export function define(command: Command, act: Act): void {
  command
    .argument('<tenant>', 'whose refresh token and authorization code go')
    .option('--yes', 'ask nothing')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenant: string, options: { yes?: boolean }) => {
        const { terminal, json } = context;
        const { ports } = await context.openHome();
        await findTenant(ports, tenant);
        if (
          !(await askSure(
            terminal,
            options.yes,
            `Take the credentials of tenant ${tenant} out of its entry?`,
          ))
        )
          return terminal.print('Nothing was changed.');
        const result = await clearTenant(ports, tenant);
        if (json) return printJson(terminal, { tenant, result });
        terminal.print(
          result === 'changed'
            ? `Tenant ${tenant} holds no credential any more. To bring it back: ${terminal.colors.cyan(`tokens connect ${tenant}`)}`
            : `Tenant ${tenant} held no credential.`,
        );
      }),
    );
}
