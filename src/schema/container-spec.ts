// Generated from schema/container-spec.schema.json by `npm run generate`; not to be edited.

/**
 * What a backend is given: one container, every default filled in, sizes in bytes, times in
 * milliseconds.
 */
export interface ContainerSpec {
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Unique among the containers of this machine. */
  name: string;
  /** Kept running, or run to its end. */
  kind: 'Container' | 'Job';
  /** Text of the user's own. */
  labels: {
    [name: string]: string;
  };
  image: ImageSource;
  /** What the container may write to. */
  rootfs: {
    /** Whether writing outside of mounts fails with EROFS. */
    readOnly: boolean;
    /**
     * How mounts made later travel between the root and mount namespaces made inside. Without it
     * rprivate.
     */
    propagation?: 'shared' | 'rshared' | 'unbindable' | 'runbindable';
  };
  process: ProcessSpec;
  /** Variables of file and command line; null takes a default away. */
  environment: {
    [name: string]: string | null;
  };
  /** Whose network it is in, the name of the machine inside, and how it finds others. */
  network: {
    /**
     * `none`: its own, of which it has only the loopback interface. `network`: its own, attached to
     * networks of this machine. `host`: that of the machine. `container`: that of another container.
     */
    mode: 'none' | 'network' | 'host' | 'container';
    /**
     * The networks that it is attached to, where the mode is `network`; `bridge` is the one that is
     * made at its first use.
     */
    networks?: AttachmentSpec[];
    /** Name or ID of the container whose network it is in, where the mode is `container`. */
    container?: string;
    /** Name of the machine inside, at most 64 bytes. */
    hostname: string;
    /** NIS domain name inside, at most 64 bytes. */
    domainName?: string;
    /** What /etc/resolv.conf says inside. */
    dns: {
      /** Addresses of name servers, in order. */
      servers: string[];
      /** Domains that short names are looked up in. */
      search: string[];
      /** Resolver options of resolv.conf(5). */
      options: string[];
    };
    /** Addresses by their names, beside the usual of /etc/hosts. */
    hosts: {
      [name: string]: string;
    };
    /** What it may reach outside of its networks; without it all that the machine reaches. */
    egress?: {
      /** Ranges of addresses, each an address and the length of its prefix. */
      addresses: string[];
      /** Host names in lower case, and with `*.` before it one whose names below it are meant. */
      names: string[];
    };
    /** Ports that are published, one each; none where it is not there. */
    ports?: PortSpec[];
  };
  resources: ResourcesSpec;
  monitor: MonitorSpec;
  hooks?: HooksSpec;
  logging: LoggingSpec;
  /** How the container is stopped. */
  signals: {
    /** Number of the signal. */
    stopSignal: number;
    /** Milliseconds between the stop signal and SIGKILL; -1 is for ever. */
    stopTimeout: number;
  };
  /** Standard input, and the pseudo-terminal. */
  terminal: {
    /** Whether the program has a pseudo-terminal. */
    tty: boolean;
    /** Whether the caller's standard input is passed on; else it is /dev/null. */
    stdin: boolean;
    /** Keys that let go of an attached container, joined by commas; empty is none. */
    detachKeys: string;
    /** Height of the terminal where nobody is attached, in lines. */
    rows: number;
    /** Width of the terminal where nobody is attached, in characters. */
    columns: number;
  };
  security: SecuritySpec;
  /** What is mounted. */
  mounts: MountSpec[];
  /** Clocks of the container's own time namespace. Without it it is in that of the host. */
  clocks?: ClockOffsets;
  /** Whether the container's record and writes are deleted when it has ended (--rm). */
  removeOnExit: boolean;
}

/** A place in a network, as it is to be. */
export interface AttachmentSpec {
  /** Name of the network. */
  name: string;
  /** Addresses that it is to have there; of a range of which there is none here, it gets a free one. */
  addresses: string[];
  /** Hardware address of its interface there. Without it one that comes of its ID. */
  mac?: string;
  /** Names beside its own by which other containers of this network find it. */
  aliases: string[];
}

