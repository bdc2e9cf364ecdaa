import { addVerbs, createProgram } from '../../bin/run-cli.ts';

/** Returns what `tokens WORDS --help` prints, such as of `app set-secret`. */
export async function helpOf(words: readonly string[]): Promise<string> {
  let help = '';
  const program = createProgram(false, process);
  program.configureOutput({ writeOut: (text) => (help += text) });
  await addVerbs(program, words, () => async () => {});
  await program.parseAsync([...words, '--help'], { from: 'user' }).catch(() => {});
  return help;
}
