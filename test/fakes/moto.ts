import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe } from 'vitest';

/** An AWS emulator of our own on loopback, and what a client needs to reach it. */
export interface Moto {
  url: string;
  /** For SDK clients of the test. */
  clientConfig: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** For processes that make their own clients. */
  env: Record<string, string>;
}

const REGION = 'eu-west-1';
const isInstalled = spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0;

/**
 * A `describe` whose tests talk to moto over HTTP: `define` gets a function that returns the
 * running server. Where the Python package moto[server] is missing the tests are skipped, loudly;
 * in CI that is a failure.
 */
export function describeWithMoto(name: string, define: (moto: () => Moto) => void): void {
  if (!isInstalled && process.env.CI === 'true')
    throw new Error(
      `moto_server is not on the PATH, and CI must run "${name}": pip install 'moto[server]'`,
    );
  if (!isInstalled) {
    console.warn(`SKIPPED: "${name}" needs moto_server on the PATH: pip install 'moto[server]'`);
    // biome-ignore lint/suspicious/noSkippedTests: the one skip that says loudly why it skips.
    describe.skip(`${name} (SKIPPED: moto_server is not on the PATH)`, () => define(notRunning));
    return;
  }
  describe(name, () => {
    let running: { moto: Moto; stop: () => void } | undefined;
    beforeAll(async () => {
      running = await startMoto();
    });
    afterAll(() => running?.stop());
    define(() => running?.moto ?? notRunning());
  });
}

function notRunning(): never {
  throw new Error('moto is not running');
}

async function startMoto(): Promise<{ moto: Moto; stop: () => void }> {
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = () => child.kill();
  // The server must not outlive a test run that is interrupted.
  process.once('exit', stop);
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    lines.push(line);
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume();
    return { moto: describeServer(url), stop };
  }
  throw new Error(`moto_server did not start: ${lines.join(' / ')}`);
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
