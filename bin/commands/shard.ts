import { isName } from '../../lambda/names.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Forgotten, forgetShard, refuseToForget } from '../shards/forget-shard.ts';
import { listShards, type ShardLine } from '../shards/list-shards.ts';
import { splitShard } from '../shards/split-shard.ts';
import { askSure, type SureOption } from '../terminal/ask-sure.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineGroup, defineVerb } from '../verb.ts';

interface SplitOptions {
  to: string;
  tenants?: string;
}

type Split = Awaited<ReturnType<typeof splitShard>> & { source: string; target: string };

const EXAMPLES = `
Examples:
  tokens shard list
  tokens shard add eu
  tokens shard split default --to eu
  tokens shard split default --to eu --tenants acme,brandx`;

const SPLIT_HELP = `
Without --tenants about half of the shard moves, by bytes; tenants that share a
credential stay together. No run comes in between. If it is stopped, the same
command finishes it: no token is lost, or asked for twice. Programs that read
access tokens of the moved tenants must read the other shard's secret from then
on.

Examples:
  tokens shard split default --to eu
  tokens shard split default --to eu --tenants acme,brandx`;

const list = defineVerb<[object], { shards: ShardLine[] }>({
  usage: (command) => command.addHelpText('after', '\nExample:\n  tokens shard list'),
  run: async ({ openHome }) => ({ shards: await listShards((await openHome()).ports) }),
  print: (terminal, { shards }) => terminal.print(shardTable(terminal, shards)),
  exitCode: ({ shards }) => (shards.some(({ problem }) => problem !== null) ? 1 : 0),
});

function shardTable(terminal: Terminal, shards: readonly ShardLine[]): string {
  const rows = shards.map(({ shard, vault, tenants, full, problem }) => [
    shard,
    tenants === null ? '' : String(tenants),
    full === null ? '' : `${Math.round(full * 100)} %`,
    problem ?? vault,
  ]);
  return formatTable(
    [{ title: 'SHARD', whole: true }, 'TENANTS', 'FULL', { title: 'SECRET', wholeWords: true }],
    rows,
    terminal,
  );
}

const add = defineVerb<[string], { shard: string; added: boolean; vault: string }>({
  usage: (command) =>
    command
      .argument('<shard>', 'its name: letters, digits, dots, dashes, underscores')
      .addHelpText('after', '\nExample:\n  tokens shard add eu'),
  run: addShard,
  print: ({ print }, { shard, added, vault }) =>
    print(added ? `Shard ${shard} was made: ${vault}` : `There is a shard ${shard} already.`),
});

async function addShard({ openHome }: Context, shard: string) {
  if (!isName(shard)) {
    throw new UsageError(
      'A shard has a name of at most 64 letters, digits, dots, dashes and underscores.',
    );
  }
  const home = await openHome();
  const added = !(await home.ports.vault.shards()).includes(shard);
  await home.addShard(shard);
  if (added) {
    await home.noteEdit(shard, []);
  }
  return { shard, added, vault: home.ports.vault.label(shard) };
}

const split = defineVerb<[string, SplitOptions], Split & { accessTokens: string }>({
  usage: (command) =>
    command
      .argument('<shard>', 'the shard that is to get smaller')
      .requiredOption('--to <shard>', 'the shard they move to')
      .option('--tenants <names>', 'these, separated by commas')
      .addHelpText('after', SPLIT_HELP),
  async run({ terminal, openHome }, source, { to: target, tenants }) {
    const home = await openHome();
    const names = tenants?.split(',').map((name) => name.trim()) ?? null;
    terminal.progress('Waiting until no run holds either shard …');
    const result = await splitShard(home, { source, target, tenants: names });
    return {
      source,
      target,
      ...result,
      accessTokens: home.ports.accessTokens.label(target),
    };
  },
  json: ({ accessTokens, ...result }) => result,
  print: printSplit,
});

function printSplit(
  { print, note }: Terminal,
  { source, target, moved, apps, unpublished, accessTokens }: Split & { accessTokens: string },
): void {
  if (moved.length === 0) {
    print(`Nothing is left to move from shard ${source} to shard ${target}.`);
    return;
  }
  print(`Moved to shard ${target}: ${moved.join(', ')}.`);
  if (apps.length > 0) {
    print(`Copied with them: app ${apps.join(', ')}.`);
  }
  if (unpublished === undefined) {
    print(`Their access tokens are in ${accessTokens} now.`);
  } else {
    note(
      `Warning: their access tokens are not published yet (${unpublished}): the next run does it.`,
    );
  }
}

const FORGET_HELP = `
For a shard whose secret was deleted on purpose. Until then every run for all
tenants fails with its name, so that nobody misses it unnoticed.

Example:
  tokens shard forget eu`;

const forget = defineVerb<[string, SureOption], Forgotten | { shard: string; families: null }>({
  usage: (command) =>
    command
      .argument('<shard>', 'the shard that is gone')
      .option('--yes', 'ask nothing')
      .addHelpText('after', FORGET_HELP),
  async run({ terminal, openHome }, shard, { yes }) {
    const home = await openHome();
    await refuseToForget(home.ports, shard);
    const question = `Is shard ${shard} gone for good? Its published tokens and its links end.`;
    if (!(await askSure(terminal, yes, question))) {
      return { shard, families: null };
    }
    const forgotten = await forgetShard(home.ports, shard);
    await home.noteEdit(shard, []);
    return forgotten;
  },
  print({ print }, { shard, families }) {
    if (families === null) {
      print('Nothing was changed.');
    } else {
      print(`Shard ${shard} is forgotten. Other shards may take its ${families} credentials.`);
    }
  },
});

export const define = defineGroup(EXAMPLES, [
  { name: 'list', summary: 'List the shards, and how full each is', define: list },
  {
    name: 'add',
    summary: 'Make a shard, empty: a vault and an access-token secret of its own',
    define: add,
  },
  {
    name: 'split',
    summary: 'Move tenants, with the apps they use, to another shard, which is made if missing',
    define: split,
  },
  { name: 'forget', summary: 'Say that a shard is gone for good', define: forget },
]);
