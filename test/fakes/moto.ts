import { describe, inject } from 'vitest';

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

/**
 * A `describe` whose tests talk to moto over HTTP: `define` gets a function that returns the
 * server, which all tests of a run share. Where `python3` lacks the package moto[server] the tests
 * are skipped, loudly. In CI that is a failure, unless `MOTO=missing` says that the machine has
 * none.
 */
export function describeWithMoto(name: string, define: (moto: () => Moto) => void): void {
  const moto = inject('moto');
  if (moto) {
    describe(name, () => define(() => moto));
    return;
  }
  const howTo = `"${name}" needs moto in python3: pip install 'moto[server]'`;
  if (process.env.CI === 'true' && process.env.MOTO !== 'missing') {
    throw new Error(howTo);
  }
  console.warn(`SKIPPED: ${howTo}`);
  // biome-ignore lint/suspicious/noSkippedTests: the one skip that says loudly why it skips.
  describe.skip(`${name} (SKIPPED: python3 has no moto)`, () => define(notRunning));
}

function notRunning(): never {
  throw new Error('moto is not running');
}
