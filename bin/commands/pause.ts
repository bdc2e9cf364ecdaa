import { switchVerb } from './switch-verb.ts';

const EXAMPLES = `
A paused tenant keeps its entry and its history. No run asks for its tokens, and
its access token ends in time. A refresh token that nobody uses may die, too.

Example:
  tokens pause acme brandx`;

export const define = switchVerb({
  enabled: false,
  examples: EXAMPLES,
  done: (tenant) => `Tenant ${tenant} is paused. To undo: tokens resume ${tenant}`,
  already: (tenant) => `Tenant ${tenant} was paused already.`,
});
