import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { watchOutput } from '../../../bin/terminal/watch-output.ts';

function programOf() {
  const program = { stdout: new PassThrough(), stderr: new PassThrough(), exitCode: 0 };
  const hasFailed = watchOutput(program);
  const fail = (stream: PassThrough, code: string) =>
    stream.emit('error', Object.assign(new Error(code), { code }));
  const said = () => String(program.stderr.read() ?? '');
  return { ...program, program, hasFailed, fail, said };
}

describe(watchOutput.name, () => {
  it('lets a program go on whose reader has seen enough', () => {
    const { program, stdout, stderr, hasFailed, fail, said } = programOf();
    fail(stdout, 'EPIPE');
    fail(stderr, 'EPIPE');
    expect([hasFailed(), program.exitCode, said()]).toEqual([false, 0, '']);
  });

  it('says once that the disk is full, and ends with 1', () => {
    const { program, stdout, hasFailed, fail, said } = programOf();
    fail(stdout, 'ENOSPC');
    fail(stdout, 'ENOSPC');
    expect([hasFailed(), program.exitCode]).toEqual([true, 1]);
    expect(said()).toBe('Error: The output could not be written: the disk is full.\n');
  });
});
