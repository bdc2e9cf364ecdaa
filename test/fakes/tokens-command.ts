import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';
import type { Cli } from './cli-call.ts';

/**
 * Puts a command `tokens` for shell scripts into a folder. It has the process of the test make each
 * call, which takes a tenth of what a process of the built program takes. That one runs `exec`,
 * whose program needs the stdout of a process.
 */
export async function installTokensCommand(folder: string, cli: Cli): Promise<void> {
  const server = createServer((socket) => void answer(socket, cli).finally(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const command = commandFor({ port, program: join(inject('built').cli, 'tokens.js'), folder });
  await writeFile(join(folder, 'tokens'), command, { mode: 0o755 });
}

const commandFor = ({ port, program, folder }: { port: number; program: string; folder: string }) =>
  `#!/usr/bin/env bash
[ "$1" != exec ] || exec '${process.execPath}' '${program}' "$@"
call='${folder}'/call-$$
printf '%s\\0' "$@" >"$call.args"
env -0 >"$call.env"
cat >"$call.stdin"
exec 3<>/dev/tcp/127.0.0.1/${port}
echo "$call" >&3
read -r code <&3
cat "$call.stderr" >&2
cat "$call.stdout"
exit "$code"
`;

/** Makes the call whose files the command names, and answers with its exit code. */
async function answer(socket: Socket, cli: Cli): Promise<void> {
  for await (const call of createInterface(socket)) {
    const read = (name: string) => readFile(`${call}.${name}`, 'utf8');
    const env = Object.fromEntries(itemsOf(await read('env')).map(toVariable));
    const options = { env, input: await read('stdin') };
    const { code, stdout, stderr } = await cli.run(itemsOf(await read('args')), options);
    await writeFile(`${call}.stdout`, stdout);
    await writeFile(`${call}.stderr`, stderr);
    socket.end(`${code}\n`);
  }
}

function itemsOf(text: string): string[] {
  return text.split('\0').slice(0, -1);
}

function toVariable(text: string): [string, string] {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  return [name, value];
}
