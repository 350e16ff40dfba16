// Generated from schema/container-file.schema.json by `npm run generate`; not to be edited.

/**
 * One document of a container file: what has to be there, not how to get there. Sizes and times
 * carry their unit, text is text (a number meant as text stands in quotes), and a key that is not
 * written here is an error.
 */
export type ContainerFile = Container | Job | StepJob | Volume | Network | Image;

/** A container that is kept running. */
export interface Container {
  apiVersion: ApiVersion;
  /** A container that is kept running. */
  kind: 'Container';
  metadata: Metadata;
  labels?: Labels;
  dependsOn?: DependsOn;
  /**
   * How many containers there are of it, named after it with a number from 1: `web-1`, `web-2`.
   * Without it there is one, with its name.
   */
  replicas?: number;
  image: ImageReference;
  rootfs?: Rootfs;
  process?: Process;
  environment?: Environment;
  network?: ContainerNetwork;
  namespaces?: Namespaces;
  resources?: Resources;
  monitor?: Monitor;
  hooks?: Hooks;
  logging?: Logging;
  signals?: Signals;
  terminal?: Terminal;
  security?: Security;
  mounts?: Mounts;
  expect?: Expect;
}

/** A container that runs to its end. */
export interface Job {
  apiVersion: ApiVersion;
  /** A container that runs to its end. */
  kind: 'Job';
  metadata: Metadata;
  labels?: Labels;
  dependsOn?: DependsOn;
  image: ImageReference;
  rootfs?: Rootfs;
  process?: Process;
  environment?: Environment;
  network?: ContainerNetwork;
  namespaces?: Namespaces;
  resources?: Resources;
  monitor?: Monitor;
  hooks?: Hooks;
  logging?: Logging;
  signals?: Signals;
  terminal?: Terminal;
  security?: Security;
  mounts?: Mounts;
  expect?: Expect;
}

/**
 * A job whose steps, each one standard operation, are done in order; the first that fails ends
 * it.
 */
export interface StepJob {
  apiVersion: ApiVersion;
  /** A job that runs to its end. */
  kind: 'Job';
  metadata: Metadata;
  labels?: Labels;
  dependsOn?: DependsOn;
  /** What is done, in this order. */
  steps: Step[];
}

/** A directory that outlives the containers that mount it. */
export interface Volume {
  apiVersion: ApiVersion;
  /** A directory that outlives the containers that mount it. */
  kind: 'Volume';
  metadata: Metadata;
  labels?: Labels;
  /**
   * The most that it may hold, in bytes with a unit. Without it the filesystem is the limit. sc
   * sets no such limit yet, and refuses it by name.
   */
  size?: Size;
  /**
   * Who owns its top directory, in numbers or `root`. Without it root, and whom the image has it
   * belong to once it has begun with what is there. Default: root.
   */
  owner?: User;
  /** Permissions of its top directory when it is made, in octal. Default: 0755. */
  mode?: Mode;
}

/** A network of this machine that containers can be attached to by its name. */
export interface Network {
  apiVersion: ApiVersion;
  /** A network of this machine. */
  kind: 'Network';
  metadata: Metadata;
  labels?: Labels;
  /**
   * How containers are joined: `bridge` gives them a network of their own, `macvlan` and `ipvlan`
   * put them on the network of a host interface. Default: bridge.
   */
  driver?: 'bridge' | 'macvlan' | 'ipvlan';
  /** The host interface that `macvlan` and `ipvlan` stand on. */
  parent?: string;
  /** Address ranges, at most one of IPv4 and one of IPv6. Without it a free one of IPv4 is taken. */
  subnets?: Subnet[];
  /**
   * Whether it has a range of IPv6 too where `subnets` says none: a free one of the unique local
   * addresses (RFC 4193). Default: false.
   */
  ipv6?: boolean;
  /** Address of the bridge itself, in one of `subnets`. Without it the first of the subnet. */
  gateway?: Address;
  /**
   * The part of one of `subnets` that containers get addresses from that ask for none. Without it
   * all of the subnet.
   */
  ipRange?: Subnet;
  /** Whether the network ends at this machine. Default: false. */
  internal?: boolean;
  /** Largest packet, in bytes. Default: 1500. */
  mtu?: number;
}

/**
 * How an image of the store comes to be: what its source says is taken in, and gets its name.
 * Where the store has just that under the name, nothing is done. It keeps the name where
 * something else of the file fails, if all or nothing was not asked for.
 */
export interface Image {
  apiVersion: ApiVersion;
  /** How an image comes to be. */
  kind: 'Image';
  metadata: Metadata;
  /**
   * Labels of the image's config, above those that its source has: the image then has an ID of its
   * own.
   */
  labels?: Labels;
  /**
   * What the image is called in the store, with its tag; `latest` where it has none. Without it as
   * `metadata.name` says, which then has no capitals. None is called `host`, `oci` or `archive`,
   * which are something else in `image`.
   */
  name?: ImageName;
  platform?: Platform;
  source: ImageSource;
}

