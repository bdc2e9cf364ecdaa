#!/usr/bin/env node
import { runCli } from './run-cli.ts';

let outputFailed = false;

// A reader may have seen enough (`tokens status | head`), and a disk may be full. What is under way
// is still brought to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || outputFailed) {
    return;
  }
  outputFailed = true;
  process.exitCode = 1;
  const why = error.code === 'ENOSPC' ? 'the disk is full' : (error.code ?? 'it is closed');
  process.stderr.write(`Error: The output could not be written: ${why}.\n`);
});
process.stderr.on('error', () => {});
// Warnings of libraries, such as the AWS SDK's about Node 20, are not for the people who type.
if (!process.argv.includes('--debug')) {
  process.removeAllListeners('warning');
}

const exitCode = await runCli(process.argv.slice(2), process);
// stdout may be a pipe that still has to be emptied. The process ends when it is.
process.exitCode = outputFailed ? 1 : exitCode;
