import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { fileErrorCode } from './file-error.ts';
import { parseJson } from './stored-json.ts';

const holderText = z.tuple([z.string(), z.number(), z.string(), z.string()]);

/**
 * Names this process for a lease: its host, its pid, the start time that tells it from a later
 * process of the same pid, and the run.
 */
export function nameHolder(runId: string): string {
  return JSON.stringify([
    hostIdentity(),
    process.pid,
    readProcess(process.pid)?.startTime ?? '',
    runId,
  ]);
}

/**
 * True only for a holder of this host whose process surely no longer exists. Of another host, or of
 * a text that is no holder, nothing is known.
 */
export function isHolderGone(holder: string): boolean {
  const parsed = holderText.safeParse(parseJson(holder));
  if (!parsed.success) return false;
  const [host, pid, startTime] = parsed.data;
  if (host !== hostIdentity() || !Number.isInteger(pid) || pid <= 0) return false;
  if (!exists(pid)) return true;
  const running = readProcess(pid);
  return (
    running !== null && startTime !== '' && (running.startTime !== startTime || running.isDead)
  );
}

/**
 * What pids are unique in. Linux: the host name, the boot and the pid namespace, so that containers
 * which share a folder (and perhaps a host name) never take each other's processes for dead.
 * Elsewhere the host name.
 */
function hostIdentity(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
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
 * From /proc/<pid>/stat (proc_pid_stat(5)): field 22 is the start time, field 3 the state; Z and X
 * are dead but not yet waited for. Null without /proc.
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
