/** Every way in which sc itself can fail. The container's own exit code is a result, never an error. */
export type ErrorCode =
  | 'SC_BAD_FILE' // a container file that does not validate
  | 'SC_USAGE' // a command line that does not parse
  | 'SC_UNSUPPORTED' // valid, but no way here to honour it
  | 'SC_NOT_FOUND' // no such container, image, user
  | 'SC_AMBIGUOUS' // a prefix that fits several
  | 'SC_EXISTS' // a name that is taken
  | 'SC_WRONG_STATE' // the container's status does not allow it
  | 'SC_STATE_CORRUPT' // a state file that cannot be read
  | 'SC_STATE_NEWER' // a state file of a newer sc
  | 'SC_LOCKED' // another sc holds the store
  | 'SC_NO_ANSWER' // the monitor does not answer
  | 'SC_PROTOCOL' // what came over the monitor's socket is no message
  | 'SC_TIMEOUT' // what was waited for has not come about in time
  | 'SC_STEP_FAILED' // a container of a Job's steps has ended otherwise than it had to
  | 'SC_BAD_IMAGE' // an image, layer or tar that is not what it says, or more than is allowed
  | 'SC_STORAGE_FAILED'
  | 'SC_BAD_PLUGIN' // code of somebody else's that cannot be loaded, or must not be
  | 'SC_HOST_UNFIT' // the kernel or the machine lacks something
  | 'SC_START_FAILED' // a step between clone and exec
  | 'SC_NOT_EXECUTABLE' // the program is there, but execve refuses it
  | 'SC_PROGRAM_NOT_FOUND' // the program is not there
  | 'SC_SYSTEM_CALL' // a system call outside of a container failed
  | 'SC_INTERNAL'; // a fault of sc itself

/** What an error says beside its code and message. */
export interface ErrorDetails {
  /** Kernel error name, such as `EPERM`. */
  errno?: string;
  /** What to try, one sentence a line. */
  hint?: string;
  cause?: unknown;
  /** Failures of the undoing that followed, reported beside the first. */
  undo?: readonly Error[];
}

/**
 * The one error class of sc. The message names the action, the object in quotes and the reason:
 * lower case, no final period, such as `mount "/a" on "/b": EBUSY`.
 */
export class ScError extends Error {
  readonly code: ErrorCode;
  readonly errno: string | undefined;
  readonly hint: string | undefined;
  readonly undo: readonly Error[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ScError';
    this.code = code;
    this.errno = details.errno;
    this.hint = details.hint;
    this.undo = details.undo ?? [];
  }
}
