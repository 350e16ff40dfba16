// Generated from schema/plan.schema.json by `npm run generate`; not to be edited.

import type { Step } from './container-file.ts';
import type { ContainerSpec, PortSpec, ResourcesSpec, RestartPolicy } from './container-spec.ts';
import type { NetworkSpec } from './network-spec.ts';
import type { VolumeSpec } from './volume-spec.ts';

/** What applying a file does, step by step. */
export interface Plan {
  /** The version of the form of this document. */
  apiVersion: 'standard-container/v1';
  /** The container file, as it was named. */
  file: string;
  /** Whether applying the file changes anything. */
  changes: boolean;
  /** The documents of the file, each behind those that it comes after. */
  documents: PlanDocument[];
  /**
   * Containers, networks, volumes and images that the file has made and does not name any more,
   * where they are not to be removed.
   */
  orphans?: Orphan[];
  /** What somebody has changed since the file was applied, where that was asked for. */
  drift?: Drift[];
  /**
   * What is done: the steps of the first document, then those of the second, and so on. Documents
   * that do not come after one another are done at the same time, but for Jobs, which are done one
   * after the other.
   */
  steps: PlanStep[];
}

/** What becomes of a document. */
export interface PlanDocument {
  /** Its kind. */
  kind: 'Container' | 'Job' | 'Volume' | 'Network' | 'Image';
  /** Its name. */
  name: string;
  change: Change;
  /** What comes before its steps, where it has any. */
  after: Prerequisite[];
  /** How many of the steps are its own. */
  steps: number;
}

/**
 * A container that its file does not name any more, or a network, volume or image that no other
 * container uses.
 */
export interface Orphan {
  /** What it is. */
  kind: 'Container' | 'Job' | 'Network' | 'Volume' | 'Image';
  /** ID of the container, 64 hex digits. */
  id?: string;
  /** Its name. */
  name: string;
  /** Absolute path of the file. */
  file: string;
}

/** A container that is otherwise than its file was applied, whatever the file says now. */
export interface Drift {
  /** The name that it was given. */
  name: string;
  /**
   * `deleted`, `stopped`, `renamed`: it was. `changed`: fields of it were. `image`: the name of its
   * image leads to another one.
   */
  what: 'deleted' | 'stopped' | 'renamed' | 'changed' | 'image';
  /** Fields that are otherwise: what was applied, and what it is now. */
  changes?: FieldChanges;
}

/**
 * `none`: it is as the file says. `restart`: it is, and is in the network of one that is started
 * anew. `create`: there is none. `update`: it is changed as it runs, and keeps its ID. `replace`:
 * what is there goes, and another comes in its place. `start`: it is as the file says, and does
 * not run. `run`: a Job runs each time. `remove`: the file does not name it any more.
 */
export type Change = 'none' | 'create' | 'update' | 'replace' | 'start' | 'restart' | 'run' | 'remove';

/** A document that comes before another one. */
export interface Prerequisite {
  /** Its kind. */
  kind: 'Container' | 'Job' | 'Volume' | 'Network' | 'Image';
  /** Its name. */
  name: string;
  /**
   * How far it has to be: a Container is `started`, or `healthy` by its check, a Job is `completed`
   * with code 0. Others have to be there.
   */
  condition?: 'started' | 'healthy' | 'completed';
}

/** One step of a plan. */
export type PlanStep =
  | ImageStep
  | DoStep
  | FinishStep
  | UpdateStep
  | StopStep
  | RemoveStep
  | CreateStep
  | CreateNetworkStep
  | RemoveNetworkStep
  | RemoveVolumeStep
  | RemoveImageStep
  | CreateVolumeStep
  | StartStep
  | WaitStep;

/** A step of a Job is done, as the file says it. */
export interface DoStep {
  /** A step of a Job is done. */
  kind: 'step';
  /** Name of the Job. */
  name: string;
  /** Its path in the document. */
  path: string;
  /** Where it stands in the file, from 1. */
  line: number;
  /** Its column there, from 1. */
  column: number;
  /** What the file says. Relative paths count from the directory of that. */
  step: Step;
  /** What a run starts; not there where its image is made by a step before. */
  container?: ContainerSpec;
  /** Every field of that with where it comes from. */
  fields?: PlanField[];
  expectations?: Expectations;
  /** What is done, in words. */
  reason: string;
}

/**
 * What a Job of steps has made and nobody keeps is deleted; what of it still runs is stopped
 * before.
 */
export interface FinishStep {
  /** A Job of steps is over. */
  kind: 'finish';
  /** Name of the Job. */
  name: string;
  /** Names of the containers that are deleted. */
  containers: string[];
  /** What is done, in words. */
  reason: string;
}

/** An image is taken into the store, and gets its name. */
export interface ImageStep {
  /** An image is taken into the store, and gets its name. */
  kind: 'image';
  /** Its full name. */
  name: string;
  /** The image's ID: the digest of its config. */
  id: string;
  /** The digest of its image manifest. */
  digest: string;
  /** ID of the image that loses the name to it. */
  replaces?: string;
  /** Its source: what it is, a colon, and its absolute path. */
  from: string;
  /**
   * A digest of what tells that the source is the same without reading it. It is kept with the
   * name.
   */
  mark?: string;
  /** Absolute path of the container file, which is recorded with it. */
  file?: string;
  /** Why, in words. */
  reason: string;
}

