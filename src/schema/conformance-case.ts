// Generated from schema/conformance-case.schema.json by `npm run generate`; not to be edited.

/**
 * A case of the conformance suite: containers, steps, and what is expected after each. In every
 * text but `id`, `title`, `requirements` and `sentences`, `<<NAME>>` stands for a value that the
 * suite knows: see conformance/README.md.
 */
export interface ConformanceCase {
  /** Its name for ever: that of its file below conformance/cases/, without the ending. */
  id: string;
  /** What holds where it passes, as a sentence without a full stop. */
  title: string;
  /** IDs of the statements that it checks. */
  requirements: string[];
  /** The strongest level of these statements. */
  level: 'must' | 'should' | 'may';
  /**
   * By each of its requirements the hash of the sentence that was read when the case was written,
   * which `npm run lint` tells.
   */
  sentences: {
    [name: string]: string;
  };
  needs?: Needs;
  container?: Container;
  /** Other containers, by the names that the steps have for them. */
  containers?: {
    [name: string]: Container;
  };
  /** What is added to the root filesystem that all containers of the case have, by path. */
  rootfs?: {
    [name: string]: File;
  };
  /** What is made on the host below `<<tmp>>`, by path. */
  files?: {
    [name: string]: File;
  };
  /**
   * Whether another machine is there during the case, on a link of this one: a network of its own,
   * by which this machine reaches all that it has no other way to. `<<machine>>` is the address of
   * this machine on that link, `<<neighbour>>` that of the other; `.ipv6` behind the name is its
   * address of IPv6.
   */
  neighbour?: true;
  /** Rows of values: the case runs once for each, and its names stand for its values. */
  table?: {
    [name: string]: unknown;
  }[];
  /** What is done, in this order, until an expectation breaks. */
  steps: Step[];
  control?: Control;
  /**
   * Names of the mutants that have to fail it; by each those of its requirements that the fault
   * breaks, where these are not all of them.
   */
  killedBy?:
    | string[]
    | {
        [name: string]: string[];
      };
  /** Milliseconds that each step may take. Default: 20000. */
  timeout?: number;
}

/**
 * What has to be there for the case to say anything. Fields of containers and operations are
 * found in the case itself.
 */
export interface Needs {
  /** What an adapter has to declare beside the fields and operations that the case uses. */
  features?: Feature[];
  /**
   * That the statements are about runtimes which declare what the case asks for. To one that
   * declares it as unsupported they do not apply, and of a table the other rows are tried.
   */
  declared?: true;
  /** What the machine has to have, which the suite looks at itself. */
  host?: HostNeed[];
}

/**
 * `requests`: takes the requests of sc's own schemas; `command-line`: has that of sc; `logs`:
 * keeps what a container in the background writes; `restart`: has what starts containers again.
 */
export type Feature = 'requests' | 'command-line' | 'logs' | 'restart';

/**
 * `root`: the suite runs as root; `cgroup.NAME`: that controller; `scheduler.NAME`: disks can
 * have that one; `cgroup-v1`, `cgroup-v2`: control groups of that version; `time-namespaces`,
 * `user-namespaces`, `apparmor`, `selinux`: the kernel has them; `held-files`: it can hold files,
 * which a step `hold` needs anyway; `program:NAME`: that program is in PATH; `path:PATH`: that
 * file is there.
 */
export type HostNeed = string;

/**
 * A document of kind `Container` in the form of `container-file.schema.json`, without
 * `apiVersion`, `kind` and `metadata`. Without `image` it is of the case's root filesystem.
 */
export interface Container {
  [name: string]: unknown;
}

/** A file, directory or link: its text, or more of it. */
export type File =
  | string
  | {
      /** Its content. */
      text?: string;
      /** Its content, where that is no text. */
      base64?: string;
      /** So many bytes of zeros are its content. */
      bytes?: number;
      /** It is a directory. */
      directory?: true;
      /** It is a FIFO. */
      fifo?: true;
      /** It is a symbolic link with this text. */
      link?: string;
      /** It is another name of this file, of which the path is as in the key. */
      hardlink?: string;
      /** It is a tar of these entries. */
      tar?: Tar;
      /** It is a directory with images at rest. Among `files` alone. */
      archive?: ImageArchive;
      /** Its mode, in octal digits. */
      mode?: string;
      /** Numbers of its user and group. */
      owner?: string;
    };

/** What a column of the table has a value for. */
export type Place = string;

/** By the path of a value what stands there instead; null takes it away. */
export type Patch =
  | Place
  | {
      [name: string]: unknown;
    };

/** Entries of a tar, in this order, whatever they are. */
export type Tar = Place | (Place | TarEntry)[];

/**
 * An entry of a tar: a file, or what else it says. Nothing of it is checked, so that it can be
 * what nobody would write.
 */
