// Generated from schema/image/config.schema.json by `npm run generate`; not to be edited.

import type { Digest } from './descriptor.ts';

/**
 * The config of an image: what it runs on, how a container of it starts, and of which layers its
 * root filesystem consists. The image's ID is the digest of its exact bytes. A member that is
 * null is as good as missing.
 */
export interface Config {
  /** The processor, in the words of Go. */
  architecture: string;
  /** The operating system. */
  os: string;
  /** Which of the processors of this name. */
  variant?: string | null;
  /** When it was made, RFC 3339. */
  created?: string | null;
  /** Who has made it. */
  author?: string | null;
  /** How a container of it starts, under what a file and the command line say. */
  config?: ImageProcess | null;
  rootfs: ImageRootfs;
  /** How each layer came about, lowest first. */
  history?: ImageHistory[] | null;
  [name: string]: unknown;
}

/** How a container of the image starts. */
export interface ImageProcess {
  /** The program, and its first arguments. */
  Entrypoint?: string[] | null;
  /** Arguments where none are given; without an entrypoint the program too. */
  Cmd?: string[] | null;
  /** Variables, each `NAME=VALUE`. */
  Env?: string[] | null;
  /** Who it runs as: `user`, `user:group`, or their numbers. */
  User?: string | null;
  /** Its working directory. */
  WorkingDir?: string | null;
  /** The signal that asks it to end. */
  StopSignal?: string | null;
  /** Labels of its containers. */
  Labels?: {
    [name: string]: string;
  } | null;
  /** Directories, as keys, whose content is not part of the image. */
  Volumes?: {
    [name: string]: {} | null;
  } | null;
  /** Ports, as keys, that it listens at. */
  ExposedPorts?: {
    [name: string]: {} | null;
  } | null;
  /** How it is asked whether it is well. */
  Healthcheck?: ImageHealthcheck | null;
  [name: string]: unknown;
}

/**
 * A command that succeeds as long as all is well. Times are nanoseconds, and 0 is as good as
 * missing.
 */
export interface ImageHealthcheck {
  /** `NONE`, `CMD` and a program with its arguments, or `CMD-SHELL` and a line for a shell. */
  Test?: string[] | null;
  /** Between two checks. */
  Interval?: number;
  /** After which a check has failed. */
  Timeout?: number;
  /** In which failures do not count. */
  StartPeriod?: number;
  /** Between two checks in that time. */
  StartInterval?: number;
  /** Failures one after another, after which it is not well. */
  Retries?: number;
  [name: string]: unknown;
}

/** Of which layers the root filesystem consists. */
export interface ImageRootfs {
  /** How it is made: there is one way. */
  type: 'layers';
  /** The digest of each layer's uncompressed tar, lowest first. */
  diff_ids?: Digest[] | null;
  [name: string]: unknown;
}

/** A step by which the image came about. */
export interface ImageHistory {
  /** When, RFC 3339. */
  created?: string | null;
  /** By which command. */
  created_by?: string | null;
  /** By whom. */
  author?: string | null;
  /** What there is to say of it. */
  comment?: string | null;
  /** Whether it made no layer. */
  empty_layer?: boolean | null;
  [name: string]: unknown;
}
