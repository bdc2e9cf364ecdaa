import { platformHeaders } from '../../lib/client/call-headers.ts';
import { freshTokenAt } from '../access/fresh-token-at.ts';
import { runChild } from '../access/run-child.ts';
import { UsageError } from '../errors.ts';
import type { Define } from '../verb.ts';

const EXAMPLES = `
The program gets TOKENS_ACCESS_TOKEN, TOKENS_HEADERS (a JSON object) and
TOKENS_EXPIRES_AT (empty for a token without an end). A token that ends within
5 minutes is refreshed first. Exit code and signals are the program's. Nothing
secret is among its arguments.

Examples:
  tokens exec acme -- ./pull-reports.sh
  tokens exec acme -- env`;

/** Prints nothing. Stdout is the program's. */
export const define: Define = (command, act) => {
  command
    .argument('<tenant>', 'whose token')
    .argument('<command...>', 'the program and its arguments, after --')
    .option('--shard <name>', 'where the tenant is, if that is known: saves looking for it')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenant: string, program: string[], options: { shard?: string }) => {
        if (context.json) {
          throw new UsageError('exec has no --json: stdout is the program’s.');
        }
        const { terminal } = context;
        const wanted = { tenant, shard: options.shard };
        const { token, warning } = await freshTokenAt(terminal, await context.openHome(), wanted);
        if (warning !== null) {
          terminal.note(`Warning: ${warning}`);
        }
        const code = await runChild(program, {
          TOKENS_ACCESS_TOKEN: token.access_token,
          TOKENS_HEADERS: JSON.stringify(platformHeaders(token, Date.now())),
          TOKENS_EXPIRES_AT: token.expires_at ?? '',
        });
        context.endWith(code);
      }),
    );
};