export interface TarEntry {
  /** Its name; one of more than 100 bytes stands in a record of pax. */
  path?: string;
  /** Its name, where that is no text. */
  pathBase64?: string;
  /** Its content. */
  text?: string;
  /** Its content, where that is no text. */
  base64?: string;
  /** So many bytes of zeros are its content. */
  bytes?: number;
  /** It is a directory. */
  directory?: true;
  /** It is a FIFO. */
  fifo?: true;
  /** It is a symbolic link with this text. */
  link?: string;
  /** It is a hardlink to this name. */
  hardlink?: string;
  /** It is a character device of this number. */
  character?: string;
  /** It is a block device of this number. */
  block?: string;
  /** Its mode, in octal digits; 644, and 755 of a directory. */
  mode?: string;
  /** Numbers of its user and group; 0:0 without it. */
  owner?: string;
  /** Names of its user and group. */
  names?: string;
  /** When it was changed, in seconds since 1970; a text stands in a record of pax. */
  modified?: number | string;
  /** Records of pax before it. */
  pax?: {
    [name: string]: string;
  };
  /**
   * What stands in the fields of its header instead: `name`, `mode`, `uid`, `gid`, `size`,
   * `modified`, `checksum`, `type`, `link`, `magic`, `user`, `group`, `major`, `minor`, `prefix`.
   */
  fields?: {
    [name: string]: string;
  };
}

/**
 * Images at rest, sound but for what is said here. A script of the host makes an archive of the
 * directory.
 */
export interface ImageArchive {
  /** An OCI image layout (`oci`), or what is in a docker archive. Default: oci. */
  form?: string;
  /** The images. */
  images: FixtureImage[];
  /** Changes of `index.json`, or of the `manifest.json` of a docker archive. */
  index?: Patch;
  /** Changes of `oci-layout`. */
  layout?: Patch;
  /** Of `index` and `layout`. */
  edit?: Edit;
}

/** An image for this machine, on the root filesystem of the case, whose containers run a shell. */
export interface FixtureImage {
  /** Its name. */
  name?: string;
  /** Whether its lowest layer is the root filesystem of the case. Default: true. */
  base?: boolean;
  /** The layers above that, the lowest first. */
  layers?: Place | (FixtureLayer | Tar)[];
  /** Changes of its config. */
  config?: Patch;
  /** Changes of its image manifest. */
  manifest?: Patch;
  /** Changes of its descriptor in `index.json`. */
  entry?: Patch;
  /** Of `config` and `manifest`. */
  edit?: Edit;
}

/** A layer of which more is said than its entries. */
export interface FixtureLayer {
  /** Its entries. */
  tar: Tar;
  /** Whether two blocks of zeros stand behind them. Default: true. */
  ends?: boolean;
  /** What it is compressed by. */
  compression?: 'gzip' | 'zstd' | 'bzip2' | 'xz';
  /** So many bytes of the blob are missing at its end. Default: 0. */
  cut?: number;
  /** What follows behind that. */
  behind?: string;
  /** The byte at this place is another one. */
  flip?: number;
  /** What it is called, in place of what it is. */
  mediaType?: string;
  /** The diffID that the config says of it, in place of its own. */
  diffId?: string;
}

/** By the name of a document texts in its JSON, and what stands there instead, once. */
export interface Edit {
  [name: string]: Patch;
}

/** The same case without the property that it is about: an expectation has to break then. */
export interface Control {
  /** By the path of a value in the case what stands there instead; null takes it away. */
  patch: {
    [name: string]: unknown;
  };
}

/**
 * One thing that is done, with one of the keys from `run` to `join`, and what is expected of what
 * comes of it.
 */
