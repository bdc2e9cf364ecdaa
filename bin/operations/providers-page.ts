import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import {
  grantsText,
  lifeText,
  limitsText,
  needsText,
  redirectText,
  refreshText,
  rotationText,
} from '../terminal/describe-provider.ts';

const INTRODUCTION = `# The shipped providers

Generated from the definitions: \`npx vitest run test/bin/operations/providers-page.test.ts -u\`. One definition with all its fields: \`tokens provider show ID\`. Your own: [README.md](README.md).

*Needs* are fields of a tenant or its app. *First token by*: \`consent\` is \`tokens connect\` or a connect link, \`device\` a short code for another browser; the names of grants are asked without a consent, those after \`grant:\` only when the entry names them. *Not confirmed* are facts that no public source of the platform confirms; everything else has one, named beside the definition.
`;

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

/** The page of all shipped providers, in Markdown. */
export function providersPage(): string {
  const rows = [...providers.values()].map(rowOf);
  const lines = [HEADS, HEADS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${INTRODUCTION}\n${lines.join('\n')}\n`;
}

function rowOf(definition: ProviderDefinition): string[] {
  const { id, title, response, register_url, revocation, unconfirmed = [] } = definition;
  const platform = register_url ? `[${title}](${register_url})` : title;
  return [
    `\`${id}\``,
    platform,
    needsText(definition),
    grantsText(definition),
    lifeText(response.default_expires_in_s),
    refreshText(definition),
    rotationText(definition),
    limitsText(definition),
    redirectText(definition),
    revocation ? 'yes' : '',
    unconfirmed.map((path) => `\`${path}\``).join(', '),
  ];
}
