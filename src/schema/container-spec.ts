// Placeholder with the final names; replaced by the types generated from schema/container-spec.schema.json.

/** What a backend is given: one container, every default filled in, sizes in bytes, times in milliseconds. */
export interface ContainerSpec {
  /** 64 hex digits. */
  id: string;
  name: string;
  kind: 'Container' | 'Job';
  labels: { [key: string]: string };
  image: ImageSource;
  rootfs: { readOnly: boolean };
  process: ProcessSpec;
  /** Variables of file and command line; null takes a default away. */
  environment: { [name: string]: string | null };
  network: { mode: 'none'; hostname: string };
  resources: ResourcesSpec;
  signals: { stopSignal: number; stopTimeout: number };
  /** `tty`: a pseudo-terminal; `stdin`: the caller's standard input is passed on, else /dev/null. */
  terminal: { tty: boolean; stdin: boolean };
  security: SecuritySpec;
  mounts: MountSpec[];
  /** Delete the container's record and writes when it has ended (--rm). */
  removeOnExit: boolean;
}

export type ImageSource = { kind: 'host' } | { kind: 'directory'; path: string };

export interface ProcessSpec {
  /** At least one. */
  args: string[];
  /** Absolute. */
  cwd: string;
  /** One of six forms: user, uid, user:group, uid:gid, uid:group, user:gid. */
  user: string;
  umask: number;
}

export interface ResourcesSpec {
  /** Bytes. */
  memory?: number;
  /** Bytes of memory and swap together; -1 is without limit. */
  memorySwap?: number;
  pids: number;
  rlimits: { name: string; soft: number; hard: number }[];
}

export interface SecuritySpec {
  /** Names such as CAP_CHOWN, sorted by number. */
  capabilities: string[];
  noNewPrivileges: boolean;
  seccomp: 'default' | 'unconfined';
  maskedPaths: string[];
  readOnlyPaths: string[];
}

export type MountSpec =
  | { type: 'bind'; source: string; target: string; readOnly: boolean }
  | { type: 'tmpfs'; target: string; size: number; mode: number; readOnly: boolean };
