import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import {
  accessText,
  grantsText,
  limitsText,
  needsText,
  redirectText,
  refreshText,
  rotationText,
} from '../terminal/describe-provider.ts';

const INTRODUCTION = [
  '# The shipped providers\n\n',
  'Generated from the definitions: `npx vitest run ',
  'test/bin/platforms/providers-page.test.ts -u`. One definition with all its fields: ',
  '`tokens provider show ID`. Your own: [README.md](README.md).\n\n',
  '*Needs* are fields of a tenant or its app. *First token by*: `consent` is `tokens ',
  'connect` or a connect link, `device` a short code for another browser; the names of ',
  'grants are asked without a consent, those after `grant:` only when the entry names them. ',
  '*Rotation* says how often a renewal brings a new refresh token, and how long the old one ',
  'works after it.\n\n',
  '*Not confirmed* are facts for which no public source was found. Check them with the ',
  "platform before you rely on them. The others were read on the platform's own pages or, ",
  'where it publishes none, in public programs that call it; the comment beside the ',
  'definition names them. Nothing here was tried against the platforms themselves: the ',
  'tests send each request to a server on loopback, with replies in the form that those ',
  'sources show. `tokens provider observed ID` shows what your own runs saw.\n',
].join('');

const HEADS = [
  'id',
  'platform',
  'needs',
  'first token by',
  'access token',
  'refresh token',
  'rotation',
  'limits',
  'redirect',
  'revocation',
  'not confirmed',
];

/** Returns the page of all shipped providers, in Markdown. */
export function providersPage(): string {
  const rows = [...providers.values()].map(rowOf);
  const lines = [HEADS, HEADS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${INTRODUCTION}\n${lines.join('\n')}\n`;
}

function rowOf(definition: ProviderDefinition): string[] {
  const { id, title, register_url, revocation, unconfirmed = [] } = definition;
  const platform = register_url ? `[${title}](${register_url})` : title;
  return [
    `\`${id}\``,
    platform,
    needsText(definition),
    grantsText(definition),
    accessText(definition),
    refreshText(definition),
    rotationText(definition),
    limitsText(definition),
    redirectText(definition),
    revocation ? 'yes' : '',
    unconfirmed.map((path) => `\`${path}\``).join(', '),
  ];
}
