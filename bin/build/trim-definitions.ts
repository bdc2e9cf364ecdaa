import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const DEFINITIONS = /[\\/]lambda[\\/]providers[\\/][\w-]+\.ts$/;
/** Fields of a definition that only people read, in the form that the formatter gives them. */
const FOR_PEOPLE = /^ *(?:register_url:\s+'[^']*'|unconfirmed: (?:\[[^\]]*\]|[A-Z_]+)),\n/gm;

/** Leaves out of a bundle what shipped definitions say to people alone, about 6 KB. */
export const trimDefinitions: Plugin = {
  name: 'trim-definitions',
  setup({ onLoad }) {
    onLoad({ filter: DEFINITIONS }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(FOR_PEOPLE, ''),
      loader: 'ts',
    }));
  },
};
