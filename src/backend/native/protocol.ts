// Who speaks with whom while a container lives. Numbers are descriptors of the process beside them.
//
//    sc (node)                    keeper                          init (pid 1 of the container)
//       |                            |                                |
//       |-- posix_spawn(stage) ----->| 3: the program                 |
//       |                            |-- mkdir cgroups                |
//       |                            |-- clone3(CLONE_NEW*) --------->| joins the cgroups, mounts, drops
//       |                            |                                |
//       |                            |<------------- its namespaces --| (socketpair, with a user namespace)
//       |                            |-- writes the maps, mounts ---->| (the same; binds alone without one)
//       |                            |<---------- terminal's master --| (the same, with a terminal)
//       |                            |<-- ready, or failed(step) -----| (pipe, closed by exec)
//       |                            |<-- end of file ----------------| execve
//       |<-- started(pid) -----------| 4: report                      |
//       |    or failed(step, errno)  |                                |
//       |                            |                                |
//       |--- a byte: a signal ------>| 5: control ---- kill --------->|
//       |--- end of file: kill ----->|                                |
//       |                            |                                |
//       |                            |<-- exit (pidfd) ---------------| the kernel ends the namespaces
//       |                            |-- writes the record            |
//       |                            |-- rmdir cgroups                |
//       |<-- ended(record) ----------|                                |
//       |    end of file             |
//       |--- end of file ----------->| with a terminal it stays until then: sc takes the master from it
//
// Every message to sc is one write of at most 4096 bytes (PIPE_BUF), so that none is torn. The keeper is
// the container's parent and outlives sc: if sc dies, control ends, the keeper kills the container, records
// its end, removes the cgroups, and last starts the argv that sc gave for cleaning up.
//
// A detached container has a keeper that stays. Before the byte `released` it kills the container when sc dies,
// as above; after it sc may come and go:
//
//    sc, any of them              keeper                          the container
//       |                            | 8, 9 <------- stdout, stderr --|
//       |                            |-- splices them into its log    |
//       |                            | 7: other end ------- stdin --->|
//       |                            | 10: master of the terminal     |
//       |-- pidfd_getfd(6) --------->| 6: other end of the report     |
//       |<-- ended, or end of file --|                                |
//       |-- pidfd_getfd(12): a byte->| 11: a signal, or an order      |
//       |                            | 13: the record of the end      |
//
// At the end the keeper closes its 6; if nobody has the other end of the report then, it starts the argv that
// sc gave for cleaning up, as a process of its own. The record is there from the beginning, so that a full disk has room for the end, and
// sc has locked it (flock(2)): as long as the keeper lives nobody starts the container anew.
//
// Where the caller is at its terminal (sc run -it) the keeper has all of that from the beginning, but leaves 10 to sc,
// which reads its own copy. At `released` it opens the log, reads 10 from then on, and says `log` with 0; or with what
// hinders it, and nothing has changed.
//
// A program in a container that runs has a keeper of its own, which is heard and listens as that of a container:
//
//    keeper                          who enters                      the program
//       |-- clone3 ------------------->| joins the cgroups              |
//       | 6: pidfd of init             |-- setns(6), drops              |
//       |                              |-- clone(CLONE_PARENT) -------->|
//       |<-- its number (memory) ------|                                |
//       |<-- exit ---------------------|                                |
//       |<-- ready, or failed(step) ------------------------------------| (pipe, closed by exec)
//       |<-- end of file -----------------------------------------------| execve
//
// With a small init, pid 1 executes the stage anew, with a list that holds nothing of the host, and stays:
//
//    keeper                          small init (pid 1)               the program (pid 2)
//       |<-- ready, or failed(step) -----| 4: keeper (socket)              |
//       |-- fchmod: never again          |                                 |
//       |-- end of file ---------------->|                                 |
//       |                                |-- clone ----------------------->| 4: the same
//       |                                |-- closes its 4                  |
//       |                                |-- SIGCONT --------------------->| leads a session
//       |<-- failed(step) -----------------------------------------------  |
//       |<-- end of file ------------------------------------------------  | execve
//       |-- kill ----------------------->|-- kill ------------------------>|
//       |                                |<-- SIGCHLD, exit ---------------|
//       |<-- the signal that ended it ---| 5: signal (eventfd)             |
//       |<-- exit (pidfd) ---------------|
//
// Until there is a keeper a guard does the last of these: the same stage with a program that only waits on
// its 5 for a byte, which releases it, or for the end of file.