/** The version of the form of this document. */
export type ApiVersion = 'standard-container/v1';

/** What the document is called. */
export interface Metadata {
  /** Unique among the objects of its kind on this machine. */
  name: Name;
}

/**
 * A name of letters, digits, `_`, `.` and `-` that begins with a letter or a digit; two to 128 of
 * them.
 */
export type Name = string;

/** Text of the user's own, kept with the object; nothing here reads it. */
export interface Labels {
  [name: string]: string;
}

/**
 * Containers and jobs of this file that come first. A name alone means a container that is
 * started, or healthy where it has a health check, and a job that has ended with code 0.
 */
export type DependsOn = Dependency[];

/** What comes first, and how far it has to be. */
export type Dependency =
  | Name
  | {
      /** Its name. */
      name: Name;
      /**
       * `started`: a container was started. `healthy`: its health check says so. `completed`: a job has
       * ended with code 0.
       */
      condition: 'started' | 'healthy' | 'completed';
    };

/**
 * What the root filesystem is made from, always copy-on-write: `host` (a view of this machine's
 * own operating system), a directory (`./rootfs`, `/abs/rootfs`), an OCI layout
 * (`oci:./layout:tag`), an archive (`archive:./image.tar`), or a name (`debian:bookworm`,
 * `registry/name:tag`, `name@sha256:...`). Relative paths count from the directory of the file.
 */
export type ImageReference = string;

/** What an image is called in the store. */
export type ImageName = string;

/** Heading 1, root filesystem: what the container may write to. */
export interface Rootfs {
  /** Whether writing anywhere outside of mounts fails with EROFS. Default: false. */
  readOnly?: boolean;
  /**
   * Directories that stay writable, empty at the start and gone at the end, where the root is
   * read-only: each as a tmpfs of 64Mi with mode 1777.
   */
  writablePaths?: AbsolutePath[];
  /**
   * How mounts made later travel between the container's root and the mount namespaces made inside.
   * A root is the container's own, so that nothing of it reaches the host or comes from there.
   * Default: rprivate.
   */
  propagation?: Propagation;
}

/**
 * Heading 2, environment variables: added to those of the image, never to those of the host. A
 * value is text, in quotes where it looks like something else; null takes a variable away.
 */
export interface Environment {
  [name: string]: string | null;
}

/** Heading 3, process arguments: the program that becomes pid 1. */
export interface Process {
  /**
   * Program and arguments, handed on as they are: no shell reads them. In place of the image's own
   * command; behind the entrypoint, where there is one.
   *
   * Items: One argument.
   */
  args?: string[];
  /**
   * What stands before `args`. Given, it drops the image's entrypoint and command; an empty list
   * drops them and puts nothing there.
   *
   * Items: One argument.
   */
  entrypoint?: string[];
  /** Working directory, made with mode 0755 where it is missing. Default: /. */
  cwd?: AbsolutePath;
  /**
   * Who the program runs as: `user`, `uid`, `user:group`, `uid:gid`, `uid:group` or `user:gid`. A
   * number needs no passwd file in the image. A named group takes away the supplementary groups
   * that the user has in the container's own group file. Default: 0.
   */
  user?: User;
  /**
   * Supplementary groups beside the user's own, by name or number. Names are looked up in the
   * container's own group file. A named group of `user` does not take them away.
   *
   * Items: A group's name or number, as text.
   */
  additionalGroups?: string[];
  /** Permission bits that new files do not get: octal, in quotes, at most 0777. Default: 0022. */
  umask?: Mode;
}

/** Heading 4, networking. */
export interface ContainerNetwork {
  /**
   * `none`: only the loopback interface. `host`: the machine's own network. `bridge`: the default
   * network. `container:NAME`: the network of another container. Any other name is that of a
   * Network. The strictest is the default; the others are there with a backend that has them.
   * Default: none.
   */
  mode?: string;
  /**
   * Networks that it is attached to, in place of `mode`: all that has no other way goes out by the
   * first that leads out. Its interfaces are eth0, eth1, ... in this order.
   */
  networks?: Attachment[];
  /** Name of the machine inside. Without it the first 12 digits of the container's ID. */
  hostname?: Hostname;
  /** NIS domain name inside. */
  domainName?: Hostname;
  /** Names beside the container's own by which other containers of the network find it. */
  aliases?: Hostname[];
  /** Ports that can be reached from outside of the container, each in quotes. */
  ports?: Port[];
  /**
   * Whether each port that the image says it listens at is published too, at a free port of the
   * machine. Default: false.
   */
  publishAll?: boolean;
  /**
   * What it may reach outside of its networks, and nothing else: addresses, ranges of them, host
   * names, and all names below one with `*.` before it. It needs networks with names. Without it it
   * may reach all that the machine reaches.
   */
  egress?: EgressTarget[];
  /** What /etc/resolv.conf says inside. */
  dns?: {
    /**
     * Name servers, in order. Without it those of the network that the container is in, which are
     * none where the mode is `none`.
     */
    servers?: Address[];
    /** Domains that short names are looked up in. */
    search?: Hostname[];
    /**
     * Resolver options of resolv.conf(5).
     *
     * Items: One option.
     */
    options?: string[];
  };
  /**
   * Lines of /etc/hosts beside the usual: a name and its address, which takes the place of the
   * usual one.
   */
  hosts?: {
    [name: string]: Address;
  };
}

