import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { PLAIN_SERVICES } from './service-endpoint.ts';

const SCHEMAS = /@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/;
const SCHEMA = /^((?:export )?var \w+\$? = )(\[.*\]|\[[\s\S]*?\n\]);$/gm;
const MODELED_ERROR = /^n\d+_registry\.registerError\(.*\);$/gm;
const S3_CLIENT = /[\\/]client-s3[\\/]/;
const NAME = /^const (_\w+) = "(.*)";$/gm;
/** A structure, with the names of its members, their types, and how many of them have to be there. */
const STRUCTURE =
  /(\$ = \[3, n0, _\w+,\n {4}0,\n {4}\[)(.*)(\],\n {4}\[)(.*)(\](?:, \d+)?\n\];)$/gm;
/** What our requests to S3 hold, and what we and the SDK read of its answers. */
const S3_MEMBERS = new Set([
  'Body',
  'Bucket',
  'ChecksumAlgorithm',
  'ChecksumMode',
  'Contents',
  'ContentType',
  'ContinuationToken',
  'ETag',
  'IfMatch',
  'IfNoneMatch',
  'Key',
  'MaxKeys',
  'NextContinuationToken',
  'Prefix',
  'StartAfter',
]);
const PACKAGE = /@aws-sdk[\\/][^\\/]+[\\/]package\.json$/;
const EVENT_STREAMS = /^@smithy\/core\/event-streams$/;
const NO_EVENT_STREAMS = `
export const eventStreamSerdeProvider = () => ({});
export const resolveEventStreamSerdeConfig = (config) => config;
export class EventStreamSerde {}
`;
/** Says what stands for files of packages that no function of ours comes to use. */
const UNUSED: Record<string, string> = {
  // Where a browser, or a Node without hashes, takes another way.
  'Sha256Js.js': 'export class Sha256Js {}',
  'Sha1Js.js': 'export class Sha1Js {}',
  'Md5Js.js': 'export class Md5Js {}',
  // Sums that a caller has to choose.
  'Sha1Node.js': 'export class Sha1Node {}',
  'Crc64NvmeJs.js': 'export class Crc64NvmeJs {}',
  'sdk-stream-mixin.browser.js': 'export const sdkStreamMixin = undefined;',
  'createChecksumStream.browser.js': 'export const createChecksumStream = undefined;',
  // Bodies that are streams. Ours are whole.
  'createBufferedReadable.js': 'export const createBufferedReadable = undefined;',
  'getAwsChunkedEncodingStream.js': 'export const getAwsChunkedEncodingStream = undefined;',
  // Signatures of events, and bodies in XML.
  'S3ExpressIdentityProviderImpl.js': 'export class S3ExpressIdentityProviderImpl {}',
  'HeaderFormatter.js': 'export class HeaderFormatter {}',
  'AwsSdkSigV4ASigner.js':
    'export { AwsSdkSigV4Signer as AwsSdkSigV4ASigner } from "./AwsSdkSigV4Signer";',
  'resolveAwsSdkSigV4AConfig.js': `
    export const resolveAwsSdkSigV4AConfig = (config) => config;
    export const NODE_SIGV4A_CONFIG_OPTIONS = { default: undefined };`,
  'XmlShapeSerializer.js': 'export class XmlShapeSerializer { setSerdeContext() {} }',
  // Settings from a user's files, and from a virtual machine. A function has its environment.
  'loadSharedConfigFiles.js': `
    export const CONFIG_PREFIX_SEPARATOR = ".";
    export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  'getInstanceMetadataRegion.js': 'export const getInstanceMetadataRegion = async () => undefined;',
  'credential-provider-node/dist-es/defaultProvider.js': `
    import { fromEnv } from "@aws-sdk/credential-provider-env";
    export const defaultProvider = (init = {}) => fromEnv(init);
    export const credentialsWillNeedRefresh = () => false;
    export const credentialsTreatedAsExpired = () => false;`,
  // Another way to read the same dates.
  'serde/date-utils.js': `
    export {
      _parseRfc3339DateTimeWithOffset as parseRfc3339DateTime,
      _parseRfc3339DateTimeWithOffset as parseRfc3339DateTimeWithOffset,
      _parseRfc7231DateTime as parseRfc7231DateTime,
      _parseEpochTimestamp as parseEpochTimestamp,
    } from "./schema-serde-lib/schema-date-utils";
    export const dateToUtcString = (date) => date.toUTCString();`,
  // Retries in another mode than ours, and what is only counted or logged.
  'AdaptiveRetryStrategy.js':
    'export { StandardRetryStrategy as AdaptiveRetryStrategy } from "./StandardRetryStrategy";',
  'check-features.js': 'export const checkFeatures = async () => undefined;',
  'schemaLogFilter.js': 'export const schemaLogFilter = () => undefined;',
  'emitWarningIfUnsupportedVersion.js': `
    export const state = { warningEmitted: true };
    export const emitWarningIfUnsupportedVersion = () => undefined;`,
  'recursionDetectionMiddleware.js':
    'export const recursionDetectionMiddleware = () => (next) => next;',
  'resolveDefaultsModeConfig.js': `
    export const resolveDefaultsModeConfig = ({ defaultsMode } = {}) =>
      async () => (typeof defaultsMode === "string" ? defaultsMode : "legacy");`,
  // What a caller adds to a client. Without it the settings stay as they are.
  'runtimeExtensions.js': 'export const resolveRuntimeExtensions = (config) => config;',
  // What several invocations of one process at once would need.
  'invoke-store.js': 'export const InvokeStore = undefined;',
  // Lines that are held back for an error that may come.
  'logBuffer.js': `
    export class SizedItem {}
    export class SizedSet extends Set {}
    export class CircularMap extends Map {}`,
  // The layout of JSON that is made anew. The map is edited where it stands.
  'impl/format.js': `
    export const format = () => [];
    export const isEOL = (text, offset) => "\\r\\n".includes(text.charAt(offset));`,
};
const UNUSED_FILE = new RegExp(
  `[\\\\/]node_modules[\\\\/].*[\\\\/](?:${Object.keys(UNUSED)
    .map((file) => file.replaceAll('.', '\\.'))
    .join('|')})$`,
);
/**
 * Parts of a client for S3 Express, keys of the caller, buckets of other regions or without a name,
 * dates that nobody reads, and a logger.
 */
const UNUSED_PLUGINS = [
  's3Express(?:HttpSigning)?Middleware',
  'middleware-ssec',
  'middleware-expect-continue',
  'check-content-length-header',
  'region-redirect-middleware',
  'validate-bucket-name',
  's3-expires-middleware',
  'loggerMiddleware',
];
const UNUSED_PLUGIN = new RegExp(`[\\\\/](?:${UNUSED_PLUGINS.join('|')})\\.js$`);
const PLUGIN = /^export const (get\w+Plugin) = [\s\S]*?^\}\);$/m;
const PARTITIONS = /[\\/]lib[\\/]aws[\\/]partitions\.js$/;
const ZOD_SCHEMAS = /[\\/]zod[\\/]v4[\\/]mini[\\/]schemas\.js$/;
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
const EVENTBRIDGE_SIGNING =
  /client-eventbridge[\\/]dist-es[\\/]auth[\\/]httpAuthSchemeProvider\.js$/;
const S3_SIGNING = /client-s3[\\/]dist-es[\\/]auth[\\/]httpAuthSchemeProvider\.js$/;
const CHOICE_OF_SIGNATURE = /let schemeId;[\s\S]*?(?=const createOption)/;
const ONE_REGION = `
import { SignatureV4SignWithCredentials } from "./SignatureV4SignWithCredentials";
export class SignatureV4MultiRegion extends SignatureV4SignWithCredentials {
  static sigv4aDependency() { return "none"; }
}
`;

/** Leaves out the members of S3's structures that nobody uses. There are some fifty in each. */
function withoutMembers(source: string): string {
  const names = new Map([...source.matchAll(NAME)].map(([, name, text]) => [name, text]));
  const isUsed = (name: string) => S3_MEMBERS.has(names.get(name) ?? '');
  return source.replace(STRUCTURE, (...found: string[]) => {
    const [, start, members = '', middle, types = '', end] = found;
    const all = splitOutside(members);
    const kept = splitOutside(types).filter((_type, index) => isUsed(all[index] ?? ''));
    return `${start}${all.filter(isUsed).join(', ')}${middle}${kept.join(', ')}${end}`;
  });
}

/** Splits at the commas that stand in no brackets. */
function splitOutside(list: string): string[] {
  let depth = 0;
  return [...list]
    .map((letter) => {
      depth += '[{('.includes(letter) ? 1 : 0;
      depth -= ']})'.includes(letter) ? 1 : 0;
      return letter === ',' && depth === 0 ? '\n' : letter;
    })
    .join('')
    .split('\n')
    .map((item) => item.trim());
}

interface Partition {
  regionRegex: string;
  regions: Record<string, unknown>;
}

/** Leaves out the regions that their partition's pattern tells as well. */
function withoutRegions(source: string): string {
  const json = source.slice(source.indexOf('{'), source.lastIndexOf('}') + 1);
  const { partitions, ...rest } = JSON.parse(json) as { partitions: Partition[] };
  const trimmed = partitions.map(({ regions, ...partition }) => ({
    ...partition,
    regions: Object.fromEntries(
      Object.keys(regions)
        .filter((region) => !new RegExp(partition.regionRegex).test(region))
        .map((region) => [region, {}]),
    ),
  }));
  return `export const partitionsInfo = ${JSON.stringify({ ...rest, partitions: trimmed })};`;
}

/**
 * Leaves out of a bundle what packages bring along and no function of ours uses, about 200 KB.
 *
 * - Schemas of operations that nobody calls. Their computed keys look like side effects. And what
 *   no request or answer of ours to S3 holds.
 * - Classes of modeled errors. The SDK then throws the service's base exception under the same
 *   name (that of SNS under its code on the wire), and names are all that we look at.
 * - Event streams, which none of our operations has.
 * - All of each package.json but name and version.
 * - Files and parts of clients that nobody comes to use (UNUSED, UNUSED_PLUGIN), and signatures for
 *   several regions.
 * - Names of regions.
 * - Helpers of zod.
 * - Rules for addresses (s3-endpoint.ts, service-endpoint.ts).
 */
export const trimSdk: Plugin = {
  name: 'trim-sdk',
  setup({ onLoad, onResolve }) {
    const change = (filter: RegExp, changed: (text: string) => string) =>
      onLoad({ filter }, async ({ path }) => ({
        contents: changed(await readFile(path, 'utf8')),
        resolveDir: dirname(path),
      }));
    onLoad({ filter: SCHEMAS }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const used = S3_CLIENT.test(path) ? withoutMembers(text) : text;
      const trimmed = used.replace(MODELED_ERROR, '');
      return { contents: trimmed.replace(SCHEMA, '$1/* @__PURE__ */ (() => $2)();') };
    });
    onLoad({ filter: PACKAGE }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
    onLoad({ filter: UNUSED_FILE }, ({ path }) => {
      const slashed = path.replaceAll('\\', '/');
      const [, contents = ''] =
        Object.entries(UNUSED).find(([file]) => slashed.endsWith(`/${file}`)) ?? [];
      return { contents, resolveDir: dirname(path) };
    });
    change(UNUSED_PLUGIN, (text) =>
      text.replace(PLUGIN, 'export const $1 = () => ({ applyToStack() {} });'),
    );
    change(PARTITIONS, withoutRegions);
    // By way of a namespace, the one helper keeps all helpers in the bundle.
    change(ZOD_SCHEMAS, (text) => text.replaceAll('core.util.', 'util.'));
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
    // Rules for several regions choose how EventBridge's requests are signed. In one region it is as
    // with Lambda.
    onLoad({ filter: EVENTBRIDGE_SIGNING }, async ({ path }) => {
      const text = await readFile(path.replace('client-eventbridge', 'client-lambda'), 'utf8');
      const contents = text.replaceAll('Lambda', 'EventBridge').replace('"lambda"', '"events"');
      return { contents, resolveDir: dirname(path) };
    });
    // Our endpoint of S3 names one signature.
    change(S3_SIGNING, (text) =>
      text.replace(CHOICE_OF_SIGNATURE, 'const schemeId = "aws.auth#sigv4";'),
    );
    onResolve({ filter: EVENT_STREAMS }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: EVENT_STREAMS, namespace: 'none' }, () => ({ contents: NO_EVENT_STREAMS }));
  },
};
