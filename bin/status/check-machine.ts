import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '../../lib/version.ts';
import type { Place } from '../homes/choose-place.ts';
import { attempt, type Check } from './check.ts';

const LOW_DISK_BYTES = 64 * 1024 * 1024;

/** Looks at this program, this machine, and the folder of a home. Never throws. */
export async function checkMachine(place: Place, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return [
    ok('version', `token-rotator ${version}, Node ${process.versions.node}`),
    placeCheck(place, env),
    proxyCheck(env),
    ...systemCheck(),
    ...(place.kind === 'folder' ? await folderChecks(place.folder) : []),
  ];
}

function ok(check: string, detail: string): Check {
  return {
    check,
    result: 'ok',
    detail,
    next_step: null,
  };
}

function placeCheck(place: Place, env: NodeJS.ProcessEnv): Check {
  if (place.kind === 'folder') {
    return ok('home', place.folder);
  }
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'of the profile';
  return ok('stack', `${place.stack}, region ${region}, ${credentialsOf(env)}`);
}

/** Returns where the AWS client looks for credentials first. */
function credentialsOf({ AWS_PROFILE, AWS_ACCESS_KEY_ID }: NodeJS.ProcessEnv): string {
  const isByKey = !AWS_PROFILE && AWS_ACCESS_KEY_ID;
  return isByKey ? 'credentials of AWS_ACCESS_KEY_ID' : `profile ${AWS_PROFILE || 'default'}`;
}

/** Proxies may hold a password in their URL. Only that one is set is said. */
function proxyCheck(env: NodeJS.ProcessEnv): Check {
  const set = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS'].filter(
    (name) => env[name],
  );
  return ok('proxy', set.length === 0 ? 'none is set' : `set: ${set.join(', ')}`);
}

/** File names and syncs of a home need a POSIX file system. */
function systemCheck(): Check[] {
  if (process.platform !== 'win32') {
    return [];
  }
  return [
    {
      check: 'system',
      result: 'failed',
      detail: 'A home does not work on Windows itself: its file names and modes are POSIX.',
      next_step: 'Use it in WSL, or use a stack',
    },
  ];
}

async function folderChecks(folder: string): Promise<Check[]> {
  if (!existsSync(folder)) {
    return [];
  }
  return [
    await attempt('write the folder', async () => {
      await access(folder, constants.W_OK);
      return 'allowed';
    }).catch(() => notWritable(folder)),
    await diskCheck(folder),
    ...leftKeyCheck(folder),
  ];
}

function notWritable(folder: string): Check {
  return {
    check: 'write the folder',
    result: 'failed',
    detail: 'This user may not write the folder.',
    next_step: `Let this user write ${folder}, or use another folder: --home FOLDER`,
  };
}

async function diskCheck(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${Math.round(free / 1024 / 1024)} MiB free`;
  if (free >= LOW_DISK_BYTES) {
    return ok('disk', detail);
  }
  return {
    check: 'disk',
    result: 'warning',
    detail,
    next_step: 'Make room on the disk',
  };
}

/** A change from key file to passphrase that was stopped leaves the key beside the home. */
function leftKeyCheck(folder: string): Check[] {
  const isSealed = existsSync(join(folder, 'home.json')) && existsSync(join(folder, 'key'));
  return isSealed ? [ok('key', `${join(folder, 'key')} is there: keep a copy elsewhere`)] : [];
}