/** A place in a network. */
export interface Attachment {
  /** Name of the network: `bridge` is the default one, any other that of a Network. */
  name: Name;
  /**
   * Addresses of the container there, at most one of IPv4 and one of IPv6. Without one a free one
   * is taken.
   */
  addresses?: Address[];
  /** Hardware address of its interface there. Without it one that no other has. */
  mac?: string;
  /** Names beside the container's own by which other containers of this network find it. */
  aliases?: Hostname[];
}

/** Heading 5, process namespacing: what the container has to itself. */
export interface Namespaces {
  /** Process numbers. Default: private. */
  pid?: Namespace;
  /** Mounts. Default: private. */
  mount?: Namespace;
  /** Host name and domain name. Default: private. */
  uts?: Namespace;
  /** System V and POSIX message queues, semaphores and shared memory. Default: private. */
  ipc?: Namespace;
  /** The network stack, where `network.mode` does not say it. Default: private. */
  network?: Namespace;
  /** The view of the cgroup tree. Default: private. */
  cgroup?: Namespace;
  /** The monotonic and boot clocks. Default: host. */
  time?: Namespace;
  /**
   * How far the clocks of a time namespace of its own go before those of the machine, or behind
   * them with a `-` in front.
   */
  timeOffsets?: {
    /** CLOCK_MONOTONIC, with a unit. Default: 0s. */
    monotonic?: DurationOffset;
    /** CLOCK_BOOTTIME, which uptime shows, with a unit. Default: 0s. */
    boottime?: DurationOffset;
  };
}

/**
 * `private`: a new one. `host`: the machine's own. `container:NAME`: that of a running container.
 * A path: the namespace that is mounted there.
 */
export type Namespace = string;

/**
 * Heading 6, resource limits. A limit that cannot be enforced refuses the container before it
 * starts.
 */
export interface Resources {
  /**
   * Most memory, in bytes with a unit. Over it the container ends with code 137 and the cause
   * `oom`.
   */
  memory?: Size;
  /** Most memory and swap together, in bytes with a unit. Without it twice the memory. */
  memorySwap?: SizeLimit;
  /** Memory that is left to the container when the machine runs short, in bytes with a unit. */
  memoryReservation?: Size;
  /** Size of /dev/shm, in bytes with a unit. Default: 64Mi. */
  shm?: Size;
  /** Processor time, in processors; 1.5 is one and a half. */
  cpus?: number;
  /**
   * Share of processor time among those that want it, from 1 to 10000; one with 200 gets twice what
   * one with 100 gets. Default: 100.
   */
  cpuWeight?: Weight;
  /** Which processors and memory nodes are used. */
  cpuset?: {
    /** Numbers of processors, in quotes. */
    cpus?: NumberList;
    /** Numbers of NUMA nodes, in quotes. */
    memoryNodes?: NumberList;
  };
  /** Most processes and threads; one more is EAGAIN. Default: 2048. */
  pids?: number | 'unlimited';
  /** Limits of reading from and writing to block devices. */
  io?: {
    /**
     * Share of device time among those that want it, from 1 to 10000; one with 200 gets twice what
     * one with 100 gets. Default: 100.
     */
    weight?: Weight;
    /** Limits of single devices. */
    devices?: IoDevice[];
  };
  /** Most memory in huge pages, for each page size, both in bytes with a unit. */
  hugetlb?: {
    [name: string]: Size;
  };
  /**
   * How willingly the kernel kills the container when the machine has no memory left, in
   * thousandths of the memory: -1000 is never, 1000 is first. Without it, as who starts sc.
   */
  oomScoreAdjust?: number;
  rlimits?: Rlimits;
}

/** Limits of one block device. */
export interface IoDevice {
  /** The device on the host. */
  path: AbsolutePath;
  /** Share of this device's time, from 1 to 10000. Without it `io.weight`. */
  weight?: Weight;
  /** Most read in a second, in bytes with a unit. */
  readRate?: Size;
  /** Most written in a second, in bytes with a unit. */
  writeRate?: Size;
  /** Most reads in a second. */
  readOperations?: Count;
  /** Most writes in a second. */
  writeOperations?: Count;
}

