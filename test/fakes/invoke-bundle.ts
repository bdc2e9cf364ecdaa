import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';

/**
 * What came of one invocation: the handler's result or error, and everything the process printed.
 */
export interface Invoked {
  result?: unknown;
  error?: { errorType: string; errorMessage: string; trace: string[] };
  output: string;
}

export interface LambdaCall {
  handler: 'handler' | 'refresh' | 'fanOutDigest' | 'fanOutShards';
  event: unknown;
  /** The variables of the function. The process has no others but PATH. */
  env: Readonly<Record<string, string>>;
  timeoutMs?: number;
  /** The alias through which it is invoked, if any. */
  alias?: string | undefined;
  /** What the caller says of itself, as Lambda's `clientContext`. */
  clientContext?: object;
}

/** A process that has the bundle loaded, as Lambda keeps one for the events that follow. */
export interface WarmLambda {
  /** Invokes a handler once the calls before are over. */
  invoke(call: LambdaCall): Promise<Invoked>;
  close(): Promise<void>;
}

const RUNTIME = join(import.meta.dirname, 'lambda-runtime.mjs');
/** Ends what one call printed, on each of the two streams. No log line has it. */
const END_OF_OUTPUT = '\u0004';
const WITHOUT_WARNING = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/**
 * Starts a process for the bundle in a folder. The first call to it is a cold start. `env` holds the
 * variables that Node reads only at its start.
 */
export function startLambda(bundle: string, env: Record<string, string> = {}): WarmLambda {
  const url = pathToFileURL(join(bundle, 'index.mjs')).href;
  const child = fork(RUNTIME, [url, END_OF_OUTPUT], { env, execArgv: [], silent: true });
  const exited = once(child, 'exit');
  const oneAtATime = pLimit(1);
  return {
    invoke: (call) => oneAtATime(() => invokeIn(child, call)),
    async close() {
      child.disconnect();
      const [code] = await exited;
      if (code !== 0) {
        throw new Error(`the process ended with ${code}`);
      }
    },
  };
}

/** Invokes a bundled handler in a process of its own: a cold start. */
export async function invokeBundle({
  bundle,
  ...call
}: LambdaCall & { bundle: string }): Promise<Invoked> {
  const lambda = startLambda(bundle);
  const invoked = await lambda.invoke(call);
  await lambda.close();
  return invoked;
}

async function invokeIn(
  child: ChildProcess,
  { env, timeoutMs = 900_000, alias = '', clientContext = {}, ...call }: LambdaCall,
): Promise<Invoked> {
  const answered = once(child, 'message');
  const printed = readOutput(child);
  child.send({
    ...call,
    timeoutMs,
    alias,
    clientContext,
    env: { PATH: process.env.PATH ?? '', ...WITHOUT_WARNING, ...env },
  });
  const output = await printed;
  const [answer] = (await answered) as [Omit<Invoked, 'output'>];
  return { ...answer, output };
}

/** Returns what one call prints. Throws where the process ends before the call does. */
function readOutput(child: ChildProcess): Promise<string> {
  const streams = [child.stdout, child.stderr];
  let output = '';
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += chunk;
      if (output.split(END_OF_OUTPUT).length > streams.length) {
        stop();
        resolve(output.replaceAll(END_OF_OUTPUT, ''));
      }
    };
    const fail = (code: number | null) => {
      stop();
      reject(new Error(`the process ended with ${code}: ${output}`));
    };
    const stop = () => {
      child.off('close', fail);
      for (const stream of streams) {
        stream?.off('data', take);
      }
    };
    child.once('close', fail);
    for (const stream of streams) {
      stream?.on('data', take);
    }
  });
}