export interface Step {
  run?: Run;
  exec?: Exec;
  /** Starts a container that has ended once more. Answers nothing. */
  start?: OnOne;
  /** Stops and starts a container. Answers nothing. */
  restart?: OnOne;
  /** Has a container end: its stop signal, some time, then SIGKILL. Answers nothing. */
  stop?: OnOne;
  /** Sends `signal` to the container's program. Answers nothing. */
  kill?: OnOne;
  /** Waits for a container. Answers `exit`, as `run` does. */
  wait?: OnOne;
  /**
   * Answers what the runtime says of a container: `status`, `id`, `pid` on the host while it runs,
   * `exit` when it has ended.
   */
  state?: OnOne;
  /** Answers what the runtime lists of this case: `containers`, each with `name` and `status`. */
  list?: true;
  /** Has all processes of a container stand still. Answers nothing. */
  pause?: OnOne;
  /** Has them go on. Answers nothing. */
  resume?: OnOne;
  /** Gives a container the name `to`. Answers nothing. */
  rename?: OnOne;
  /** Changes the limits of a container to `resources`. Answers nothing. */
  update?: OnOne;
  /** Deletes a container, with `force` also one that runs. Answers nothing. */
  delete?: OnOne;
  /** Answers `stdout` and `stderr`, what a container in the background has written. */
  logs?: OnOne;
  /** Answers `changes`, those that a container has made to its image, each with `kind` and `path`. */
  diff?: OnOne;
  /** Makes an image `image` of a container. Answers its `id`. */
  commit?: OnOne;
  copy?: Copy;
  call?: Call;
  cli?: CommandLine;
  caller?: Caller;
  host?: HostScript;
  /**
   * Lines for a shell of the other machine, which has the files of this one and a network of its
   * own. Answers as `host` does.
   */
  neighbour?: HostScript;
  /**
   * Looks at a file of the host, absolute. Answers `exists`, and of one that does `type`, `mode`,
   * `owner`, `size`, `text`, `link`, `entries`.
   */
  look?: string;
  /**
   * From now on who opens this file of the host, to read or to execute it, waits in the kernel,
   * until it is released, he is killed, or the attempt is over. It is there, and no directory; the
   * suite itself cannot look at it meanwhile. Answers nothing.
   */
  hold?: string;
  /** Who has come to open a file that is held. Answers `processes`, numbers on the host. */
  held?: string;
  /** Lets go of a file that is held: all who wait open it. Answers nothing. */
  release?: string;
  /**
   * What the kernel of the host says of process 1 of a container that runs: `pid`, `uid`, `gid`,
   * `groups`, `umask`, `arguments`, `environment`, `limits`, `namespaces`, `capabilities`,
   * `seccomp`, `noNewPrivileges`, `oomScoreAdjust`, `parent`, `session`, `mounts`, `controlGroups`,
   * `groupLimits`, `processes`.
   */
  process?: OnOne;
  /** Waits for what was begun with `background` under this name. Answers what that step does. */
  join?: string;
  /** Name under which what comes of it can be used later: `<<NAME.PATH>>`. */
  as?: string;
  /** It is only begun, and the next step done at once; a later `join` waits for it. */
  begin?: string;
  /**
   * Milliseconds in which the expectations have to come about: it is done again and again until
   * they have. For what only looks.
   */
  within?: number;
  expect?: Expectations;
}

/**
 * By the path of a value in the answer what it has to be: the value itself, or matchers. `error`
 * is a code, which stands for the kinds that count as it. A step without them has to succeed, and
 * is no assertion.
 */
export interface Expectations {
  [name: string]: unknown;
}

/**
 * Name of the container in this case: `main` is `container`, others stand in `containers`.
 * Default: main.
 */
export type ContainerKey = string;

/** Something that is done with one container. */
export interface OnOne {
  container?: ContainerKey;
  /**
   * What the runtime is given instead of the container's name, such as the beginning of an ID or a
   * name that nobody has.
   */
  reference?: string;
  /** Name of a signal, or its number. */
  signal?: string | number;
  /**
   * Milliseconds: of `stop` and `restart` those before SIGKILL, of `wait` those after which it has
   * failed.
   */
  timeout?: number;
  /** What `wait` waits for. Default: stopped. */
  condition?: 'stopped' | 'running' | 'paused' | 'healthy' | 'removed';
  /** Whether `delete` kills what runs. Default: false. */
  force?: boolean;
  /** The new name of `rename`: the name of a container in this case. */
  to?: string;
  /** Name of the image that `commit` makes. */
  image?: string;
  /** Those that `update` changes, in the form of `operations/update.schema.json`. */
  resources?: {
    [name: string]: unknown;
  };
}

/** Program and arguments. */
export type Program = string[];

/** Lines for `/bin/sh -c`, in place of a program. */
export type Script = string;

/** Text on the standard input, which is empty without it. */
export type Stdin = string;

/**
 * Makes a container and starts it. Answers when it has ended `exit` (`code`; `signal` where one
 * ended it; `cause` where the runtime tells it), `stdout`, `stderr`, and with `probe` its
 * `answers`; in the background when its program runs `id` and `pid` where the runtime tells them.
 */
export interface Run {
  container?: ContainerKey;
  args?: Program;
  script?: Script;
  probe?: Probe;
  stdin?: Stdin;
  /** Whether it lives on alone, and is not waited for. Default: false. */
  background?: boolean;
  /** Whether a container in the background is deleted when it has ended. Default: false. */
  removeOnExit?: boolean;
  /** What of the container is otherwise in this step, laid over it map by map. */
  with?: Container;
}

/** Executes a program in a container that runs. Answers as `run` does. */
export interface Exec {
  container?: ContainerKey;
  /** What the runtime is given instead of the container's name. */
  reference?: string;
  args?: Program;
  script?: Script;
  probe?: Probe;
  stdin?: Stdin;
  /** As whom, in the forms of `process.user`. */
  user?: string;
  /** Variables over those of the container; null takes one away. */
  environment?: {
    [name: string]: string | null;
  };
  /** Its working directory. */
  cwd?: string;
}

