import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..', '..');

/** A fenced block of a page. */
export interface Block {
  /** The heading it is under. */
  section: string;
  language: string;
  text: string;
}

export interface Page {
  /** Its path in the project. */
  path: string;
  text: string;
  blocks: Block[];
}

/** Returns every page of the project. */
export function readPages(): Page[] {
  const own = readdirSync(root, { encoding: 'utf8' });
  const inside = ['bin', 'lib', 'lambda'].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: 'utf8', recursive: true }).map(
      (file) => `${folder}/${file}`,
    ),
  );
  return [...own, ...inside].filter((path) => path.endsWith('.md')).map(readPage);
}

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, blocks: blocksOf(text) };
}

/** Returns the anchors that GitHub gives to a page's headings. */
export function anchorsOf({ text }: Page): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Returns the targets of a page's links, without those that lead to the web. */
export function linksOf({ text }: Page): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Returns a page's text without its fenced blocks. */
export function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

function blocksOf(text: string): Block[] {
  const parts = text.matchAll(/^#+ (?<title>[^\n]+)$|^```(?<language>\w*)\n(?<body>.*?)^```$/gms);
  let section = '';
  const blocks: Block[] = [];
  for (const { groups = {} } of parts) {
    if (groups.title !== undefined) {
      section = groups.title;
    } else {
      blocks.push({ section, language: groups.language ?? '', text: groups.body ?? '' });
    }
  }
  return blocks;
}