/** Limits of getrlimit(2), set exactly. One value is both soft and hard. */
export interface Rlimits {
  /** Processor time of one process, with a unit; whole seconds. */
  cpu?: TimeRlimit;
  /** Largest file, in bytes with a unit. */
  fsize?: SizeRlimit;
  /** Data segment, in bytes with a unit. */
  data?: SizeRlimit;
  /** Stack of the first thread, in bytes with a unit. */
  stack?: SizeRlimit;
  /**
   * Core file, in bytes with a unit. Without it no core file, unless the program itself asks for
   * one.
   */
  core?: SizeRlimit;
  /** Resident memory, in bytes with a unit; Linux does not enforce it. */
  rss?: SizeRlimit;
  /** Processes of the user on the whole machine. */
  nproc?: CountRlimit;
  /** Open files of one process. Without it 1024 and 524288, at most the machine's. */
  nofile?: CountRlimit;
  /** Locked memory, in bytes with a unit. */
  memlock?: SizeRlimit;
  /** Address space, in bytes with a unit. */
  as?: SizeRlimit;
  /** File locks; Linux does not enforce it. */
  locks?: CountRlimit;
  /** Signals that wait for the user's processes. */
  sigpending?: CountRlimit;
  /** POSIX message queues, in bytes with a unit. */
  msgqueue?: SizeRlimit;
  /** Ceiling of the nice value: 20 minus it, so that 20 is nice 0 and 40 is nice -20. */
  nice?: CountRlimit;
  /** Ceiling of the real-time priority, from 0 to 99. */
  rtprio?: CountRlimit;
  /** Processor time of a real-time process without a blocking call, with a unit. */
  rttime?: TimeRlimit;
}

/** A count; one value is both soft and hard. */
export type CountRlimit =
  | CountLimit
  | {
      /** What is enforced. */
      soft: CountLimit;
      /** How far the program itself may raise the soft limit. */
      hard: CountLimit;
    };

/** A size in bytes with a unit; one value is both soft and hard. */
export type SizeRlimit =
  | SizeLimit
  | {
      /** What is enforced, in bytes with a unit. */
      soft: SizeLimit;
      /** How far the program itself may raise the soft limit, in bytes with a unit. */
      hard: SizeLimit;
    };

/** A time with a unit; one value is both soft and hard. */
export type TimeRlimit =
  | DurationLimit
  | {
      /** What is enforced, with a unit. */
      soft: DurationLimit;
      /** How far the program itself may raise the soft limit, with a unit. */
      hard: DurationLimit;
    };

/** Heading 7, process monitoring. */
export interface Monitor {
  /**
   * Whether a small init is pid 1, which reaps orphans and passes signals on to the program.
   * Default: false.
   */
  init?: boolean;
  /** What happens when the program ends by itself. */
  restart?: {
    /**
     * `on-failure`: after any code but 0. `unless-stopped`: as `always`, but not after a restart of
     * the machine where it was stopped before. Default: never.
     */
    policy: 'never' | 'on-failure' | 'always' | 'unless-stopped';
    /** Most restarts in a row. Without it no limit. */
    maxRetries?: Count;
    /** Wait before the first restart, with a unit; doubled for each that follows. Default: 100ms. */
    delay?: Duration;
    /** Longest wait, with a unit. Default: 1m. */
    maxDelay?: Duration;
    /** How long the program has to run for the count to begin anew, with a unit. Default: 10s. */
    resetAfter?: Duration;
  };
  /**
   * A program that is run inside again and again; code 0 is healthy. What is not said here the
   * image may say.
   */
  health?: {
    /** No check, whatever the image says. Default: false. */
    disable?: boolean;
    /**
     * Program and arguments; no shell reads them.
     *
     * Items: One argument.
     */
    args?: string[];
    /** Time between two checks, with a unit. Default: 30s. */
    interval?: Duration;
    /** After this time, with a unit, a check has failed. Default: 30s. */
    timeout?: Duration;
    /** Time from the start in which failures do not count, with a unit. Default: 0s. */
    startPeriod?: Duration;
    /** Time between two checks in the start period, with a unit. Default: 5s. */
    startInterval?: Duration;
    /** Failures in a row that make it unhealthy. Default: 3. */
    retries?: number;
  };
  /**
   * Longest run, with a unit. Past it the container is stopped, and the cause is `deadline`.
   * Without it no limit.
   */
  timeout?: Duration;
  /**
   * File of the host that tells the number of process 1, as the host counts, as long as the
   * container runs: decimal digits and a line feed. It is there before the program is executed,
   * comes in the place of what has that name, and is removed at the end where it still tells that
   * number. Its directory has to be there, and be none that the container can write to.
   */
  pidFile?: HostPath;
}

