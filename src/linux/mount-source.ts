import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import {
  O_DIRECTORY,
  O_PATH,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from './constants.ts';
import { openat2 } from './openat2.ts';

/** No link is followed below a source: who writes there must not choose what is mounted (CVE-2021-30465). */
export const BELOW_SOURCE = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

/** A file or directory of the host that is to be mounted: a path, and what of it. */
export interface MountSource {
  source: string;
  /** Relative, below the source. */
  subpath?: string;
}

/** Throws the kernel's error where it is not there or, with ELOOP, where a link is on the way to the subpath. */
export function statSource(source: MountSource): Stats {
  return withSource(source, (descriptor) => fstatSync(descriptor));
}

/**
 * How the mount that a source lies on is connected with others (mount_namespaces(7)): it gives and takes
 * (`shared`), it only takes (`slave`), or neither.
 */
export function connectionOf(source: MountSource): 'shared' | 'slave' | 'private' {
  return withSource(source, (descriptor) => {
    const [, id] = /^mnt_id:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${id} `));
    // The optional fields stand between the sixth and a dash (proc_pid_mountinfo(5)).
    const fields = line?.split(' - ')[0]?.split(' ').slice(6) ?? [];
    if (fields.some((field) => field.startsWith('shared:'))) return 'shared';
    return fields.some((field) => field.startsWith('master:')) ? 'slave' : 'private';
  });
}

function withSource<Result>({ source, subpath }: MountSource, look: (descriptor: number) => Result): Result {
  if (subpath === undefined) return withDescriptor(openSync(source, O_PATH), look);
  return withDescriptor(openSync(source, O_PATH | O_DIRECTORY), (base) =>
    withDescriptor(openat2(base, subpath, O_PATH, BELOW_SOURCE), look),
  );
}

function withDescriptor<Result>(descriptor: number, act: (descriptor: number) => Result): Result {
  try {
    return act(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
