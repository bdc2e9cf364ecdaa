import { StoreError } from '../../lambda/ports.ts';

type Explanation = readonly [reason: StoreError['reason'], what: string];

const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map([
  [
    'EACCES',
    ['denied', 'is not accessible to this user; give this user the right to read and write it'],
  ],
  [
    'EPERM',
    [
      'denied',
      'may not be changed by this user, or its disk has no hard links; use a local disk of yours',
    ],
  ],
  [
    'ENOENT',
    [
      'unavailable',
      'is missing, or its folder is and cannot be made there; use a folder on a local disk',
    ],
  ],
  ['EROFS', ['denied', 'is on a read-only file system; use a folder on a writable one']],
  [
    'ENOSPC',
    ['unavailable', 'could not be written: the disk is full; free some space and run again'],
  ],
  [
    'EDQUOT',
    [
      'unavailable',
      'could not be written: the disk quota is used up; free some space and run again',
    ],
  ],
  [
    'EMFILE',
    [
      'unavailable',
      'could not be opened: too many open files; raise the limit (ulimit -n) and run again',
    ],
  ],
  [
    'ENFILE',
    ['unavailable', 'could not be opened: the system has too many open files; run again later'],
  ],
  [
    'EIO',
    [
      'unavailable',
      'could not be read or written: the disk reported an error; check the disk and run again',
    ],
  ],
  [
    'ENOTDIR',
    [
      'invalid',
      'is not in a folder: there is a file where a folder is expected; move that file away',
    ],
  ],
  ['EISDIR', ['invalid', 'is a folder where a file is expected; move it away']],
  ['EEXIST', ['invalid', 'is a file where a folder is expected; move it away']],
  ['ELOOP', ['invalid', 'cannot be reached: its links lead in a circle; repair them']],
  [
    'ENAMETOOLONG',
    ['invalid', 'has a name that is too long for its file system; use a shorter path'],
  ],
  [
    'EXDEV',
    [
      'invalid',
      'is on another file system than the rest of its home; keep a home on one file system',
    ],
  ],
  ['ENOTSUP', ['invalid', 'is on a file system without hard links; use a folder on a local disk']],
  [
    'EOPNOTSUPP',
    ['invalid', 'is on a file system without hard links; use a folder on a local disk'],
  ],
]);

/**
 * Returns the system's code of a failed file operation, such as `ENOENT`, or undefined for any
 * other error.
 */
export function fileErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/**
 * Returns a failed file operation as a StoreError that names the file and what to do. Gives
 * StoreErrors back as they are.
 */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) {
    return error;
  }
  const code = fileErrorCode(error);
  const [reason, what] = EXPLANATIONS.get(code ?? '') ?? [
    'unavailable',
    `could not be used (${code ?? 'unknown error'}); run again`,
  ];
  return new StoreError(reason, `${path} ${what}`, { cause: error });
}
