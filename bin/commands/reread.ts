import { type Reread, releaseTenant, rereadTenant } from '../corrections/reread-tenant.ts';
import { askSure, type SureOption } from '../terminal/ask-sure.ts';
import { defineVerb } from '../verb.ts';

type Options = SureOption & { release?: boolean };

const EXAMPLES = `
A provider's success that nobody could read may hold a new token, so the old one
is not sent again. Correct the provider's definition first, then read the answer
again. With --release the answer is let go, and the old token is sent again.

Examples:
  tokens reread acme
  tokens reread acme --release`;

export const define = defineVerb<[string, Options], Reread | { tenant: string; result: 'kept' }>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose answer')
      .option('--release', 'let the answer go')
      .option('--yes', 'ask nothing')
      .addHelpText('after', EXAMPLES),
  async run({ terminal, openHome }, tenant, { release, yes }) {
    const home = await openHome();
    if (!release) {
      return rereadTenant(home.ports, tenant);
    }
    const question =
      'If the answer holds a new token, the one that is sent again may be taken for stolen. ' +
      `Let the answer of tenant ${tenant} go?`;
    if (!(await askSure(terminal, yes, question))) {
      return { tenant, result: 'kept' };
    }
    const released = await releaseTenant(home.ports, tenant);
    await home.noteEdit(released.shard, [tenant]);
    return released;
  },
  print({ print, colors }, { tenant, result }) {
    const rotate = colors.cyan(`tokens rotate ${tenant}`);
    if (result === 'kept') {
      print('Nothing was changed.');
    } else if (result === 'read') {
      print(`The answer of tenant ${tenant} was read, and its new token is in place.`);
    } else {
      print(`The answer of tenant ${tenant} was let go. Next: ${rotate}`);
    }
  },
});
