import type { GroupUsage } from '../linux/cgroup/usage.ts';
import type { ContainerSpec, ResourcesSpec } from '../schema/container-spec.ts';
import type { Endpoint, ExitStatus, ProcessReference } from '../schema/container-state.ts';
import type { Rootfs } from '../storage/driver.ts';
import type { Recorder } from './recording.ts';

/** Who the process is, resolved from the container's own passwd and group files. */
export interface Identity {
  uid: number;
  gid: number;
  /** Supplementary groups, without `gid`. */
  groups: number[];
  home: string;
}

/** A user and a group. */
export type Owner = Pick<Identity, 'uid' | 'gid'>;

/** A file that is made for each container and stands in its /etc in place of the image's own. */
export interface EtcFile {
  name: string;
  text: string;
}

/** Descriptors of the caller that become 0, 1 and 2 of the container; ignored with a terminal. */
export interface Stdio {
  stdin: number;
  stdout: number;
  stderr: number;
}

/** Where what a container writes is kept, in files of src/logging. */
export interface LogTarget {
  /** Absolute; it is there. */
  directory: string;
  /** Bytes of a file with its index at which a new one is begun. */
  maxSize: number;
  /** At least 1, the one that is written to among them. */
  maxFiles: number;
  /** Whether it is removed when the container ends. */
  isVolatile?: boolean;
}

/** An interface of a container, whose other end is a port of a bridge of the machine that is there. */
export interface NetworkInterface extends Omit<Endpoint, 'network' | 'aliases'> {
  /** Index of the bridge. */
  bridge: number;
  /** Whether what comes from it may go back to it, as to a port of its own that is published. */
  isReflected?: boolean;
}

/** What a container is started with. Descriptors stay the caller's, who may close them when the container runs. */
export interface LaunchRequest {
  container: ContainerSpec;
  rootfs: Rootfs;
  identity: Identity;
  /** Who the owners of mounts are, by their names in the container. */
  mountOwners?: ReadonlyMap<string, Owner>;
  /** The whole environment, `NAME=value`. */
  environment: string[];
  /** No part of what the container writes. Read-only with a read-only root filesystem. */
  etc: readonly EtcFile[];
  stdio: Stdio;
  /** Rows and columns of the pseudo-terminal. */
  windowSize?: { rows: number; columns: number };
  /**
   * Where the end of the container is recorded by a process that outlives the caller: the file `exit`
   * of this directory. Without it nothing is recorded.
   */
  recordDirectory?: string;
  /**
   * The container lives on without this process: its streams are held by a process that outlives it, and what
   * it writes goes into this log. `stdio` is not used then, and `recordDirectory` has to be given.
   */
  detached?: {
    log: LogTarget;
    /**
     * The caller is at its terminal, and the log is begun when it leaves (ContainerHandle.leave); until then the
     * container ends with the caller.
     */
    isAttended?: boolean;
  };
  /** Hears the kernel's error number when the log cannot be written, and 0 when it can be again. */
  hearLog?: (errno: number) => void;
  /** Of the recorder that watches this container. */
  mark?: bigint;
  /** A descriptor of the network namespace that it is in, where its network is that of another container. */
  networkNamespace?: number;
  /** What leads from its own network to bridges of the machine. */
  interfaces?: readonly NetworkInterface[];
  /** Descriptors that whoever keeps the container holds as long as it lives, and the container never has. */
  holds?: readonly number[];
  /** argv of a program of the host that cleans up if the caller is gone when the container ends. */
  onAbandoned?: string[];
}

/** A container that was started, in the hands of who did. */
export interface ContainerHandle {
  /** Of the init process, seen from the host. */
  readonly pid: number;
  /** Of the process that waits for it. */
  readonly keeperPid: number;
  /** Master of the pseudo-terminal, where there is one. The receiver closes it. */
  readonly terminal?: number;
  kill(signal: number): void;
  /** What is detached lives on from now on, whatever happens to this process. */
  release(): void;
  /**
   * The same of one that the caller has attended, whose log is begun: `kill` and `wait` hear nothing of it any more.
   * Answers false where it has ended meanwhile; throws SC_SYSTEM_CALL where the log cannot be begun, and nothing has
   * changed then.
   */
  leave(): Promise<boolean>;
  /**
   * Passes real-time signals, which Node cannot hear, from this process on to the container until the
   * answer is called.
   */
  relayRealTimeSignals(): () => void;
  /** Resolves when nothing of the container is left: no process, mount or cgroup. */
  wait(): Promise<ExitStatus>;
}

