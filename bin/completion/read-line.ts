/** A line that is being typed, as its words mean it. */
interface TypedLine {
  /** The words before the one that is completed. */
  words: string[];
  /** What there is of that one. */
  typed: string;
  /** What stands before it in the same word of the shell, such as `--provider=`. */
  prefix: string;
}

/**
 * Reads the words of a line as a shell hands them over for completion. They are as they were typed,
 * with quotes and `~`. An option with its value is one word, and in bash three.
 */
export function readLine(given: readonly string[], env: NodeJS.ProcessEnv): TypedLine {
  const joins = (at: number) => given[at] === '=' && given[at - 1]?.startsWith('--') === true;
  const words = given.flatMap((word, at) => {
    if (joins(at)) {
      return at === given.length - 1 ? [''] : [];
    }
    const [, option, value = ''] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    return option === undefined ? [meant(word, env)] : [option, meant(value, env)];
  });
  const [prefix = ''] = /^--[\w-]+=/.exec(given.at(-1) ?? '') ?? [];
  return { words: words.slice(0, -1), typed: words.at(-1) ?? '', prefix };
}

/** Takes quotes off, and fills in a home folder and variables, as the shell will. */
function meant(word: string, env: NodeJS.ProcessEnv): string {
  const [, quote = '', text = word] = /^(['"])(.*)\1$/s.exec(word) ?? [];
  if (quote === "'") {
    return text;
  }
  const filled = text.replaceAll(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced, bare) => env[braced ?? bare] ?? '',
  );
  const bare = filled.replaceAll(/\\(.)/g, '$1');
  return quote === '' ? bare.replace(/^~(?=\/|$)/, env.HOME ?? '~') : bare;
}
