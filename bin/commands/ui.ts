import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { openBrowser } from '../consent/open-browser.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { serveUi } from '../ui/serve-ui.ts';
import { defineVerb } from '../verb.ts';

interface UiOptions {
  browser: boolean;
  port: string;
}

const HELP = `
The pages are served to this machine alone, while this terminal lives. The
address works once, for one browser; press Enter for a new one.

Examples:
  tokens ui --port 8080
  tokens --stack TokenRotator ui --no-browser`;

export const define = defineVerb<[UiOptions], object>({
  usage: (command) =>
    command
      .option('--no-browser', 'print the address, open nothing')
      .option('--port <number>', 'the port to serve at; 0 is any free one', '0')
      .addHelpText('after', HELP),
  run,
  print: () => {},
});

async function run({ terminal, openHome, json }: Context, { browser, port }: UiOptions) {
  if (json) {
    throw new UsageError('tokens ui serves pages. For programs: tokens status --json');
  }
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new UsageError('--port takes a number from 0 to 65535.');
  }
  const home = await openHome();
  const served = await serveUi(home, number, terminal.place).catch(() => {
    throw new CommandError(`Port ${number} of 127.0.0.1 is taken.`, {
      nextStep: 'Take any free one: tokens ui',
    });
  });
  const address = served.newAddress();
  terminal.print(address);
  terminal.note('Open this address in your browser. It works once. Ctrl-C ends.');
  if (browser && terminal.interactive) {
    await openBrowser(address);
  }
  await untilStopped(terminal.stdin, () => terminal.print(served.newAddress()));
  await served.close();
  return {};
}

/** Each line that is typed asks for a new address. */
async function untilStopped(stdin: Readable, renew: () => void): Promise<void> {
  const lines = createInterface({ input: stdin });
  lines.on('line', renew);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve());
    }
  });
  lines.close();
}
