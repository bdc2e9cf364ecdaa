import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isHolderGone, nameHolder } from '../../../lib/folder/lease-holder.ts';

/** This process's holder with some of its four parts replaced. */
function holderWith(changes: { host?: string; pid?: number; startTime?: string }): string {
  const [host, pid, startTime, runId] = JSON.parse(nameHolder('run-1'));
  return JSON.stringify([
    changes.host ?? host,
    changes.pid ?? pid,
    changes.startTime ?? startTime,
    runId,
  ]);
}

/** The pid of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe(nameHolder.name, () => {
  it('names the run, the process and its start', () => {
    expect(nameHolder('run-1')).toContain('run-1');
    expect(nameHolder('run-1')).toContain(String(process.pid));
    expect(nameHolder('run-1')).not.toBe(nameHolder('run-2'));
  });
});

describe(isHolderGone.name, () => {
  it('is false for a process that lives', () => {
    expect(isHolderGone(nameHolder('run-1'))).toBe(false);
  });

  it.skipIf(!existsSync('/proc/self/stat'))(
    'is true for a process of this host that has ended',
    async () => {
      expect(isHolderGone(holderWith({ pid: await endedPid() }))).toBe(true);
    },
  );

  it('is false where the system does not name its boot, whatever the pid', async () => {
    expect(isHolderGone(holderWith({ pid: await endedPid() }), null)).toBe(false);
    expect(isHolderGone(holderWith({ host: hostname(), pid: await endedPid() }), null)).toBe(false);
  });

  it.skipIf(!existsSync('/proc/self/stat'))(
    'is true where the pid now belongs to another process',
    () => {
      expect(isHolderGone(holderWith({ startTime: '1' }))).toBe(true);
    },
  );

  it.skipIf(!existsSync('/proc/self/stat'))(
    'is true for a killed process that nobody has waited for',
    async () => {
      // The shell starts a child, says its pid, and becomes a program that does not wait for
      // children.
      const shell = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [line] = await once(shell.stdout, 'data');
      const pid = Number(String(line).trim());
      const startTime = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21] ?? '';
      expect(isHolderGone(holderWith({ pid, startTime }))).toBe(false);
      // Until it has become that program, the shell would wait for the child.
      await expect.poll(() => readFileSync(`/proc/${shell.pid}/comm`, 'utf8')).toBe('sleep\n');
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => isHolderGone(holderWith({ pid, startTime }))).toBe(true);
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      shell.kill('SIGKILL');
      await once(shell, 'exit');
    },
  );

  it('is false for other hosts and where the start is not known', async () => {
    const pid = await endedPid();
    expect(isHolderGone(holderWith({ pid, host: 'elsewhere' }))).toBe(false);
    expect(isHolderGone(holderWith({ startTime: '' }))).toBe(false);
  });

  it('is false for any other text', () => {
    for (const text of [
      '',
      'run-1',
      'null',
      '[]',
      '["host"]',
      '["host",-1,"1","run"]',
      holderWith({ pid: -1 }),
      holderWith({ pid: 0.5 }),
    ]) {
      expect(isHolderGone(text)).toBe(false);
    }
  });
});
