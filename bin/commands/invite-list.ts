import { type ConnectLink, type LinkState, linkState } from '../../lambda/connect/connect-link.ts';
import { readLinks } from '../consent/connect-links.ts';
import type { Home } from '../homes/home.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import { defineVerb } from '../verb.ts';

/** One link as it is listed. Its secret is known to nobody. */
interface LinkLine {
  id: string;
  tenant: string;
  shard: string;
  provider: string;
  state: LinkState;
  made_at: string;
  made_by: string | null;
  expires_at: string;
  /** Says what became of the last answer that a client brought. */
  last_result: string | null;
}

const HELP = `
STATE is open, connected, revoked, ended (replaced, or no longer right) or
expired. A link's address was shown once, and cannot be shown again.

Example:
  tokens invite list`;

/** Defines `tokens invite list`. */
export const defineList = defineVerb<[object], { links: LinkLine[]; kind: Home['kind'] }>({
  usage: (command) => command.addHelpText('after', HELP),
  run: async ({ openHome }) => {
    const { kind, ports } = await openHome();
    const now = ports.clock.now();
    return { kind, links: (await readLinks(ports)).map((link) => toLine(link, now)) };
  },
  json: ({ links }) => ({ links }),
  print: show,
});

function toLine(link: ConnectLink, now: number): LinkLine {
  const { id, tenant, shard, provider, made_at, made_by, expires_at, results } = link;
  const about = {
    id,
    tenant,
    shard,
    provider,
    made_at,
    made_by,
    expires_at,
  };
  return {
    ...about,
    state: linkState(link, now),
    last_result: results.at(-1)?.result ?? null,
  };
}

function show(
  terminal: Terminal,
  { links, kind }: { links: LinkLine[]; kind: Home['kind'] },
): void {
  if (links.length === 0) {
    const next =
      kind === 'stack' ? 'Make one: tokens invite NAME' : 'A home on this machine has none.';
    terminal.print(`There are no links. ${next}`);
    return;
  }
  const now = Date.now();
  const { colors } = terminal;
  const paints = { open: colors.yellow, connected: colors.green };
  const heads = [
    // A tenant's name revokes its links too.
    { title: 'LINK', whole: true, lostFirst: 4 },
    { title: 'TENANT', whole: true },
    { title: 'PROVIDER', wholeWords: true, lostFirst: 1 },
    { title: 'STATE', whole: true },
    { title: 'MADE', whole: true, lostFirst: 3 },
    { title: 'ENDS', whole: true },
    { title: 'LAST ANSWER', lostFirst: 2 },
  ];
  const rows = links.map(({ id, tenant, provider, state, made_at, expires_at, last_result }) => [
    id,
    tenant,
    provider,
    { text: state, paint: new Map(Object.entries(paints)).get(state) ?? colors.dim },
    agoText(Date.parse(made_at), now),
    state === 'open' ? untilText(Date.parse(expires_at), now) : '',
    last_result?.replaceAll('_', ' ') ?? '',
  ]);
  terminal.print(formatTable(heads, rows, terminal));
}