/**
 * System calls that a static program without a library makes, each in a process of its own.
 * Answers `answers`, one for each: `result`, `errno` (a name, or null), `signal` (which ended the
 * process), `text` (what was read), `entries`.
 */
export type Probe = Question[];

/** One system call, or a file that is read. */
export interface Question {
  /** Opens this path. */
  open?: string;
  /** How; `O_RDONLY` without it. */
  flags?: (
    | 'O_RDONLY'
    | 'O_WRONLY'
    | 'O_RDWR'
    | 'O_CREAT'
    | 'O_EXCL'
    | 'O_TRUNC'
    | 'O_DIRECTORY'
    | 'O_NOFOLLOW'
    | 'O_NONBLOCK'
    | 'O_PATH'
  )[];
  /** Reads this file, at most 64 KiB of it. */
  read?: string;
  /** Reads this symbolic link. */
  readLink?: string;
  /** Reads the names in this directory. */
  list?: string;
  /**
   * A system call by its name, or by its number, and its arguments: numbers, texts, and `$buffer`
   * for memory.
   */
  call?: (string | number)[];
  /**
   * By which entry of the kernel the call is made: that of 32-bit programs, or by the numbers of
   * x32. What the processor does not have answers ENOSYS.
   */
  entry?: '32-bit' | 'x32';
}

/**
 * Copies between the host and containers, where `CONTAINER:/PATH` is a place in one, by its name
 * in this case, and every other one of the host. Answers nothing.
 */
export interface Copy {
  /** What is copied. */
  from: string;
  /** Where to. */
  to: string;
  /** Whether owners and all else is kept. Default: false. */
  archive?: boolean;
  /** To whom it belongs in the container. */
  owner?: string;
}

/**
 * A request in the form of its own schema, for runtimes with the feature `requests`. Answers its
 * result.
 */
export interface Call {
  /**
   * Name of the operation: that of its schema in `schema/operations/`, or `validate`, `plan`,
   * `apply`.
   */
  operation: string;
  /** The request. */
  request:
    | Place
    | {
        [name: string]: unknown;
      };
  /** A file of the host that is its standard input, which is empty without it. */
  input?: string;
  /** A file of the host that gets its standard output. */
  output?: string;
}

/**
 * The command line of a runtime with the feature `command-line`, in `<<tmp>>`. Answers `code`,
 * `signal`, `stdout`, `stderr`, and `json` where the standard output is one.
 */
export interface CommandLine {
  /** The words behind the name of the program. */
  args?: Program;
  /** A program of the host, with its arguments, which executes it: for what a caller passes on. */
  through?: Program;
  /**
   * Lines for `sh -eu -c` on the host in place of `args`, in which `runtime` is the command line:
   * for bytes, pipes and several of them.
   */
  script?: Script;
  stdin?: Stdin;
  /**
   * Whether its standard input goes on until a step `caller` ends it. With a terminal it always
   * does. Default: false.
   */
  keepOpen?: boolean;
  /**
   * It runs on a terminal of this size, which it gets as its three streams and as its controlling
   * terminal; all that is shown there is its `stdout`, and `raw` says whether the terminal let
   * every key through at its end.
   */
  terminal?: TerminalSize;
  /** Variables beside those that every program needs. */
  environment?: {
    [name: string]: string;
  };
}

/** Size of a terminal in characters. */
export interface TerminalSize {
  /** Its lines. Default: 24. */
  rows?: number;
  /** Characters in a line. Default: 80. */
  columns?: number;
}

/**
 * Does something in the place of who has begun a step `cli`: types, resizes, sends a signal, or
 * nothing. Answers what is to be seen until then: `stdout`, `stderr`, `ended`, and of a terminal
 * whether it is `raw`.
 */
export interface Caller {
  /** The name under which it was begun. */
  of: string;
  /** Keys or bytes for its input. */
  type?: string;
  /** Its terminal gets this size. */
  resize?: TerminalSize;
  /** Name of a signal that it gets. */
  signal?: string;
  /** Whether its input ends; a terminal is gone then, as when its window is closed. Default: false. */
  end?: boolean;
}

/**
 * Lines for `sh -eu -c` on the host, in `<<tmp>>`: for what has to be made or looked at outside.
 * Answers `code`, `signal`, `stdout`, `stderr`, and `json` where the standard output is one.
 */
export interface HostScript {
  /** The lines. Values of the case are best given as variables. */
  script: string;
  stdin?: Stdin;
  /** Variables for them. */
  environment?: {
    [name: string]: string;
  };
}