/**
 * A container gets other limits, another restart policy, other published ports or other labels,
 * and keeps its ID.
 */
export interface UpdateStep {
  /** A container is changed in place. */
  kind: 'update';
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /** Its limits from then on, where they change. */
  resources?: ResourcesSpec;
  /** Its restart policy from then on, where it changes. */
  restart?: RestartPolicy;
  /** Its published ports from then on, where they change. */
  ports?: PortSpec[];
  /** Its labels from then on, where they change. */
  labels?: {
    [name: string]: string;
  };
  changes: FieldChanges;
  /** Why, in words. */
  reason: string;
}

/** A container is stopped, by its stop signal and in its time. */
export interface StopStep {
  /** A container is stopped. */
  kind: 'stop';
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /** Why, in words. */
  reason: string;
}

/** What is otherwise than before, field by field. */
export type FieldChanges = FieldChange[];

/** A field that is otherwise than before. */
export interface FieldChange {
  /** Path in the container file; a mount is named by its target. */
  path: string;
  /**
   * What it is, as the container has it: sizes in bytes, times in milliseconds. Not there where
   * there is nothing of it.
   */
  before?: unknown;
  /** What it is then. Not there where nothing of it is left. */
  after?: unknown;
}

/**
 * A container is deleted. One that another comes in the place of is only set aside until that
 * runs, and comes back where it does not.
 */
export interface RemoveStep {
  /** A container is deleted. */
  kind: 'remove';
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /**
   * The name under which it is kept until another has come in its place. Without it, it is deleted
   * at once.
   */
  aside?: string;
  /** Why, in words. */
  reason: string;
}

/** A container is made, and not started yet. */
export interface CreateStep {
  /** A container is made, and not started yet. */
  kind: 'create';
  /** Name of the container. */
  name: string;
  container: ContainerSpec;
  /** Why, in words. */
  reason: string;
  changes?: FieldChanges;
  /** Every field of the container with where it comes from. */
  fields?: PlanField[];
}

/** A network is made. */
export interface CreateNetworkStep {
  /** A network is made. */
  kind: 'createNetwork';
  /** Name of the network. */
  name: string;
  network: NetworkSpec;
  /** Absolute path of the container file, which is recorded with it. */
  file?: string;
  /** Why, in words. */
  reason: string;
  /** Every field of the network with where it comes from. */
  fields?: PlanField[];
}

/** A network is removed that the files have made and no document names any more. */
export interface RemoveNetworkStep {
  /** A network is removed. */
  kind: 'removeNetwork';
  /** Name of the network. */
  name: string;
  /** Why, in words. */
  reason: string;
}

/**
 * A volume is removed, with all that is in it, that the files have made and no document names any
 * more.
 */
export interface RemoveVolumeStep {
  /** A volume is removed. */
  kind: 'removeVolume';
  /** Name of the volume. */
  name: string;
  /** Why, in words. */
  reason: string;
}

/**
 * A name that the files have given to an image and no document has any more is taken from it; the
 * image goes where it has no other.
 */
export interface RemoveImageStep {
  /** An image loses its name. */
  kind: 'removeImage';
  /** Its full name. */
  name: string;
  /** Why, in words. */
  reason: string;
}

/** A volume is made. */
export interface CreateVolumeStep {
  /** A volume is made. */
  kind: 'createVolume';
  /** Name of the volume. */
  name: string;
  volume: VolumeSpec;
  /** Absolute path of the container file, which is recorded with it. */
  file?: string;
  /** Why, in words. */
  reason: string;
  /** Every field of the volume with where it comes from. */
  fields?: PlanField[];
}

/** A container is started. */
export interface StartStep {
  /** A container is started. */
  kind: 'start';
  /** Name of the container. */
  name: string;
  /** Why, in words. */
  reason: string;
}

/** The end of a container is waited for. */
export interface WaitStep {
  /** The end of a container is waited for. */
  kind: 'wait';
  /** Name of the container. */
  name: string;
  expectations?: Expectations;
  /** Why, in words. */
  reason: string;
}

/** What has to hold of the container at its end. Not there where its file expects nothing. */
export type Expectations = Expectation[];

/** One thing that is expected of a container. */
export interface Expectation {
  /** Its path in the document. */
  path: string;
  /** Where it stands in the file, from 1. */
  line: number;
  /** Its column there, from 1. */
  column: number;
  /** What the file says. */
  wanted: unknown;
}

/** One field of a container. */
export interface PlanField {
  /** Path in the container file. */
  path: string;
  /** What it is, as the container has it: sizes in bytes, times in milliseconds, modes as numbers. */
  value: unknown;
  /** Who said it. */
  source: 'file' | 'image' | 'default' | 'commandLine';
  /** What is to be known of it on this host, in words. */
  remark?: string;
}
