import { defineGroup } from '../verb.ts';
import { add } from './app-add.ts';
import { list } from './app-list.ts';
import { addSecretVerb, dropSecretVerb, setSecretVerb } from './app-secret.ts';
import { set } from './app-set.ts';

const EXAMPLES = `
Examples:
  tokens app list
  tokens app add agency-lwa provider=amazon-ads client_id=amzn1.…
  tokens app set agency-lwa region=eu
  tokens app set-secret agency-lwa --try`;

export const define = defineGroup(EXAMPLES, [
  {
    name: 'list',
    summary: 'List the apps of every shard, and how many tenants use each',
    define: list,
  },
  { name: 'add', summary: 'Add an app, whose client tenants share', define: add },
  { name: 'set', summary: 'Set fields of an app in every shard that has it', define: set },
  {
    name: 'set-secret',
    summary: 'Replace the client secret of an app in every shard that has the app',
    define: setSecretVerb,
  },
  {
    name: 'add-secret',
    summary: 'Add a client secret that is used when those before it are refused',
    define: addSecretVerb,
  },
  { name: 'drop-secret', summary: 'Take a client secret of an app away', define: dropSecretVerb },
]);
