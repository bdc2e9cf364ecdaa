import { revokeLinksOf } from '../consent/connect-links.ts';
import { afterEdit } from '../corrections/after-edit.ts';
import { clearTenant } from '../corrections/remove-tenant.ts';
import { findTenant } from '../map/find-tenant.ts';
import { askSure, type SureOption } from '../terminal/ask-sure.ts';
import { defineVerb } from '../verb.ts';

interface Cleared {
  tenant: string;
  result: 'changed' | 'unchanged' | 'kept';
}

const EXAMPLES = `
The entry stays, with its app and settings; what the archive holds stays too.
Its open connect links are revoked.
To bring it back: tokens restore, or tokens connect.

Example:
  tokens clear acme`;

export const define = defineVerb<[string, SureOption], Cleared>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose refresh token and authorization code go')
      .option('--yes', 'ask nothing')
      .addHelpText('after', EXAMPLES),
  async run({ terminal, openHome }, tenant, { yes }) {
    const { ports } = await openHome();
    await findTenant(ports, tenant);
    const question = `Take the credentials of tenant ${tenant} out of its entry?`;
    if (!(await askSure(terminal, yes, question))) {
      return { tenant, result: 'kept' };
    }
    const result = await clearTenant(ports, tenant);
    await afterEdit(
      `Tenant ${tenant} holds no credential any more.`,
      `Remove the cause. Then: tokens invite revoke ${tenant}`,
      () => revokeLinksOf(ports, [tenant]),
    );
    return { tenant, result };
  },
  print({ print, colors }, { tenant, result }) {
    const back = colors.cyan(`tokens restore ${tenant}`);
    if (result === 'kept') {
      print('Nothing was changed.');
    } else if (result === 'unchanged') {
      print(`Tenant ${tenant} held no credential.`);
    } else {
      print(`Tenant ${tenant} holds no credential any more. To bring it back: ${back}`);
    }
  },
});
