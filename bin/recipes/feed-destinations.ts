/**
 * Brings tokens to programs that cannot ask: `feed-destinations.ts destinations.json`, every 10
 * minutes or so. The file lists
 *
 *     { "tenant": "acme", "file": "/run/tokens/acme.json" }                              readable by this user alone, replaced whole
 *     { "tenant": "acme", "command": ["ssh", "etl", "cat > tokens/acme.json"] }          gets the same JSON on its standard input
 *
 * One destination's trouble stays its own: the others are fed, and the exit code is 1.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { openClient } from './open-client.ts';

type Destination = { tenant: string } & ({ file: string } | { command: [string, ...string[]] });

const destinations = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as Destination[];
const client = openClient();
for (const destination of destinations) {
  try {
    await feed(destination);
  } catch (error) {
    console.error(`${destination.tenant}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function feed(destination: Destination): Promise<void> {
  const { tenant } = destination;
  const [headers, { expiresAt }] = [await client.headers(tenant), await client.info(tenant)];
  const text = `${JSON.stringify({ tenant, headers, expires_at: expiresAt })}\n`;
  if ('file' in destination) {
    await writeFile(`${destination.file}.part`, text, { mode: 0o600 });
    await rename(`${destination.file}.part`, destination.file);
    return;
  }
  const [program, ...args] = destination.command;
  const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'] });
  // A command that ends without reading says so by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}.`);
}
