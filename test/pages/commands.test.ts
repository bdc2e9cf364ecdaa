import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { benchScript } from '../../bin/bench/bench-script.ts';
import { proofScript } from '../../bin/proof/proof-script.ts';
import { addVerbs, createProgram } from '../../bin/run-cli.ts';
import { verbs } from '../../bin/verbs.ts';
import { parseSettings } from '../../lib/settings/settings.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { deriveKeysCheaply } from '../fakes/cheap-scrypt.ts';
import { cliInProcess } from '../fakes/cli.ts';
import { helpOf } from '../fakes/help.ts';
import { modelScript } from '../model/model-script.ts';
import { tortureScript } from '../torture/torture-script.ts';
import { runScript, startMachine } from './machine.ts';
import { type Block, readPages } from './read-page.ts';

deriveKeysCheaply();
const cli = cliInProcess();
const pages = readPages();
const scripts = new Set(Object.keys(packageJson.scripts));
/** Verbs that are followed by a second word. */
const GROUPS = new Set(['app', 'shard']);
/** Scripts with options of their own. */
const SCRIPTS: Record<string, () => Command> = {
  bench: benchScript,
  proof: proofScript,
  torture: tortureScript,
  model: modelScript,
};
/** Commands of npm itself. */
const NPM = new Set(['ci', 'link', 'pack', 'install']);

describe('the commands of the pages', () => {
  const sections = pages.flatMap(({ path, blocks }) =>
    sectionsOf(blocks).map(([section, texts]) => ({ where: `${path}, "${section}"`, texts })),
  );

  it.each(sections)('every command runs as it is written in $where', async ({ texts }) => {
    const machine = await startMachine(cli);
    expect(await runScript(machine, 'tokens rotate')).toMatchObject({ code: 0 });
    for (const script of texts) {
      const { code, output } = await runScript(machine, script);
      expect({ script, output, code }).toEqual({ script, output, code: 0 });
    }
  });

  const commands = pages.flatMap(({ path, text, blocks }) =>
    [...new Set([...commandsOf(blocks), ...quotedCommands(text)])].map((command) => ({
      path,
      command,
    })),
  );

  it.each(commands.filter(({ command }) => command.startsWith('tokens ')))(
    '$path: the CLI knows "$command"',
    async ({ command }) => {
      const args = command.split(/\s+/).slice(1);
      const verb = args.find((word) => verbs.some(({ name }) => name === word));
      if (verb === undefined) {
        expect(command).toMatch(/COMMAND|--help|--version|…|"\$@"/);
        return;
      }
      const part = args[args.indexOf(verb) + 1] ?? '';
      const hasPart = GROUPS.has(verb) && /^[a-z-]+$/.test(part);
      const help = await helpOf(hasPart ? [verb, part] : [verb]);
      const options = args.flatMap((word) => /^--[a-z][a-z-]*/.exec(word) ?? []);
      for (const option of options) {
        expect(help).toContain(option);
      }
    },
  );

  it.each(commands.filter(({ command }) => command.startsWith('npm ')))(
    '$path: npm and the stack know "$command"',
    ({ command }) => {
      const [, verb = '', name = ''] = command.split(/\s+/);
      const script = verb === 'run' ? name : verb;
      expect(scripts.has(script) || NPM.has(script)).toBe(true);
      const settings = command.matchAll(/-c (\w+)=([^\s$]+)/g);
      const context = Object.fromEntries([...settings].map(([, key, value]) => [key, value]));
      expect(() => parseSettings(context)).not.toThrow();
      for (const [option] of command.matchAll(/--[a-z][a-z-]*/g)) {
        expect(SCRIPTS[name]?.().helpInformation() ?? option).toContain(option);
      }
    },
  );
});

describe('the pages', () => {
  it.each(verbs)('name every option of tokens $name, and every command below it', async (verb) => {
    const program = createProgram(false, process);
    await addVerbs(program, [verb.name], () => async () => {});
    const text = pages.map((page) => page.text).join('\n');
    const commands = program.commands
      .filter((command) => command.name() === verb.name)
      .flatMap((command) => [command, ...command.commands]);
    const missing = commands.flatMap((command) => [
      ...(text.includes(`${command.parent?.name()} ${command.name()}`) ? [] : [command.name()]),
      ...command.options
        .filter(({ hidden, long }) => !hidden && !new RegExp(`${long}(?![\\w-])`).test(text))
        .map(({ long }) => `${command.name()} ${long}`),
    ]);
    expect(missing).toEqual([]);
  });
});

/** The blocks that are run, by section: each section begins on a machine of its own. */
function sectionsOf(blocks: readonly Block[]): [string, string[]][] {
  const sections = new Map<string, string[]>();
  for (const { section, language, text } of blocks) {
    if (language === 'sh') {
      sections.set(section, [...(sections.get(section) ?? []), text]);
    }
  }
  return [...sections];
}

function commandsOf(blocks: readonly Block[]): string[] {
  return blocks
    .filter(({ language }) => language === 'sh' || language === 'bash')
    .flatMap(({ text }) => split(text));
}

/** Commands in the middle of a sentence or a table. */
function quotedCommands(text: string): string[] {
  const quoted = text.matchAll(/`((?:tokens|npm) [^`]+)`/g);
  return [...quoted].flatMap(([, command = '']) => split(command));
}

/** The single commands of a script: without comments, assignments and what is piped. */
function split(script: string): string[] {
  return script
    .replaceAll('\\\n', ' ')
    .replaceAll(/(^|\s)#.*$/gm, '')
    .split(/&&|[|;\n()]/)
    .map((command) => command.trim().replace(/^(\w+=\S*\s+)+/, ''))
    .map((command) => command.replace(/^npm run tokens -- /, 'tokens '))
    .filter((command) => /^(npm|tokens) \S/.test(command));
}
