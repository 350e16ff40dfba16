/** Paths of files that are the standard streams of a program. */
export interface Streams {
  stdin: string;
  stdout: string;
  stderr: string;
}

/** The request of `run`; a container in as much of the container file's form as the runtime can be told. */
export interface RunRequest<Container> {
  name: string;
  container: Container;
  background: boolean;
  removeOnExit?: boolean;
  streams: Streams;
}

/** A request about one container. */
export interface OneRequest {
  container: string;
  signal?: string | number;
  /** Milliseconds. */
  timeout?: number;
  force?: boolean;
  to?: string;
  image?: string;
  resources?: { [name: string]: unknown };
}

/** What those lack of `exec` who know users by their numbers alone. */
export const NO_NAMES_OF_USERS = 'exec.user=^(?![0-9]+(:[0-9]+)?$)';

/** The request of `exec`. */
export interface ExecRequest {
  container: string;
  args: string[];
  user?: string;
  environment?: { [name: string]: string | null };
  cwd?: string;
  streams: Streams;
}

/** A place of the request of `copy`. */
export interface Place {
  container?: string;
  path: string;
}
