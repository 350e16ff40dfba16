import { ScError } from '../errors/error.ts';
import { LINUX_CAPABILITY_VERSION_3 } from './constants.ts';
import { declare } from './libc.ts';
import { syscalls } from './syscalls.ts';

// The calls of libc, but for setfsuid and setfsgid, which are the same: each acts on the calling thread alone.
const change = declare<[number, number]>('long syscall(long number, long id)');
const capget = declare<[Buffer, Buffer]>('int capget(void *header, void *data)');
const capset = declare<[Buffer, Buffer]>('int capset(void *header, const void *data)');

/** Answers the one before, and changes nothing for a number that nobody can have. */
const NOBODY = -1;

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Runs an action whose new files belong to somebody else (setfsuid(2)): a mount whose owners are mapped has no place for
 * one whom its map does not know. What this thread may do stays as it is, and it is itself again afterwards, whatever the
 * action throws. The action must not wait for anything.
 */
export function asOwner<Result>(owner: Owner, action: () => Result): Result {
  const before = fileOwner();
  if (before.uid === owner.uid && before.gid === owner.gid) return action();
  const rights = capabilitiesOfThread();
  try {
    setFileOwner(owner);
    // The rights over files went with root (capabilities(7), "Effect of user ID changes on capabilities").
    capset(header(), rights);
    return action();
  } finally {
    setFileOwner(before);
    capset(header(), rights);
  }
}

/** To whom files belong that this thread makes. */
export function fileOwner(): Owner {
  return { uid: change(syscalls.setfsuid, NOBODY), gid: change(syscalls.setfsgid, NOBODY) };
}

/** What capget(2) tells of this thread: effective, permitted and inheritable, of the lower and the upper half each. */
export function capabilitiesOfThread(): Buffer {
  const data = Buffer.alloc(24);
  capget(header(), data);
  return data;
}

/** The kernel does not say when it refuses. */
function setFileOwner(owner: Owner): void {
  change(syscalls.setfsgid, owner.gid);
  change(syscalls.setfsuid, owner.uid);
  const now = fileOwner();
  if (now.uid === owner.uid && now.gid === owner.gid) return;
  throw new ScError('SC_SYSTEM_CALL', `setfsuid ${owner.uid}:${owner.gid}: EPERM`, { errno: 'EPERM' });
}

/** Of the calling thread, which has the number 0. */
function header(): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(LINUX_CAPABILITY_VERSION_3);
  return bytes;
}