/**
 * Programs that are run at points of the life of the container, in order, one after another. Each
 * gets the state of the container on standard input, as JSON of the runtime specification of the
 * OCI. They have the rights of who runs sc: no image brings one.
 */
export interface Hooks {
  /**
   * When the namespaces of the container are there and its root filesystem is not the root of it
   * yet; in the namespaces of the runtime. Where one fails nothing is started.
   */
  createRuntime?: Hook[];
  /**
   * After those: programs of the host in the namespaces of the container, before its root
   * filesystem is the root of it. Where one fails nothing is started.
   */
  createContainer?: Hook[];
  /**
   * Before the program: programs of the container, inside of it. Where one fails nothing is
   * started.
   */
  startContainer?: Hook[];
  /**
   * When the program is executed, in the namespaces of the host. One that fails is told, and
   * changes nothing.
   */
  poststart?: Hook[];
  /**
   * When the container has ended or could not be started, in the namespaces of the host. One that
   * fails is told, and changes nothing.
   */
  poststop?: Hook[];
}

/** A program that is run at one point. */
export interface Hook {
  /** The program: a file of the host, for `startContainer` of the container. */
  path: AbsolutePath;
  /**
   * Its arguments, of which the first is the name that it is called by. Without it that is the
   * path, and there are no others.
   *
   * Items: One argument.
   */
  args?: string[];
  /** All the variables that it has. */
  environment?: {
    [name: string]: string;
  };
  /** Time after which it is killed and has failed, with a unit; whole seconds. Default: 30s. */
  timeout?: Duration;
}

/** Heading 8, logging: what is kept of standard output and standard error. */
export interface Logging {
  /**
   * `file`: kept in files of the container, for `sc logs`. `none`: nothing is kept. What goes to
   * the streams of who runs a Job is not kept, whatever the driver. Default: file.
   */
  driver?: 'file' | 'none';
  /** Size at which a new file is begun, in bytes with a unit. Default: 20Mi. */
  maxSize?: Size;
  /** How many files are kept, the one that is written to among them. Default: 5. */
  maxFiles?: number;
  /**
   * `streams`: standard output and standard error are kept apart, and what both write in the same
   * moment may change places. `strict`: they are one stream, in the order of the writes. Default:
   * streams.
   */
  order?: 'streams' | 'strict';
}

/** Heading 9, signals: how the container is stopped. */
export interface Signals {
  /** What asks the program to end. Default: SIGTERM. */
  stopSignal?: Signal;
  /** Wait between the stop signal and SIGKILL, with a unit; `0s` is at once. Default: 10s. */
  stopTimeout?: string;
}

/** Heading 10, pseudo-terminal allocation and standard input. */
export interface Terminal {
  /** Whether the program has a terminal, /dev/console too. Default: false. */
  tty?: boolean;
  /** Whether standard input is passed on; else it is /dev/null. Default: false. */
  stdin?: boolean;
  /**
   * Keys that let go of an attached container, joined by commas; empty is none. Default:
   * ctrl-p,ctrl-q.
   */
  detachKeys?: string;
  /** Height of the terminal where nobody is attached, in lines. Default: 24. */
  rows?: number;
  /** Width of the terminal where nobody is attached, in characters. Default: 80. */
  columns?: number;
}

/**
 * Heading 11, security. Without any of it the defaults are strict: eleven capabilities, no new
 * privileges, the default seccomp profile, masked paths, no devices.
 */
export interface Security {
  /** Changes of the eleven default capabilities. */
  capabilities?: {
    /** Given beside the defaults. */
    add?: Capability[];
    /** Taken from the defaults. */
    drop?: Capability[];
  };
  /**
   * `default`: the built-in allow-list of system calls. `unconfined`: no filter. A path that begins
   * with `./` or `/`: a profile in docker's JSON form, read when the container is planned. Default:
   * default.
   */
  seccomp?: ('default' | 'unconfined') | HostPath;
  /** Whether set-user-ID programs and file capabilities give nothing. Default: true. */
  noNewPrivileges?: boolean;
  /** Changes of the paths that are hidden. */
  maskedPaths?: PathChanges;
  /** Changes of the paths that can only be read. */
  readOnlyPaths?: PathChanges;
  /** Devices of the host beside null, zero, full, random, urandom and tty. */
  devices?: Device[];
  /** Kernel settings that belong to the container's own namespaces; the value in quotes. */
  sysctls?: {
    [name: string]: string;
  };
  /**
   * User and group numbers of the container's own, so that root inside is nobody outside. `auto`:
   * wherever the kernel can show the root filesystem and all bind mounts with mapped owners, and
   * nothing that the file asks for needs the host's; `sc plan` says what it came to. `private`: the
   * same, or the container is refused. `host`: none. Or the maps themselves. Default: auto.
   */
  userNamespace?: ('auto' | 'private' | 'host') | IdMaps;
  /**
   * AppArmor profile that is loaded on the host, or `unconfined`. Without it none is asked for, and
   * the program is confined as who starts it. Refused where AppArmor is not on.
   */
  apparmor?: string;
  /**
   * SELinux label of the process. Without it the one that the policy gives. Refused where SELinux
   * is not on.
   */
  selinux?: string;
  /** Files that are kept in memory only and shown to nobody else. */
  secrets?: Secret[];
}

