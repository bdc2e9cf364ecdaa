import { switchVerb } from './switch-verb.ts';

const EXAMPLES = `
Example:
  tokens resume acme brandx`;

export const define = switchVerb({
  enabled: true,
  examples: EXAMPLES,
  done: (tenant) => `Tenant ${tenant} goes on. Next: tokens rotate ${tenant}`,
  already: (tenant) => `Tenant ${tenant} was not paused.`,
});
