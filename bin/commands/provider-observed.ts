import { shown } from '../../lambda/shown.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import { readObserved, type SeenGrant } from '../status/read-observed.ts';
import { type Cell, type Column, formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface Observed {
  id: string;
  grants: SeenGrant[];
}

const EXAMPLES = `
RUNS counts the runs that showed a value. Fields whose names no definition knows
are shown as fingerprints. DEFINED is what the definition says; all of it:
tokens provider show ID.

Example:
  tokens provider observed pinterest`;

export const define = defineVerb<[string], Observed>({
  usage: (command) =>
    command.argument('<id>', 'the id of a provider').addHelpText('after', EXAMPLES),
  run: read,
  print: printObserved,
});

async function read({ openHome }: Context, id: string): Promise<Observed> {
  const { ports } = await openHome();
  const grants = await readObserved(ports, id);
  if (grants.length === 0) {
    throw new CommandError(`No run has asked a provider ${shown(id)} yet.`, {
      nextStep: 'All providers: tokens provider list',
    });
  }
  return { id, grants };
}

const HEADS: readonly (string | Column)[] = [
  { title: 'WHAT', whole: true },
  { title: 'DEFINED', wholeWords: true, lostFirst: 1 },
  { title: 'MOSTLY', wholeWords: true },
  { title: 'RUNS', whole: true },
  { title: 'LATELY', wholeWords: true },
];

function printObserved(terminal: Terminal, { id, grants }: Observed): void {
  for (const { shard, grant_type, runs, answers, aspects } of grants) {
    const head = `${id}, ${grant_type}, shard ${shard}: ${answers} answers in ${runs} runs`;
    terminal.print(terminal.colors.bold(head));
    const rows = aspects.map(({ aspect, value, runs: shown, of, changing_to, defined }): Cell[] => [
      aspect,
      defined === null ? '' : String(defined),
      value === null ? 'differs' : String(value),
      `${shown} of ${of}`,
      changing_to === null ? '' : String(changing_to),
    ]);
    terminal.print(`${formatTable(HEADS, rows, terminal)}\n`);
  }
}