/** Descriptors of the keeper when it starts; the walker closes `program` when it has mapped it. */
export const keeperDescriptors = { program: 3, report: 4, control: 5 } as const;

/** Those that the keeper of a detached container holds beside them, for whoever comes. Not all mean something. */
export const heldDescriptors = {
  heard: 6,
  stdin: 7,
  stdout: 8,
  stderr: 9,
  terminal: 10,
  orders: 11,
  order: 12,
  record: 13,
} as const;

/** Those of the keeper of a program in a container that runs. Its child has no others than `errors` in the end. */
export const execDescriptors = {
  /** A pidfd of the container's init. */
  init: 6,
  /** Write end of the pipe to the keeper. */
  errors: 8,
} as const;

/** The last of those that every keeper of its kind is given. */
export function lastDescriptor(isDetached: boolean): number {
  return isDetached ? heldDescriptors.record : keeperDescriptors.control;
}

/** Descriptors of a small init when it starts; the walker closes `program` when it has mapped it. */
export const smallInitDescriptors = { program: 3, keeper: 4, signal: 5 } as const;

/** Behind those that a keeper is given anyway: the stage and the list of a small init. */
export function smallInitSources(last: number): { stage: number; program: number } {
  return { stage: last + 1, program: last + 2 };
}

/** In `control`, in place of a signal: the container is detached from now on. */
export const RELEASED = 255;

/** In `orders`, in place of a signal: the end of the container's standard input. */
export const CLOSE_STDIN = 254;

export const MESSAGE_STARTED = 1;
export const MESSAGE_FAILED = 2;
export const MESSAGE_ENDED = 3;
/** From init to the keeper only, of the size of a failure: about to execute. Its type is all that counts. */
export const MESSAGE_READY = 4;

/** started: type u32, pid u32, the keeper's descriptor of the terminal's master i32 (or -1). */
export const STARTED_SIZE = 12;

/** failed: type u32, index of the entry u32, errno u32. */
export const FAILED_SIZE = 12;

/** In place of an entry's index: init was killed before it executed the program. */
export const INDEX_KILLED = 0xffff_ffff;

/** Beside an entry's index: it is one of the small init's list. */
export const INDEX_OF_SMALL_INIT = 0x8000_0000;

/** The same: it is one of the list of an init that is started by a tool of the host. */
export const INDEX_OF_INIT = 0x4000_0000;

/** The exit code of a small init whose program was ended by a signal, which says which it was by its eventfd. */
export const SMALL_INIT_SIGNALLED = 128;

/** Who had the container killed: nobody that the keeper knows of, the keeper since sc was gone, or sc. */
export const killers = { none: 0, keeper: 1, sc: 2 } as const;

/**
 * ended, and the file that the keeper leaves behind: type u32, si_code u32, si_status u32, its killer u32,
 * seconds u64, nanoseconds u64, whether its program was never executed u32, whether it was past its deadline
 * u32, the signal that ended a small init's program u64, then the control group's own text on out-of-memory
 * kills, padded with zeros.
 */
export const ENDED_SIZE = 544;
export const endedOffsets = {
  code: 4,
  status: 8,
  killer: 12,
  seconds: 16,
  nanoseconds: 24,
  failed: 32,
  deadline: 36,
  signal: 40,
  oom: 48,
} as const;
/** In place of si_code: the status is that of wait(2), as who is not its parent gets it. */
export const STATUS_OF_WAIT = 0x100;
/** In place of si_code: nobody knows it but the small init, which has told it as a signal, or as the code below. */
export const STATUS_OF_SMALL_INIT = 0x101;
/** In place of a signal: this and the exit code of the program. */
export const SMALL_INIT_EXITED = 0x100;
export const OOM_TEXT_SIZE = ENDED_SIZE - endedOffsets.oom;

/** The log cannot be begun or written, or is begun, or can be written again: type u32, a negative errno or 0 i32. */
export const MESSAGE_LOG = 6;
export const LOG_SIZE = 8;

/** From a probe only: its type u32, then for each question an i32, 0 or a negative errno. */
export const MESSAGE_PROBED = 5;
export const probedSize = (questions: number): number => 4 + 4 * questions;

/** Name of that file in the container's directory. */
export const EXIT_RECORD = 'exit';
