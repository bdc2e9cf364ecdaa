import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { fileErrorCode } from './file-error.ts';
import { parseJson } from './stored-json.ts';

const holderText = z.tuple([z.string(), z.number(), z.string(), z.string()]);

/**
 * Names this process for a lease by its host, its pid, the start time that tells it from a later
 * process of the same pid, and the run.
 */
export function nameHolder(runId: string): string {
  const startTime = readProcess(process.pid)?.startTime ?? '';
  return JSON.stringify([readHostIdentity() ?? hostname(), process.pid, startTime, runId]);
}

/**
 * Returns true only for a holder of this host whose process surely no longer exists. Nothing is
 * known of another host, or of a text that is no holder. Nor is it where the system does not name
 * its boot, as on macOS. Two machines may share a name there, and a pid comes again.
 */
export function isHolderGone(holder: string, host = readHostIdentity()): boolean {
  const parsed = holderText.safeParse(parseJson(holder));
  if (!parsed.success || host === null) {
    return false;
  }
  const [holderHost, pid, startTime] = parsed.data;
  if (holderHost !== host || !Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  if (!exists(pid)) {
    return true;
  }
  const running = readProcess(pid);
  if (running === null || startTime === '') {
    return false;
  }
  return running.startTime !== startTime || running.isDead;
}

/**
 * Returns what pids are unique in, or null where the system does not say it. Linux has the host
 * name, the boot and the pid namespace, so that containers which share a folder (and perhaps a host
 * name) never take each other's processes for dead.
 */
function readHostIdentity(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return fileErrorCode(error) !== 'ESRCH';
  }
}

/**
 * Reads /proc/<pid>/stat (proc_pid_stat(5)). Field 22 is the start time, and field 3 the state; Z
 * and X are dead but not yet waited for. Returns null without /proc.
 */
function readProcess(pid: number): { startTime: string; isDead: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may hold spaces and brackets; the fields after it do not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startTime: fields[19] ?? '', isDead: 'ZX'.includes(fields[0] ?? '-') };
  } catch {
    return null;
  }
}
