// Generated from schema/features.schema.json by `npm run generate`; not to be edited.

/** What a backend declares: which fields of a container file it does as the file says. */
export interface Features {
  backend: BackendName;
  /**
   * By the path of each field in the schema of the container file, where `[]` stands for any item
   * of a list. A field that is not here is not supported.
   */
  fields: {
    [name: string]: Support;
  };
}

/** Name of a backend, as `--backend` takes it. */
export type BackendName = string;

/** How far a field is supported. */
export type Support = FullSupport | PartialSupport | NoSupport;

/** Every value is supported that the schema takes. */
export interface FullSupport {
  /** Every value is. */
  support: 'all';
  since?: Since;
}

/** Some values are supported; of a list, each item has to be one of them. */
export interface PartialSupport {
  /** Some values are. */
  support: 'some';
  /**
   * These values.
   *
   * Items: A value as the container file has it.
   */
  values: unknown[];
  /** And each text that begins like this. */
  beginnings?: string[];
  /** The default of the field, where it is none of them: a file has to say another value then. */
  unsupportedDefault?: unknown;
  reason: Reason;
  since?: Since;
}

/** No value is supported: a file may not have the field. */
export interface NoSupport {
  /** No value is. */
  support: 'none';
  reason: Reason;
}

/** Something that is done with a container, by the words of the command. */
export type OperationName =
  | 'run'
  | 'run --detach'
  | 'run --record'
  | 'plan --syscalls'
  | 'start'
  | 'restart'
  | 'stop'
  | 'kill'
  | 'wait'
  | 'delete'
  | 'rename'
  | 'exec'
  | 'attach'
  | 'logs'
  | 'pause'
  | 'resume'
  | 'top'
  | 'stats'
  | 'update'
  | 'copy'
  | 'diff'
  | 'commit';

/** How far something can be done with the containers of a backend. */
export type OperationSupport = WholeOperation | LimitedOperation;

/** It can be done. */
export interface WholeOperation {
  /** It can. */
  support: 'all';
}

/** It cannot be done, or not with each container. */
export interface LimitedOperation {
  /** `some`: with some containers, as the reason says. */
  support: 'some' | 'none';
  reason: Reason;
}

/** Why nothing else is supported, in words that follow a colon. */
export type Reason = string;

/** What it takes at least: a version of the kernel, or of the tool behind the backend. */
export type Since = string;