/** A path of the container file that a backend cannot honour. */
export interface Unsupported {
  path: string;
  reason: string;
  /** What it could honour, in words that follow "expected". */
  expected?: string;
}

/** What a container gets otherwise than one may think. */
export interface Remark {
  /** Path in the container file. */
  path: string;
  message: string;
  /** Of a field that is not in the container, since the host decides. */
  value?: unknown;
}

/** When what a guard is to do is done. */
export interface GuardOptions {
  /** Milliseconds between the death of this process and the execution. */
  delay?: number;
  /** A file that keeps it from it, where somebody has locked it then (flock(2)). */
  unlessLocked?: string;
}

/** What starts containers, and says what it cannot honour. Its members need no `this`. */
export interface Backend {
  readonly name: string;
  /** What this backend cannot honour on this host. */
  unsupported(container: ContainerSpec): Unsupported[];
  /** What this host makes of what can be honoured. */
  remarks(container: ContainerSpec): Remark[];
  /** Starts the container; resolves when its program runs. The caller's death ends the container. */
  launch(request: LaunchRequest): Promise<ContainerHandle>;
  /**
   * Executes `argv`, a program of the host, if this process dies before the answer is called: for what is
   * made before a container's start.
   */
  guard(argv: readonly string[], options?: GuardOptions): () => void;
  /** How a container that nobody waited for has ended, from what was recorded in its directory. */
  readExit(recordDirectory: string): { exit: ExitStatus; finishedAt: string } | undefined;
  /** Ends and removes what is left of a container whose keeper was killed; no effect where nothing is. */
  cleanUp(id: string): Promise<void>;
}

/** An optional power: a backend whose containers can have a user namespace of their own. */
export interface UserNamespaces {
  /**
   * Why the kernel cannot show these with mapped owners: directories, and trees with all that is mounted
   * below them. Undefined where it can. A path that is not there is passed over.
   */
  ownersObstacle(directories: readonly string[], trees: readonly string[]): string | undefined;
}

/** An optional power: a backend that can tell what a host does not have, before it is asked for. */
export interface Confirming {
  /** Fields that it declares and that no container of this host can have, by their paths in the schema. */
  lacking(): Unsupported[];
}

/** An optional power: a backend on a program of the host, which may be missing, or offer less than others. */
export interface Depending {
  /**
   * Looks at that program before a container is planned: `unsupported` and `lacking` know it from then on. Throws
   * SC_HOST_UNFIT where it is not there, and SC_TIMEOUT where it does not say what it offers.
   */
  lookAtProgram(): Promise<void>;
}

/** A backend with the powers that it has; who wants one asks whether it is there. */
export type AnyBackend = Backend &
  Partial<
    LivePowers &
      Confirming &
      Depending &
      Detaching &
      Executing &
      Explaining &
      Recording &
      Updating &
      UserNamespaces
  >;

/** Those over containers that run, which may be had without the rest of a backend. */
export type LivePowers = Partial<Accounting & Attaching & Pausing>;

/** A container to be taken up, and what is known of it. */
export interface AdoptRequest {
  id: string;
  keeper: ProcessReference;
  recordDirectory: string;
  /** Hears the kernel's error number when the log cannot be written, and 0 when it can be again. */
  hearLog?: (errno: number) => void;
}

/** A container that was launched by somebody who is gone. */
export interface Adopted {
  /** Resolves when nothing of the container is left. */
  wait(): Promise<ExitStatus>;
}

/** A program of the host that is to outlive this process. */
export interface DetachRequest {
  /** A program of the host and its arguments. */
  argv: readonly string[];
  /** `NAME=value`. */
  environment: readonly string[];
  /** Name of its control group beside those of the containers. */
  group: string;
  /** File that gets what it writes. */
  log: string;
}

/** An optional power: a backend whose containers can live on without who launched them. */
export interface Detaching {
  /** Takes up a container of whose launcher nothing is left. */
  adopt(request: AdoptRequest): Adopted;
  /**
   * Resolves when what keeps the container of this directory is gone, also where nobody has recorded which process it
   * is, since its launcher was killed. Throws SC_WRONG_STATE where it does not go.
   */
  keeperGone(recordDirectory: string): Promise<void>;
  /**
   * Starts a program of the host that outlives this process and shares nothing with it that could end: session,
   * control groups, limits, view of the mounts. Resolves when it is executed, with which process it is unless it
   * has ended.
   */
  detach(request: DetachRequest): Promise<ProcessReference | undefined>;
  /** What such a program does at its end with its groups. */
  leaveGroups(group: string): void;
}

