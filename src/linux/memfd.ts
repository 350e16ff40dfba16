import { closeSync, writeSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { errnoOf, MORE_FILES } from '../errors/reason.ts';
import { F_DUPFD_CLOEXEC, MFD_CLOEXEC } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';

const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 0x10;
const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE */
const ALL_SEALS = 0x0f;

/** Above every number that a child is given a meaning for, so that dup2 onto those never hits a source. */
const FIRST_HIGH_FD = 64;

const memfdCreate = declare<[string, number]>('int memfd_create(const char *name, unsigned int flags)');
const fcntl = declare<[number, number, number]>('int fcntl(int fd, int operation, long argument)');

/**
 * An anonymous file with these bytes that nobody can change any more, to be mapped or executed.
 * Its descriptor is closed by exec and is never a small number.
 */
export function sealedMemfd(name: string, bytes: Buffer): number {
  const created = create(name);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(created, bytes, written);
    fcntl(created, F_ADD_SEALS, ALL_SEALS);
    return duplicateHigh(created);
  } finally {
    closeSync(created);
  }
}

/** A duplicate that is closed by exec, numbered 64 or more. */
export function duplicateHigh(fd: number): number {
  try {
    return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIGH_FD);
  } catch (cause) {
    // EINVAL: the limit is lower than the number that was asked for (fcntl(2)).
    const errno = isErrno(cause, 'EINVAL') ? 'EMFILE' : errnoOf(cause);
    throw new ScError('SC_SYSTEM_CALL', `duplicate descriptor ${fd}: ${errno}`, {
      cause,
      ...(errno !== undefined && { errno }),
      ...(errno === 'EMFILE' && { hint: MORE_FILES }),
    });
  }
}

function create(name: string): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  try {
    // vm.memfd_noexec wants executables to say so; before 6.3 the flag is EINVAL.
    return memfdCreate(name, flags | MFD_EXEC);
  } catch {
    return memfdCreate(name, flags);
  }
}