/** A port of the container, and which of the machine it is to be reached by. */
export interface PortSpec {
  /** Port inside, 1 to 65535. */
  containerPort: number;
  /** TCP or UDP. */
  protocol: 'tcp' | 'udp';
  /** Addresses of the machine; `0.0.0.0` is all of IPv4, and `::` all of IPv6. */
  addresses: string[];
  /** Ports of the machine, of which the first that is free is taken. Without it any that is free. */
  hostPorts?: {
    /** The first of them. */
    first: number;
    /** The last of them. */
    last: number;
  };
}

/** What is done for the program while it runs, and when it ends by itself. */
export interface MonitorSpec {
  /** Whether a small init is pid 1, which reaps orphans and passes signals on to the program. */
  init: boolean;
  restart: RestartPolicy;
  health?: HealthCheck;
  /**
   * Longest run, in milliseconds. Past it the container is stopped, and the cause is `deadline`.
   * Without it no limit.
   */
  timeout?: number;
  /**
   * Absolute path of the file of the host that tells the number of process 1 as long as the
   * container runs.
   */
  pidFile?: string;
}

/** What happens when the program ends by itself. */
export interface RestartPolicy {
  /** After which ends it is started again. */
  policy: 'never' | 'on-failure' | 'always' | 'unless-stopped';
  /** Most restarts in a row. Without it no limit. */
  maxRetries?: number;
  /** Milliseconds before the first restart; doubled for each that follows. */
  delay: number;
  /** Longest wait, in milliseconds. */
  maxDelay: number;
  /** Milliseconds that the program has to run for the count to begin anew. */
  resetAfter: number;
}

/** A program that is run inside again and again; code 0 is healthy. Times in milliseconds. */
export interface HealthCheck {
  /** Program and arguments. */
  args: string[];
  /** Time between two checks. */
  interval: number;
  /** After this time a check has failed. */
  timeout: number;
  /** Time from the start in which failures do not count. */
  startPeriod: number;
  /** Time between two checks in the start period. */
  startInterval: number;
  /** Failures in a row that make it unhealthy. */
  retries: number;
}

/** Programs that are run at points of the life of the container; without those that are none. */
export interface HooksSpec {
  /** In the namespaces of the runtime, when those of the container are there. */
  createRuntime?: HookSpec[];
  /** In the namespaces of the container, before its root filesystem is the root of it. */
  createContainer?: HookSpec[];
  /** Inside of the container, before the program. */
  startContainer?: HookSpec[];
  /** On the host, when the program is executed. */
  poststart?: HookSpec[];
  /** On the host, when the container has ended or could not be started. */
  poststop?: HookSpec[];
}

/** A program that is run at one point. */
export interface HookSpec {
  /** Absolute path of the program. */
  path: string;
  /** Its arguments, of which the first is its name. */
  args: string[];
  /** All its variables, `NAME=value`. */
  environment: string[];
  /** Milliseconds after which it is killed, whole seconds. */
  timeout: number;
}

/** What is kept of standard output and standard error. */
export interface LoggingSpec {
  /** `file`: in files of the container, for `sc logs`. `none`: nothing is kept. */
  driver: 'file' | 'none';
  /** Size at which a new file is begun, in bytes. */
  maxSize: number;
  /** How many files are kept, the one that is written to among them. */
  maxFiles: number;
  /**
   * `streams`: each stream is kept as such, and what both write in the same moment may change
   * places. `strict`: both are one stream, in the order of the writes.
   */
  order: 'streams' | 'strict';
}