/** Another program in a container that runs. */
export interface ExecuteRequest
  extends Pick<LaunchRequest, 'identity' | 'environment' | 'stdio' | 'windowSize'> {
  /** As if it had been started with this program: of `process` and `terminal` what this one is to have. */
  container: ContainerSpec;
  init: ProcessReference;
  /** Kills the program, also while it is being started. */
  abort?: AbortSignal | undefined;
  /**
   * It is to live on without this process, once it is released: whoever waits for it is then in the control
   * groups of the container's keeper, and not in those of this process.
   */
  keeper?: ProcessReference;
}

/** An optional power: a backend that can execute further programs in a container. */
export interface Executing {
  /**
   * Resolves when the program runs, in every namespace and control group of the container and with no more
   * rights than its own. The caller's death ends it, unless it is released before.
   * Throws SC_WRONG_STATE where the container has ended.
   */
  execute(request: ExecuteRequest): Promise<ContainerHandle>;
}

/** One run of a container that was detached, to be given input and signals. */
export interface Attachment {
  /** Whether it still runs, or has ended and not all of it is gone. */
  isAlive(): boolean;
  /** How it has ended; all that it has written is in its log then. Stays known when its directory is gone. */
  exit(): { exit: ExitStatus; finishedAt: string } | undefined;
  /**
   * Write end of its standard input, not for a terminal; undefined where that has ended. The receiver closes it.
   */
  input(): number | undefined;
  /** Ends its standard input when nobody else has it open. */
  closeInput(): void;
  /** Master of its terminal, where it has one. The receiver closes it. */
  terminal(): number | undefined;
  /** As a handle of a container has it. */
  relayRealTimeSignals(): () => void;
  close(): void;
}

/** An optional power: a backend whose detached containers anybody can be attached to, and several at once. */
export interface Attaching {
  /** Undefined where that run is over. */
  attach(run: Pick<AdoptRequest, 'keeper' | 'recordDirectory'>): Attachment | undefined;
}

/** An optional power: a backend that can say what it would do. */
export interface Explaining {
  /** What a launch would do, a line for each step. Changes nothing. */
  explain(request: Omit<LaunchRequest, 'stdio'>): string[];
}

/** A container that runs. */
export interface LiveContainer {
  id: string;
  /** Of its init process, seen from the host. */
  pid: number;
}

/** An optional power: a backend that can tell what a running container consists of and takes. */
export interface Accounting {
  /** Numbers of its processes, seen from the host; none where it has ended. */
  processes(container: LiveContainer): number[];
  /** What it takes now, and has taken since its start. Undefined where it has ended; what nobody counts is left out. */
  usage(container: LiveContainer): GroupUsage | undefined;
}

/** Limits as they were and as they are to be, each whole. */
export interface UpdateOptions {
  before: ResourcesSpec;
  after: ResourcesSpec;
  /** See LaunchRequest. */
  recordDirectory: string;
}

/** An optional power: a backend that can change what a running container may take. */
export interface Updating {
  /**
   * Changes those limits that hold for the container as a whole, all or none: not those of its single processes,
   * nor of /dev/shm. Throws SC_USAGE and SC_HOST_UNFIT for what could not be started so either, and
   * SC_SYSTEM_CALL for what the kernel refuses now.
   */
  update(container: LiveContainer, options: UpdateOptions): Promise<void>;
}

/** An optional power: a backend that can make a running container stand still. */
export interface Pausing {
  /**
   * Resolves when every process of it stands still; where that does not come about, all go on, and it throws.
   * A signal waits until they go on, SIGKILL too on some hosts.
   */
  pause(container: LiveContainer): Promise<void>;
  /** No effect on one that does not stand still, or is gone. */
  resume(container: LiveContainer): Promise<void>;
  /** Whether it was made to stand still, whoever did so. */
  isPaused(container: LiveContainer): boolean;
}

/** An optional power: a backend that can watch what a container does. */
export interface Recording {
  /** Begins to look for the container that is launched with the mark. Throws SC_HOST_UNFIT where nothing is seen. */
  record(): Promise<Recorder>;
}
