// A backend on a program of the host that makes containers, such as runc, crun or lxc-start: the *tool*. Whatever it
// is, the container has a keeper as on native, which walks a list of ours (render/keeper.ts), and its program is
// started by another list (render/entry.ts), so that its arguments, environment, streams, errors and end are exact.
// Who speaks with whom is as in native/protocol.ts, but for the start:
//
//    keeper                                  tool                        init (pid 1 of the container)
//       | its own mount namespace, which       |                            |
//       | follows that of the host: the root   |                            |
//       | filesystem with all mounts at ROOT   |                            |
//       |-- clone, execve(make) -------------->| 3 to 9: below              |
//       |                                      |-- clone ------------------>| execve(/proc/self/fd/6)
//       |<-- there (4: socket; the kernel says by SCM_CREDENTIALS who it is)| walks the entry's list
//       |<-- exit 0 ---------------------------|                            |
//       |    its init is the keeper's child from then on (PR_SET_CHILD_SUBREAPER)
//       |<-- terminal's master ----------------| (console socket, with a terminal)
//       | finishes the mounts                                               |
//       |-- a byte: go on ------------------------------------------------->| asks to die with the keeper
//       |<-- ready, or failed(step) ----------------------------------------|
//       |-- fchmod: never again, end of file ------------------------------>|
//       |<-- failed(step), or end of file ----------------------------------| execve
//       |                                                                   |
//       |<-- exit (pidfd) --------------------------------------------------|
//       | takes away what the tool has written of it, or
//       |-- clone, execve(remove) ------------>|
//       | removes what control groups are left |
//
// Each command has to leave within `patience`, or it is killed with its process group. If sc dies, the keeper kills
// the container, or the tool that is still making it, and then goes on to `remove`. If the keeper dies before the
// byte, the end of file ends init. No mount is ever seen by the host.

import type { Limit } from '../../linux/rlimits.ts';

/** What a tool is given, to be inherited by the container's first process under the same numbers. */
export const entryDescriptors = {
  /** The list that the stage walks; it closes it. */
  program: 3,
  /** Socket to the keeper. */
  keeper: 4,
  /** An eventfd, for the signal that ended the program of a small init. */
  signal: 5,
  /** A sealed memfd: what the tool has to execute as the container's first process. */
  stage: 6,
  /** Standard streams of the program; not with a terminal. */
  stdin: 7,
  stdout: 8,
  stderr: 9,
} as const;

/** How many they are, from 3 on. */
export const ENTRY_DESCRIPTORS = entryDescriptors.stderr - entryDescriptors.program + 1;

/** What a tool has to execute as the container's first process: there is a /proc. */
export const ENTRY_PROGRAM = `/proc/self/fd/${entryDescriptors.stage}`;

/** Name of the socket in the tool's directory to which it sends the master of a terminal. */
export const CONSOLE_SOCKET = 'console';

/** A program of the host; `argv[0]` is its absolute path. */
export interface Command {
  argv: readonly string[];
  /** In words, for errors: `runc create`. */
  words: string;
  /** Milliseconds in which it has to leave, where that is not the tool's. */
  patience?: number;
}

/** How the keeper has a container made by a tool. */
export interface Tool {
  /** Absolute; the tool's working directory. The file MESSAGES in it gets what the tool says. */
  directory: string;
  /** Names of files in it that were made for the tool. */
  files: readonly string[];
  /** `NAME=value`, of each command. */
  environment: readonly string[];
  /** Makes the container, and starts its first process. */
  make: Command;
  /** Removes what the tool has of the container, whatever state it is in. */
  remove?: Command;
  /** What it has of a container that has ended: where these files are all, they are removed in place of the call. */
  record?: { directory: string; files: readonly string[] };
  /** Milliseconds in which each command has to leave that does not say otherwise. */
  patience: number;
  /** Bytes of a file that it may write, so that what it says fills no disk; its container has limits of its own. */
  fileSize?: Limit;
}

/**
 * A directory of the host, always empty. In the keeper's mount namespace it is a filesystem in memory, which everybody may
 * enter: a tool goes to the root filesystem with the rights of the container's root, which has none on the host where
 * the container has users of its own.
 */
export const PLACE = '/run/sc-root';

/** Where the root filesystem is mounted. */
export const ROOT = `${PLACE}/root`;

/** What hides what the root filesystem has from filesystems in memory. */
export const HIDDEN = `${PLACE}/hidden`;

/** Name of the file in the tool's directory that gets what it says. */
export const MESSAGES = 'messages';

/** What to try where a tool has passed over what it was told. */
export const notDone = 'the runtime was told to see to it, and has not: use another one';
