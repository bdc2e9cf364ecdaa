import { linkState } from '../../lambda/connect/connect-link.ts';
import { groupBy } from '../../lambda/group-by.ts';
import { closeLinks, readLinks } from '../consent/connect-links.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import { defineVerb } from '../verb.ts';

interface Revoked {
  revoked: { id: string; tenant: string }[];
}

const HELP = `
A link is named by its id, as tokens invite list shows it; a tenant's name
means all its open links. A code that a client brought before is not sent.

Examples:
  tokens invite revoke acme
  tokens invite revoke 4ct5…`;

/** Defines `tokens invite revoke`. */
export const defineRevoke = defineVerb<[string[]], Revoked>({
  usage: (command) =>
    command
      .argument('<names...>', 'ids of links, or tenants whose open links end')
      .addHelpText('after', HELP),
  run,
  print: ({ print }, { revoked }) => {
    for (const { id, tenant } of revoked) {
      print(`Revoked the link ${id} of ${tenant}.`);
    }
  },
});

async function run({ openHome }: Context, names: string[]): Promise<Revoked> {
  const home = await openHome();
  const { ports } = home;
  const now = ports.clock.now();
  const open = (await readLinks(ports)).filter((link) => linkState(link, now) === 'open');
  const isNamed = (name: string) => open.some(({ id, tenant }) => name === id || name === tenant);
  const unknown = names.filter((name) => !isNamed(name));
  if (unknown.length > 0) {
    throw new CommandError(`There is no open link ${unknown.join(', ')}. Nothing was revoked.`, {
      nextStep: 'All of them: tokens invite list',
    });
  }
  const meant = open.filter(({ id, tenant }) => names.includes(id) || names.includes(tenant));
  const closed = await closeLinks(ports, meant, 'revoked');
  for (const [shard, links] of groupBy(closed, (link) => link.shard)) {
    await home.noteEdit(shard, [...new Set(links.map(({ tenant }) => tenant))].sort());
  }
  return { revoked: closed.map(({ id, tenant }) => ({ id, tenant })) };
}
