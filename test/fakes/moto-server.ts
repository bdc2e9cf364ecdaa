import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Moto } from './moto.ts';

const PROGRAM = join(import.meta.dirname, 'serve-moto.py');
const REGION = 'eu-west-1';

/** Starts the Python package moto[server]. Returns null where `python3` does not have it. */
export async function startMoto(): Promise<{ moto: Moto; stop: () => void } | null> {
  const child = spawn('python3', [PROGRAM], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill();
  // The server must not outlive a test run that is interrupted.
  process.once('exit', stop);
  let problems = '';
  child.stderr.on('data', (chunk) => (problems = (problems + chunk).slice(-2_000)));
  child.on('error', () => undefined);
  for await (const url of createInterface(child.stdout)) {
    return { moto: describeServer(url), stop };
  }
  if (problems === '' || /ModuleNotFoundError|ImportError/.test(problems)) {
    return null;
  }
  throw new Error(`moto did not start: ${problems}`);
}

function describeServer(url: string): Moto {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  return {
    url,
    clientConfig: { endpoint: url, region: REGION, credentials },
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
    },
  };
}