/** What the root filesystem stands on. */
export type ImageSource =
  | {
      /** A view of the machine's own operating system. */
      kind: 'host';
    }
  | {
      /** A directory of the host. */
      kind: 'directory';
      /** Absolute path of the directory. */
      path: string;
    }
  | {
      /** An image of the store. */
      kind: 'image';
      /** As it was asked for. */
      name: string;
      /** ID of the image: the digest of its config. */
      id: string;
      /** Its layers in the storage driver: the chainID of the topmost, without the algorithm. */
      layers: string;
      /** Ports that it says its programs listen at. By itself this opens none. */
      exposes?: string[];
    };

/** The program that becomes pid 1. */
export interface ProcessSpec {
  /** Program and arguments, at least one. */
  args: string[];
  /** Working directory, absolute. */
  cwd: string;
  /** One of six forms: user, uid, user:group, uid:gid, uid:group, user:gid. */
  user: string;
  /** Supplementary groups beside the user's own, names or numbers. */
  additionalGroups: string[];
  /** Permission bits that new files do not get, as a number: 18 is 0022 in octal. */
  umask: number;
}

/** Resource limits. */
export interface ResourcesSpec {
  /** Most memory, in bytes. Without it no limit. */
  memory?: number;
  /** Most memory and swap together, in bytes; -1 is without limit. */
  memorySwap?: number;
  /** Memory that is left to the container when the machine runs short, in bytes. */
  memoryReservation?: number;
  /** Size of /dev/shm, in bytes. */
  shm: number;
  /** Processor time, in processors. Without it no limit. */
  cpus?: number;
  /** Share of processor time among those that want it. Without it the kernel's own, 100. */
  cpuWeight?: number;
  /** Numbers of processors and memory nodes. Without them all. */
  cpuset?: Cpuset;
  io?: IoLimits;
  /** Most memory in huge pages, each page size once, in bytes. */
  hugetlb?: {
    /** Size of the pages. */
    pageSize: number;
    /** Most memory in such pages. */
    limit: number;
  }[];
  /**
   * How willingly the kernel kills the container when the machine has no memory left. Without it,
   * as who starts it.
   */
  oomScoreAdjust?: number;
  /** Most processes and threads; -1 is without limit. */
  pids: number;
  /** Limits of getrlimit(2), each name once. */
  rlimits: {
    /** Lower case, without RLIMIT_, such as `nofile`. */
    name: string;
    /** What is enforced, in the limit's own unit of getrlimit(2); -1 is without limit. */
    soft: number;
    /**
     * How far the program itself may raise the soft limit, in the limit's own unit of getrlimit(2);
     * -1 is without limit.
     */
    hard: number;
  }[];
}

/** Numbers of processors and memory nodes. */
export interface Cpuset {
  /** Processors. */
  cpus?: string;
  /** NUMA nodes. */
  memoryNodes?: string;
}

/** Limits of reading from and writing to block devices. */
export interface IoLimits {
  /** Share of device time among those that want it; the kernel's own is 100. */
  weight?: number;
  /** Limits of single devices, bytes and operations in a second. */
  devices: {
    /** The device on the host, absolute. */
    path: string;
    /** Share of this device's time. */
    weight?: number;
    /** Most bytes read in a second. */
    readRate?: number;
    /** Most bytes written in a second. */
    writeRate?: number;
    /** Most reads in a second. */
    readOperations?: number;
    /** Most writes in a second. */
    writeOperations?: number;
  }[];
}

