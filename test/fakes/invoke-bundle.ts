import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * What came of one invocation: the handler's result or error, and everything the process printed.
 */
export interface Invoked {
  result?: unknown;
  error?: { errorType: string; errorMessage: string; trace: string[] };
  output: string;
}

export interface InvokeOptions {
  /** The folder with index.mjs. */
  bundle: string;
  handler: 'handler' | 'refresh' | 'fanOutDigest' | 'fanOutShards';
  event: unknown;
  env: Readonly<Record<string, string>>;
  timeoutMs?: number;
  /** The alias through which it is invoked, if any. */
  alias?: string | undefined;
  /** What the caller says of itself, as Lambda's `clientContext`. */
  clientContext?: object;
}

/**
 * Invokes a bundled handler in a process of its own, with nothing of this process's environment but
 * its PATH: a cold start.
 */
export async function invokeBundle({
  bundle,
  handler,
  event,
  env,
  timeoutMs = 900_000,
  alias = '',
  clientContext = {},
}: InvokeOptions): Promise<Invoked> {
  const url = pathToFileURL(join(bundle, 'index.mjs')).href;
  const child = fork(
    join(import.meta.dirname, 'lambda-runtime.mjs'),
    [url, handler, JSON.stringify(event), String(timeoutMs), alias, JSON.stringify(clientContext)],
    {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...env,
      },
      execArgv: [],
      silent: true,
    },
  );
  let output = '';
  let answer: Omit<Invoked, 'output'> = {};
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  child.on('message', (message: Omit<Invoked, 'output'>) => (answer = message));
  const [code] = await once(child, 'close');
  if (code !== 0) {
    throw new Error(`the process ended with ${code}: ${output}`);
  }
  return { ...answer, output };
}
