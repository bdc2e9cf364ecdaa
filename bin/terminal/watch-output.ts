import type { Writable } from 'node:stream';

/** What a program writes, and how it ends. `process` is one. */
interface Program {
  stdout: Writable;
  stderr: Writable;
  exitCode?: number | string | null | undefined;
}

/**
 * Lets a program go on where nobody reads its output any more: a reader may have seen enough
 * (`tokens status | head`), and a disk may be full. What is under way is still brought to its end.
 * Says why the output could not be written, sets exit code 1, and returns a function that tells
 * whether that was so. An end of the reader is no failure.
 */
export function watchOutput(program: Program): () => boolean {
  const { stdout, stderr } = program;
  let failed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || failed) {
      return;
    }
    failed = true;
    program.exitCode = 1;
    const why = error.code === 'ENOSPC' ? 'the disk is full' : (error.code ?? 'it is closed');
    stderr.write(`Error: The output could not be written: ${why}.\n`);
  });
  stderr.on('error', () => {});
  return () => failed;
}
