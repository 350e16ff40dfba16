// Generated from schema/operations/exec.schema.json by `npm run generate`; not to be edited.

import type { ExitStatus } from '../container-state.ts';
import type { Reference } from './many.ts';

/** Executes another program in a container that runs. */
export type Exec = ExecRequest | ExecResult;

/** Where, what, and how it differs from the container's own program. */
export interface ExecRequest {
  container: Reference;
  /** Program and arguments, at least one. */
  args: string[];
  /**
   * One of six forms: user, uid, user:group, uid:gid, uid:group, user:gid. Without it the
   * container's.
   */
  user?: string;
  /** Variables beside those of the container; null takes one away. */
  environment?: {
    [name: string]: string | null;
  };
  /** Working directory, absolute, which has to be there. Without it the container's. */
  cwd?: string;
  /** Whether the program has a pseudo-terminal. Default: false. */
  tty?: boolean;
  /** Whether the caller's standard input is passed on; else it is /dev/null. Default: false. */
  stdin?: boolean;
  /** Whether it goes on alone, its output thrown away. Default: false. */
  detach?: boolean;
}

/** `sc exec`: a program that was executed in a container. */
export interface ExecResult {
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /** How the program has ended. Not of one that goes on alone. */
  exit?: ExitStatus;
}
