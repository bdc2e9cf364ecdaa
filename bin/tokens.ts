#!/usr/bin/env node
import { runCli } from './run-cli.ts';
import { watchOutput } from './terminal/watch-output.ts';

const outputFailed = watchOutput(process);
// Warnings of libraries, such as the AWS SDK's about Node 20, are not for the people who type.
if (!process.argv.includes('--debug')) {
  process.removeAllListeners('warning');
}

const exitCode = await runCli(process.argv.slice(2), process);
// stdout may be a pipe that still has to be emptied. The process ends when it is.
process.exitCode = outputFailed() ? 1 : exitCode;
