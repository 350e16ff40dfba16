import { closeSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../errors/reason.ts';
import { declare } from './libc.ts';
import { syscalls } from './syscalls.ts';

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;

// Variadic in C: koffi is told the types at each call.
const fsopen = declare<[number, 'str', string, 'int', number]>('long syscall(long number, ...)');
const fsconfig = declare<
  [number, 'int', number, 'int', number, 'str', string | null, 'str', string | null, 'int', number]
>('long syscall(long number, ...)');
const fsmount = declare<[number, 'int', number, 'int', number, 'int', number]>(
  'long syscall(long number, ...)',
);

/**
 * Whether overlay can write to the filesystem of `directory`: makes such a mount, which is attached nowhere
 * and gone when this returns, in a directory that is removed again. Answers the kernel's error.
 */
export function tryOverlay(directory: string): string | undefined {
  let scratch: string | undefined;
  try {
    scratch = mkdtempSync(join(directory, '.sc-doctor-'));
    const options = ['lowerdir', 'upperdir', 'workdir'].map((name) => [name, `${scratch}/${name}`] as const);
    for (const [, path] of options) mkdirSync(path);
    mountDetached(options);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true });
  }
}

function mountDetached(options: readonly (readonly [name: string, value: string])[]): void {
  const context = fsopen(syscalls.fsopen, 'str', 'overlay', 'int', FSOPEN_CLOEXEC);
  const configure = (command: number, name: string | null, value: string | null) =>
    fsconfig(syscalls.fsconfig, 'int', context, 'int', command, 'str', name, 'str', value, 'int', 0);
  try {
    for (const [name, value] of options) configure(FSCONFIG_SET_STRING, name, value);
    configure(FSCONFIG_CMD_CREATE, null, null);
    closeSync(fsmount(syscalls.fsmount, 'int', context, 'int', FSMOUNT_CLOEXEC, 'int', 0));
  } finally {
    closeSync(context);
  }
}
