import type { Verb } from './context.ts';

/** Every verb, in the order of the help. */
export const verbs: readonly Verb[] = [
  {
    name: 'add',
    summary: 'add a tenant, asking for what is missing',
    load: () => import('./commands/add.ts'),
  },
  {
    name: 'import',
    summary: 'add tenants from an env file, CSV or JSON',
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
    summary: 'show how every tenant is, and what to do next',
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
    name: 'show',
    summary: "show a tenant's entry, secrets as fingerprints",
    load: () => import('./commands/show.ts'),
  },
  {
    name: 'set',
    summary: "set fields of a tenant's entry",
    load: () => import('./commands/set.ts'),
  },
  {
    name: 'unset',
    summary: "take fields of a tenant's entry away",
    load: () => import('./commands/unset.ts'),
  },
  {
    name: 'pause',
    summary: 'stop asking for tenants for a while',
    load: () => import('./commands/pause.ts'),
  },
  {
    name: 'resume',
    summary: 'let paused tenants go on',
    load: () => import('./commands/resume.ts'),
  },
  { name: 'rename', summary: 'rename a tenant', load: () => import('./commands/rename.ts') },
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
    name: 'drill',
    summary: 'say what would come back after a loss, and what would not',
    load: () => import('./commands/drill.ts'),
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
    summary: 'bring a tenant, or its refresh token, back',
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
    name: 'exec',
    summary: "run a program with a tenant's access token in its environment",
    load: () => import('./commands/exec.ts'),
  },
  {
    name: 'app',
    summary: 'list, add and change apps, and their client secrets',
    load: () => import('./commands/app.ts'),
  },
  {
    name: 'provider',
    summary: 'list the platforms, and define your own',
    load: () => import('./commands/provider.ts'),
  },
  {
    name: 'shard',
    summary: 'list and add shards, or move tenants to another',
    load: () => import('./commands/shard.ts'),
  },
  {
    name: 'home',
    summary: 'change the passphrase or the key file of a home',
    load: () => import('./commands/home.ts'),
  },
  {
    name: 'doctor',
    summary: 'check what a home or a stack needs to work',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete commands and names',
    load: () => import('./commands/completion.ts'),
  },
];