/** Changes of a list of paths inside the container. */
export interface PathChanges {
  /** Beside the defaults. */
  add?: AbsolutePath[];
  /** Taken from the defaults. */
  drop?: AbsolutePath[];
}

/** A device of the host. */
export interface Device {
  /** Where it is inside, below /dev. */
  path: AbsolutePath;
  /** Where it is on the host. Without it at the same path. */
  source?: AbsolutePath;
  /**
   * What is allowed: r read, w write, m make a node, with CAP_MKNOD. Everything else is denied.
   * Default: rw.
   */
  access?: string;
  /** Permissions of the node, in octal. Default: 0666. */
  mode?: Mode;
}

/**
 * Which users and groups of the host stand for those inside. User 0 and the groups 0 and 5, that
 * of terminals, have to be among them.
 */
export interface IdMaps {
  /** Ranges of user numbers. */
  uids: IdRange[];
  /** Ranges of group numbers. */
  gids: IdRange[];
}

/** A range of user or group numbers. */
export interface IdRange {
  /** First number inside. */
  inside: Id;
  /** First number on the host. */
  host: Id;
  /** How many numbers follow one another. */
  size: number;
}

/**
 * A file that is kept in memory only, of at most 512 KiB. It belongs to the user of the container
 * and can only be read.
 */
export interface Secret {
  /** Name of the file, unique among the secrets. */
  name: Name;
  /** File of the host that is read at the start. What it says is recorded nowhere. */
  source: HostPath;
  /** Where it is inside. Without it /run/secrets/NAME. */
  target?: AbsolutePath;
  /** Permissions, in octal. Default: 0400. */
  mode?: Mode;
}

/** What is mounted, in order of their targets' depth. */
export type Mounts = Mount[];

/** A mount: exactly one of `bind`, `volume` and `tmpfs`. */
export interface Mount {
  /**
   * File or directory of the host. A relative path begins with `./` or `../` and counts from the
   * directory of the file.
   */
  bind?: HostPath;
  /**
   * Name of a Volume, which outlives the container; or `true` for one without a name of its own,
   * which is made with the container and belongs to it.
   */
  volume?: Name | true;
  /**
   * Whether a volume that no container has mounted yet begins with what the image has at the
   * target, with owners, permissions and times. Never with a `subpath`. Default: true.
   */
  copy?: boolean;
  /** A filesystem in memory, empty at the start and gone at the end. */
  tmpfs?: true;
  /** Where it is inside. */
  target: AbsolutePath;
  /** Whether writing fails with EROFS, in the filesystems mounted below too. Default: false. */
  readOnly?: boolean;
  /**
   * Whether programs that lie there can be executed. Without it as the host has it for a bind or
   * volume, and not for a tmpfs.
   */
  exec?: boolean;
  /**
   * What happens where the source of a bind is not there, or the volume: the container is refused,
   * it is made (a directory of root's with 0755 and those above it, or a volume of that name), or
   * the mount is left out. On the command line a volume is made. Default: fail.
   */
  ifMissing?: 'fail' | 'create' | 'skip';
  /**
   * How mounts made later travel between the bind's source and its target. Other than private and
   * unbindable it needs a source on a mount that is shared (mount --make-shared). Default:
   * rprivate.
   */
  propagation?: Propagation;
  /**
   * Directory or file below the source that is mounted in place of all of it. A symbolic link on
   * the way to it is an error.
   */
  subpath?: string;
  /**
   * Who owns it inside. Of a tmpfs its top directory, root without it; of a bind or volume all that
   * belongs to the owner of the source, and nothing is changed on the host: the two users change
   * places, and so do the groups.
   */
  owner?: User;
  /**
   * Which users and groups inside stand for which owners of the files on the host. Others are
   * nobody's, and can make nothing there.
   */
  idmap?: IdMaps;
  /** Most that the tmpfs holds, in bytes with a unit. Default: 64Mi. */
  size?: Size;
  /**
   * Most files and directories that the tmpfs holds, itself among them. Without it as many as the
   * kernel allows for its size.
   */
  inodes?: number;
  /** Permissions of the tmpfs, in octal. Default: 1777. */
  mode?: Mode;
}

/**
 * What has to hold for a job to count as well: all of it is checked at its end, and what does not
 * hold fails it.
 */
