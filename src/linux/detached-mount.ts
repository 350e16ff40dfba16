import { closeSync } from 'node:fs';
import {
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
} from './constants.ts';
import { declare } from './libc.ts';
import { syscalls } from './syscalls.ts';

// Variadic in C: koffi is told the types at each call.
const fsopen = declare<[number, 'str', string, 'int', number]>('long syscall(long number, ...)');
const fsconfig = declare<
  [number, 'int', number, 'int', number, 'str', string | null, 'str', string | null, 'int', number]
>('long syscall(long number, ...)');
const fsmount = declare<[number, 'int', number, 'int', number, 'int', number]>(
  'long syscall(long number, ...)',
);

/**
 * Makes a mount of overlay that is attached nowhere: nobody sees it, and it is gone with the descriptor that this
 * answers, however this process ends. Options may come twice.
 */
export function mountDetachedOverlay(
  options: readonly (readonly [name: string, value: string])[],
  { isReadOnly = false } = {},
): number {
  const attributes = MOUNT_ATTR_NODEV | (isReadOnly ? MOUNT_ATTR_RDONLY : 0);
  const context = fsopen(syscalls.fsopen, 'str', 'overlay', 'int', FSOPEN_CLOEXEC);
  const configure = (command: number, name: string | null, value: string | null) =>
    fsconfig(syscalls.fsconfig, 'int', context, 'int', command, 'str', name, 'str', value, 'int', 0);
  try {
    for (const [name, value] of options) configure(FSCONFIG_SET_STRING, name, value);
    configure(FSCONFIG_CMD_CREATE, null, null);
    return fsmount(syscalls.fsmount, 'int', context, 'int', FSMOUNT_CLOEXEC, 'int', attributes);
  } finally {
    closeSync(context);
  }
}