/** What the program may do. */
export interface SecuritySpec {
  /** Names such as CAP_CHOWN, sorted by number. */
  capabilities: string[];
  /** Whether set-user-ID programs and file capabilities give nothing. */
  noNewPrivileges: boolean;
  /** The built-in profile, none, or one of the user's own as it was when the container was planned. */
  seccomp:
    | ('default' | 'unconfined')
    | {
        /** Absolute path of the file that it was read from. */
        path: string;
        /** Text of the file, in docker's JSON form. */
        profile: string;
      };
  /** Paths that are hidden. */
  maskedPaths: string[];
  /** Paths that can only be read. */
  readOnlyPaths: string[];
  /** Kernel settings of the container's own namespaces. */
  sysctls: {
    [name: string]: string;
  };
  /** AppArmor profile of the program, or `unconfined`. Without it none is asked for. */
  apparmor?: string;
  /** SELinux label of the program. Without it none is asked for. */
  selinux?: string;
  /** Devices of the host beside those that every container has. */
  devices: {
    /** Where it is inside, below /dev. */
    path: string;
    /** Absolute path on the host. */
    source: string;
    /** What is allowed: r read, w write, m make a node. */
    access: string;
    /** Permission bits of the node, as a number: 438 is 0666 in octal. */
    mode: number;
  }[];
  /** Files that are kept in memory only. */
  secrets: SecretSpec[];
  /**
   * The container's own user namespace, by its maps. Without it the container is in that of the
   * host.
   */
  userNamespace?: IdMaps;
}

/** How far clocks go before those of the host, in milliseconds; negative is behind them. */
export interface ClockOffsets {
  /** CLOCK_MONOTONIC, in milliseconds. */
  monotonic: number;
  /** CLOCK_BOOTTIME, in milliseconds. */
  boottime: number;
}

/** A file that is kept in memory only. What it says is in no record. */
export interface SecretSpec {
  /** Unique among the secrets of the container. */
  name: string;
  /** Absolute path on the host, read at each start. */
  source: string;
  /** Absolute path inside. */
  target: string;
  /** Permission bits, as a number: 256 is 0400 in octal. */
  mode: number;
}

/** Which users and groups of the host stand for those inside. */
export interface IdMaps {
  /** Ranges of user numbers. */
  uids: IdRange[];
  /** Ranges of group numbers. */
  gids: IdRange[];
}

/** A range of user or group numbers. */
export interface IdRange {
  /** First number inside. */
  inside: number;
  /** First number on the host. */
  host: number;
  /** How many numbers follow one another. */
  size: number;
}

/** One mount. */
export type MountSpec =
  | {
      /** A file or directory of the host. */
      type: 'bind';
      /** Absolute path on the host. */
      source: string;
      /** Absolute path inside. */
      target: string;
      /** Whether writing fails with EROFS. */
      readOnly: boolean;
      /** Whether programs can be executed. Without it as the host has it. */
      exec?: boolean;
      /** Relative path below the source of what is mounted in place of all of it. */
      subpath?: string;
      /**
       * User inside, one of six forms, to whom belongs what is the source's owner's. Without it and
       * idmap owners are as on the host.
       */
      owner?: string;
      /** Which users and groups inside stand for which owners of the files. */
      idmap?: IdMaps;
      /** The volume of sc that the source is. */
      volume?: {
        /** Its name; of an anonymous one 64 hex digits. */
        name: string;
        /** Whether it belongs to the container, and has no name of its own. */
        anonymous: boolean;
        /** Whether it begins with what the image has at the target, if no container has mounted it yet. */
        copy: boolean;
      };
      /**
       * What happens where the source is not there: an empty directory is made, or the mount is left
       * out. Without it the container is refused.
       */
      ifMissing?: 'create' | 'skip';
      /**
       * How mounts made later travel between source and target (mount_namespaces(7)). Without it
       * rprivate.
       */
      propagation?: 'private' | 'slave' | 'rslave' | 'shared' | 'rshared' | 'unbindable' | 'runbindable';
    }
  | {
      /** A filesystem in memory. */
      type: 'tmpfs';
      /** Absolute path inside. */
      target: string;
      /** Most that it holds, in bytes. */
      size: number;
      /** Most files and directories that it holds. Without it as many as the kernel allows. */
      inodes?: number;
      /** Permission bits of its top directory, as a number: 1023 is 1777 in octal. */
      mode: number;
      /** User inside, one of six forms, to whom its top directory belongs. Without it root. */
      owner?: string;
      /** Whether programs can be executed. Without it they cannot. */
      exec?: boolean;
      /** Whether writing fails with EROFS. */
      readOnly: boolean;
    };
