import { isName } from '../../lambda/names.ts';
import { completionScripts, isShell } from '../completion/completion-scripts.ts';
import { completionsOf } from '../completion/completions.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { defineVerb } from '../verb.ts';

interface Options {
  for?: boolean;
}

const EXAMPLES = `
Completes commands, options and the names of tenants, apps and shards. Names are
read from the home or stack on the line, or of the environment.

Examples:
  eval "$(tokens completion bash)"                        in ~/.bashrc
  eval "$(tokens completion zsh)"                         in ~/.zshrc
  tokens completion fish > ~/.config/fish/completions/tokens.fish`;

export const define = defineVerb<[string, string[], Options], { lines: string[] }>({
  usage: (command) =>
    command
      .argument('<shell>', 'bash, zsh or fish')
      .argument('[words...]', 'the line so far, with --for')
      .option('--for', 'print what may come next on a line')
      .addHelpText('after', EXAMPLES),
  run: complete,
  print({ printRaw }, { lines }) {
    if (lines.length > 0) {
      printRaw(lines.join('\n'));
    }
  },
});

async function complete(
  context: Context,
  shell: string,
  words: readonly string[],
  options: Options,
): Promise<{ lines: string[] }> {
  if (!isShell(shell)) {
    throw new UsageError('There are completions for bash, zsh and fish.');
  }
  if (!options.for) {
    return { lines: completionScripts[shell].split('\n') };
  }
  const found = await completionsOf(context, words);
  return { lines: found.filter((word) => isName(word) || word.startsWith('--')) };
}
