import type { Command } from 'commander';
import type { Act } from './context.ts';

/**
 * A module of bin/commands: gives its verb arguments, options, an example in the help, and what it
 * does.
 */
interface VerbModule {
  define(command: Command, act: Act): void;
}

interface Verb {
  name: string;
  summary: string;
  /** Only the verb that runs is loaded: `tokens --help` loads none. */
  load(): Promise<VerbModule>;
}

/** Every verb, in the order of the help. */
export const verbs: readonly Verb[] = [
  {
    name: 'add',
    summary: 'add a tenant, asking for what is missing',
    load: () => import('./commands/add.ts'),
  },
  {
    name: 'import',
    summary: 'add tenants from an env file or JSON',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'connect',
    summary: 'ask for consent, and exchange its code at once',
    load: () => import('./commands/connect.ts'),
  },
  {
    name: 'invite',
    summary: 'make a link by which a client consents, from anywhere',
    load: () => import('./commands/invite.ts'),
  },
  {
    name: 'rotate',
    summary: 'rotate the tokens of all tenants, or of some',
    load: () => import('./commands/rotate.ts'),
  },
  {
    name: 'status',
    summary: 'show where every tenant stands, and what to do next',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'ui',
    summary: 'show the fleet in the browser of this machine',
    load: () => import('./commands/ui.ts'),
  },
  {
    name: 'get',
    summary: 'give a valid access token, or the headers of a request',
    load: () => import('./commands/get.ts'),
  },
  {
    name: 'history',
    summary: "list a tenant's exchanges with its provider",
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'why',
    summary: 'explain why a tenant fails, with the evidence',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'calendar',
    summary: 'show what ends when, as a table or a calendar file',
    load: () => import('./commands/calendar.ts'),
  },
  {
    name: 'plan',
    summary: 'say what a fleet needs, costs and risks',
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'export',
    summary: 'write refresh tokens to files',
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'set-refresh-token',
    summary: 'put a refresh token into a tenant',
    load: () => import('./commands/set-refresh-token.ts'),
  },
  {
    name: 'restore',
    summary: "put a tenant's refresh token back out of the archive",
    load: () => import('./commands/restore.ts'),
  },
  {
    name: 'reread',
    summary: 'read an answer again that nobody could read',
    load: () => import('./commands/reread.ts'),
  },
  {
    name: 'clear',
    summary: "take a tenant's credentials away",
    load: () => import('./commands/clear.ts'),
  },
  { name: 'remove', summary: 'remove a tenant', load: () => import('./commands/remove.ts') },
  {
    name: 'app',
    summary: 'list apps, or replace the client secret of one',
    load: () => import('./commands/app.ts'),
  },
  {
    name: 'provider',
    summary: 'list the platforms, and define your own',
    load: () => import('./commands/provider.ts'),
  },
  {
    name: 'shard',
    summary: 'add a shard, or move tenants from one to another',
    load: () => import('./commands/shard.ts'),
  },
];
