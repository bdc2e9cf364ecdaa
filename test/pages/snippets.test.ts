import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { createApp } from '../lib/synthesize.ts';
import { readPage, root } from './read-page.ts';

/** The variables that the snippets of a CDK app take for granted. */
type Snippet = (stack: Stack, reporting: Role, campaigns: Role) => void;

const snippets = readPage('lib/README.md').blocks.filter(({ language }) => language === 'ts');

describe('the CDK snippets of lib/README.md', () => {
  it.each(snippets)('synthesize as they are written: $section', async ({ section, text }) => {
    const stack = new Stack(createApp(), 'Mine');
    const role = (id: string) =>
      new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const snippet = await load(section.replace(/\W+/g, '-'), text);
    snippet(stack, role('Reporting'), role('Campaigns'));
    expect(Object.keys(Template.fromStack(stack).toJSON().Resources).length).toBeGreaterThan(5);
  });
});

/** Makes a module of a snippet, in which `./token-rotator` is this project. */
async function load(name: string, text: string): Promise<Snippet> {
  const lines = text.replaceAll("'./token-rotator/", `'${root}/`).split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const body = lines.filter((line) => !line.startsWith('import '));
  const head = 'export default (stack, reporting, campaigns) => {';
  const folder = join(root, 'dist', 'snippets');
  mkdirSync(folder, { recursive: true });
  // The bundle of the functions, if nobody has built it.
  mkdirSync(join(root, 'dist', 'lambda'), { recursive: true });
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, [...imports, head, ...body, '};', ''].join('\n'));
  const module: { default: Snippet } = await import(file);
  return module.default;
}