export interface Expect {
  /** Code that it ends with. Default: 0. */
  exitCode?: number;
  /** What standard output has to say. */
  stdout?: TextExpectation;
  /** What standard error has to say. */
  stderr?: TextExpectation;
  /**
   * Files and directories that have to be there at its end, on its root filesystem or in its
   * volumes.
   */
  files?: AbsolutePath[];
  /** What it has to have changed on its root filesystem. */
  diff?: DiffExpectation;
  /** Longest time from its start to its end, with a unit. It ends nothing: `monitor.timeout` does. */
  time?: Duration;
  /**
   * TCP ports that somebody has to listen on inside.
   *
   * Items: A port.
   */
  listening?: number[];
}

/** What a text has to be. */
export interface TextExpectation {
  /** The whole text. */
  equals?: string;
  /** A part of the text. */
  contains?: string;
  /** A regular expression of JavaScript, of which `^` and `$` stand for the ends of a line. */
  matches?: string;
}

/**
 * What a container has to have changed, in the words of `sc diff`: `A` for what was added, `C`
 * changed, `D` deleted, and its path.
 */
export interface DiffExpectation {
  /** All changes, in any order. */
  equals?: ChangedPath[];
  /** Some of the changes. */
  contains?: ChangedPath[];
  /** Changes that must not be there. */
  lacks?: ChangedPath[];
}

/** A change of a root filesystem. */
export type ChangedPath = string;

/** One standard operation. */
export interface Step {
  /** Copies files between the host and containers, as cp(1) does. */
  copy?: {
    /** What is copied. */
    from: CopyPath;
    /** A directory into which it goes, or what it is to be called. */
    to: CopyPath;
    /** Whose it is in the container, by its own files. Without it root's. */
    owner?: User;
    /** Whether owners, set-user-ID bits, and extended attributes are kept. Default: false. */
    archive?: boolean;
    /** Whether a source that is a link stands for what it leads to. Default: false. */
    followLink?: boolean;
  };
  run?: RunStep;
  /** Sends the stop signal, then SIGKILL. */
  stop?: {
    /** The container. */
    container: Name;
    /** Wait before SIGKILL, with a unit. Without it the container's own. */
    timeout?: Duration;
  };
  /** Waits for the end; any code but 0, or what its run does not expect, fails the job. */
  wait?: {
    /** The container. */
    container: Name;
    /** After this time, with a unit, the step has failed. Without it no limit. */
    timeout?: Duration;
  };
  /** Makes an image of a container: one layer with what it changed. */
  commit?: {
    /** The container. */
    container: Name;
    /** Name of the image, with its tag; `latest` where it has none. It stays when the job is over. */
    image: ImageName;
    /**
     * How containers of it start, in the words of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE,
     * HEALTHCHECK, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR.
     *
     * Items: One instruction.
     */
    changes?: string[];
    /** Labels of the image, last. */
    labels?: Labels;
    /** What its history says of it. */
    message?: string;
    /** Who makes it. */
    author?: string;
    /** When it was made: RFC 3339. The same container gives the same image with it. Without it now. */
    created?: string;
    /** Of the new layer. Default: gzip. */
    compression?: 'gzip' | 'zstd' | 'none';
    /** Whether the container stands still meanwhile, if it runs. Default: true. */
    pause?: boolean;
  };
  /**
   * Writes images of the store into an archive, or into a directory as an OCI image layout. It
   * stays when the job is over.
   */
  save?: {
    /**
     * The images, each by its name or ID.
     *
     * Items: An image of the store, or one that a step before makes.
     */
    images: string[];
    /** The file, which is replaced; a directory, where it is an empty one or ends with a slash. */
    output: HostPath;
    /**
     * `oci` is an OCI image layout, which keeps all digests; `docker` is what `docker load` has
     * always read. Default: oci.
     */
    format?: 'oci' | 'docker';
    /**
     * How layers of `oci` are compressed anew, which gives them other digests; how the whole archive
     * of `docker` is. Without it all is as it is kept.
     */
    compress?: 'none' | 'gzip' | 'zstd';
    /** Of images for several platforms only that for this one. Without it all. */
    platform?: string;
  };
  /** Follows a container's output until it ends. */
  attach?: {
    /** The container. */
    container: Name;
  };
  /** Lists what a container changed on its root filesystem. */
  diff?: {
    /** The container. */
    container: Name;
  };
}

/**
 * Starts a container, which runs on while the next steps are done. What it writes goes to the
 * streams of who runs the job.
 */
export interface RunStep {
  /** Name of the container. */
  name: Name;
  /**
   * Whether the container stays when the job is over, stopped; where a step fails, if it has ended
   * by then. Without it it is deleted. Default: false.
   */
  keep?: boolean;
  labels?: Labels;
  image: ImageReference;
  rootfs?: Rootfs;
  process?: Process;
  environment?: Environment;
  network?: ContainerNetwork;
  namespaces?: Namespaces;
  resources?: Resources;
  monitor?: Monitor;
  hooks?: Hooks;
  logging?: Logging;
  signals?: Signals;
  terminal?: Terminal;
  security?: Security;
  mounts?: Mounts;
  expect?: Expect;
}

