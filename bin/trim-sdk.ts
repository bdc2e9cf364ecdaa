import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const SCHEMAS = /@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/;
const SCHEMA = /^((?:export )?var \w+\$? = )(\[.*\]|\[[\s\S]*?\n\]);$/gm;
const MODELED_ERROR = /^n\d+_registry\.registerError\(.*\);$/gm;
const PACKAGE = /@aws-sdk[\\/][^\\/]+[\\/]package\.json$/;
const EVENT_STREAMS = /^@smithy\/core\/event-streams$/;
const NO_EVENT_STREAMS = `
export const eventStreamSerdeProvider = () => ({});
export const resolveEventStreamSerdeConfig = (config) => config;
export class EventStreamSerde {}
`;

/**
 * Leaves out of a bundle what the SDK brings along and no function of ours uses, about 100 KB.
 *
 * - Schemas of operations that nobody calls. Their computed keys look like side effects.
 * - Classes of modeled errors. The SDK then throws the service's base exception under the same
 *   name, and names are all that we look at.
 * - Event streams, which none of our operations has.
 * - All of each package.json but name and version.
 */
export const trimSdk: Plugin = {
  name: 'trim-sdk',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: SCHEMAS }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const trimmed = text.replace(MODELED_ERROR, '');
      return { contents: trimmed.replace(SCHEMA, '$1/* @__PURE__ */ (() => $2)();') };
    });
    onLoad({ filter: PACKAGE }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
    onResolve({ filter: EVENT_STREAMS }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: EVENT_STREAMS, namespace: 'none' }, () => ({ contents: NO_EVENT_STREAMS }));
  },
};
