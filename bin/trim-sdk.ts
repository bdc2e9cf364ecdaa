import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { PLAIN_SERVICES } from './service-endpoint.ts';

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
/** Names what stands for files that only a browser, S3 Express or a Node without hashes needs. */
const UNUSED: Record<string, string> = {
  'Sha256Js.js': 'export class Sha256Js {}',
  'Sha1Js.js': 'export class Sha1Js {}',
  'Md5Js.js': 'export class Md5Js {}',
  'S3ExpressIdentityProviderImpl.js': 'export class S3ExpressIdentityProviderImpl {}',
  'sdk-stream-mixin.browser.js': 'export const sdkStreamMixin = undefined;',
  'createChecksumStream.browser.js': 'export const createChecksumStream = undefined;',
};
const UNUSED_FILE =
  /[\\/](?:(?:Sha256|Sha1|Md5)Js|S3ExpressIdentityProviderImpl|\w[\w-]+\.browser)\.js$/;
const MULTI_REGION = /[\\/]SignatureV4MultiRegion\.js$/;
const S3_ENDPOINT = /client-s3[\\/]dist-es[\\/]endpoint[\\/]endpointResolver\.js$/;
const OUR_S3_ENDPOINT = `
import { partition } from "@aws-sdk/core/client";
import { s3Endpoint } from ${JSON.stringify(join(import.meta.dirname, 's3-endpoint.ts'))};
export const defaultEndpointResolver = (params) =>
  s3Endpoint(params, partition(params.Region).dnsSuffix);
`;
const PLAIN_ENDPOINT =
  /(client-(?:eventbridge|lambda|secrets-manager|sns))[\\/]dist-es[\\/]endpoint[\\/]endpointResolver\.js$/;
const ourEndpoint = (service: string) => `
import { partition } from "@aws-sdk/core/client";
import { serviceEndpoint } from ${JSON.stringify(join(import.meta.dirname, 'service-endpoint.ts'))};
export const defaultEndpointResolver = (params) =>
  serviceEndpoint(${JSON.stringify(service)}, params, partition(params.Region));
`;
const ONE_REGION = `
import { SignatureV4SignWithCredentials } from "./SignatureV4SignWithCredentials";
export class SignatureV4MultiRegion extends SignatureV4SignWithCredentials {
  static sigv4aDependency() { return "none"; }
}
`;

/**
 * Leaves out of a bundle what the SDK brings along and no function of ours uses, about 140 KB.
 *
 * - Schemas of operations that nobody calls. Their computed keys look like side effects.
 * - Classes of modeled errors. The SDK then throws the service's base exception under the same
 *   name, and names are all that we look at.
 * - Event streams, which none of our operations has.
 * - All of each package.json but name and version.
 * - What takes the place of hashes and streams where Node's own are missing.
 * - S3 Express, and signatures for several regions.
 * - Rules for addresses (s3-endpoint.ts, service-endpoint.ts).
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
    onLoad({ filter: UNUSED_FILE }, ({ path }) => {
      const contents = UNUSED[basename(path)];
      return contents === undefined ? null : { contents };
    });
    onLoad({ filter: MULTI_REGION }, ({ path }) => ({
      contents: ONE_REGION,
      resolveDir: dirname(path),
    }));
    onLoad({ filter: S3_ENDPOINT }, ({ path }) => ({
      contents: OUR_S3_ENDPOINT,
      resolveDir: dirname(path),
    }));
    onLoad({ filter: PLAIN_ENDPOINT }, ({ path }) => ({
      contents: ourEndpoint(PLAIN_SERVICES[PLAIN_ENDPOINT.exec(path)?.[1] ?? ''] ?? ''),
      resolveDir: dirname(path),
    }));
    onResolve({ filter: EVENT_STREAMS }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: EVENT_STREAMS, namespace: 'none' }, () => ({ contents: NO_EVENT_STREAMS }));
  },
};