/** Where an image comes from. */
export interface ImageSource {
  /**
   * An archive of images, compressed or not: what `docker save`, `podman save` and `sc image save`
   * write.
   */
  archive?: HostPath;
  /** The directory of an OCI image layout. */
  oci?: HostPath;
  /**
   * Of several images of an `archive` or `oci` that of this name or tag. Without it there has to be
   * just one.
   */
  reference?: string;
  /** A name in a registry. */
  pull?: ImageReference;
  /**
   * A tar archive of a root filesystem, compressed or not, or a directory: it becomes the one
   * layer.
   */
  import?: HostPath;
  /**
   * How containers of what is imported start, in the words of a Dockerfile: CMD, ENTRYPOINT, ENV,
   * EXPOSE, HEALTHCHECK, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR.
   *
   * Items: One instruction.
   */
  changes?: string[];
  /** What the history of what is imported says of it. */
  message?: string;
  /**
   * When what is imported was made: RFC 3339. Without it the beginning of 1970, so that the same
   * tar gives the same image.
   */
  created?: string;
  /** Steps done in a container, then committed. */
  build?: {
    /** The image to begin with. */
    from: ImageReference;
    /** What is done, in this order. */
    steps: BuildStep[];
  };
}

/** One step of a build. */
export interface BuildStep {
  /** Copies files of the host into the image. */
  copy?: {
    /** What is copied. */
    from: HostPath;
    /** Where it goes. */
    to: AbsolutePath;
  };
  run?: Process;
}

/**
 * A size in bytes with a unit: B, Ki, Mi, Gi, Ti or Pi, each 1024 times the one before. A whole
 * number of bytes.
 */
export type Size = string;

/** A size in bytes with a unit, or `unlimited`. */
export type SizeLimit = string;

/** A time with units, the greatest first: d, h, m, s, ms. A whole number of milliseconds. */
export type Duration = string;

/**
 * A time with units, the greatest first: d, h, m, s, ms. A whole number of milliseconds, with `-`
 * in front where it goes back.
 */
export type DurationOffset = string;

/** A time with units, or `unlimited`. */
export type DurationLimit = string;

/** A whole number. */
export type Count = number;

/** A whole number, or `unlimited`. */
export type CountLimit = number | 'unlimited';

/** A share, in proportion to those of the others. */
export type Weight = number;

/** Numbers and ranges, joined by commas. */
export type NumberList = string;

/** A user or group number. */
export type Id = number;

/** Permission bits as three or four octal digits, in quotes. */
export type Mode = string;

/**
 * One of six forms: user, uid, user:group, uid:gid, uid:group, user:gid. Names are looked up in
 * the container's own passwd and group files; numbers are decimal, 0 to 2147483647, in quotes.
 */
export type User = string;

/** An absolute path, inside the container unless said otherwise. */
export type AbsolutePath = string;

/**
 * A path of the host. A relative one begins with `./` or `../` and counts from the directory of
 * the file.
 */
export type HostPath = string;

/**
 * A path of the host that begins with `/`, `./` or `../`, or a container's name, a colon and an
 * absolute path inside.
 */
export type CopyPath = string;

/**
 * Mount propagation (mount_namespaces(7)); a leading r means the mounts below too. Default:
 * rprivate.
 */
export type Propagation =
  'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared' | 'unbindable' | 'runbindable';

/**
 * A host name (RFC 1123): labels of letters, digits and inner hyphens, joined by dots; at most 64
 * characters.
 */
export type Hostname = string;

/** An IPv4 or IPv6 address. */
export type Address = string;

/**
 * An address, an address and the length of its prefix, a host name, or `*.` and a host name for
 * all names below it.
 */
export type EgressTarget = string;

/** An address and the length of its prefix. */
export type Subnet = string;

/**
 * A port of the container, 1 to 65535, and how it is reached: `80` by a free port of the host,
 * `:80` by the same port, `5000:80` by that port, `127.0.0.1:5000:80` at that address only,
 * `127.0.0.1::80` by a free port at that address. Ranges (`8000-8010:80-90`), IPv6 addresses in
 * brackets, `/tcp` (the default) or `/udp` at the end.
 */
export type Port = string;

/** Operating system, architecture and variant. Without it that of this machine. */
export type Platform = string;

/** A signal by its name, with or without `SIG` (SIGTERM, TERM, SIGRTMIN+3), or by its number. */
export type Signal = string | number;

/** A capability by its name in capitals, with or without `CAP_` (capabilities(7)), or `ALL`. */
export type Capability = string;
