// Generated from schema/answer.schema.json by `npm run generate`; not to be edited.

import type { ConformanceAnswer } from './conformance-answer.ts';
import type { ContainerState, ExitStatus } from './container-state.ts';
import type { Fault, Problem } from './fault.ts';
import type { AdoptResult } from './operations/adopt.ts';
import type { AttachResult } from './operations/attach.ts';
import type { CommitResult } from './operations/commit.ts';
import type { CompleteResult, CompletionScript } from './operations/complete.ts';
import type { CopyResult } from './operations/copy.ts';
import type { DeleteResult } from './operations/delete.ts';
import type { DiffResult } from './operations/diff.ts';
import type { EventsResult } from './operations/events.ts';
import type { ExecResult } from './operations/exec.ts';
import type { ExplainResult, ExplainSubjects } from './operations/explain.ts';
import type { ExportKubernetesResult } from './operations/export-kubernetes.ts';
import type { FeaturesResult } from './operations/features.ts';
import type { ImageExportResult } from './operations/image-export.ts';
import type { ImageHistoryResult } from './operations/image-history.ts';
import type { ImageInspectResult } from './operations/image-inspect.ts';
import type { ImageListResult } from './operations/image-list.ts';
import type { LoadedImages } from './operations/image-many.ts';
import type { ImagePruneResult } from './operations/image-prune.ts';
import type { ImageRemoveResult } from './operations/image-remove.ts';
import type { ImageSaveResult } from './operations/image-save.ts';
import type { ImageTagResult } from './operations/image-tag.ts';
import type { ImageVerifyResult } from './operations/image-verify.ts';
import type { ImportComposeResult } from './operations/import-compose.ts';
import type { ListResult } from './operations/list.ts';
import type { LogsResult } from './operations/logs.ts';
import type { ContainerName, Many } from './operations/many.ts';
import type { NetworkConnectResult } from './operations/network-connect.ts';
import type { NetworkCreateResult } from './operations/network-create.ts';
import type { NetworkDisconnectResult } from './operations/network-disconnect.ts';
import type { NetworkInspectResult } from './operations/network-inspect.ts';
import type { NetworkListResult } from './operations/network-list.ts';
import type { NetworkPruneResult } from './operations/network-prune.ts';
import type { NetworkRemoveResult } from './operations/network-remove.ts';
import type { PluginResult } from './operations/plugin-many.ts';
import type { PortResult } from './operations/port.ts';
import type { PortabilityResult } from './operations/portability.ts';
import type { RunResult } from './operations/run.ts';
import type { StartResult } from './operations/start.ts';
import type { StatsResult } from './operations/stats.ts';
import type { TopResult } from './operations/top.ts';
import type { VolumeCreateResult } from './operations/volume-create.ts';
import type { VolumeExportResult } from './operations/volume-export.ts';
import type { VolumeImportResult } from './operations/volume-import.ts';
import type { VolumeInspectResult } from './operations/volume-inspect.ts';
import type { VolumeListResult } from './operations/volume-list.ts';
import type { VolumePruneResult } from './operations/volume-prune.ts';
import type { VolumeRemoveResult } from './operations/volume-remove.ts';
import type { VolumeSnapshotResult } from './operations/volume-snapshot.ts';
import type { WaitResult } from './operations/wait.ts';
import type { Change, Plan } from './plan.ts';

/**
 * What a command prints on standard output with `--json`: one object, and nothing else; of `sc
 * logs`, `sc events` and `sc stats` one a line, as long as there are some.
 */
export type Answer =
  | Failure
  | Validation
  | Plan
  | SystemCalls
  | PortabilityResult
  | FeaturesResult
  | ExplainResult
  | ExplainSubjects
  | CompleteResult
  | CompletionScript
  | ImportComposeResult
  | AdoptResult
  | ExportKubernetesResult
  | PluginResult
  | ConformanceAnswer
  | Applied
  | Ended
  | ListResult
  | ContainerState
  | Diagnosis
  | Scorecard
  | Many
  | DeleteResult
  | RunResult
  | StartResult
  | ContainerName
  | LogsResult
  | TopResult
  | PortResult
  | StatsResult
  | ExecResult
  | DiffResult
  | CommitResult
  | CopyResult
  | EventsResult
  | AttachResult
  | WaitResult
  | LoadedImages
  | ImageSaveResult
  | ImageListResult
  | ImageTagResult
  | ImageRemoveResult
  | ImagePruneResult
  | ImageInspectResult
  | ImageHistoryResult
  | ImageVerifyResult
  | ImageExportResult
  | VolumeCreateResult
  | VolumeListResult
  | VolumeInspectResult
  | VolumeRemoveResult
  | VolumePruneResult
  | VolumeSnapshotResult
  | VolumeExportResult
  | VolumeImportResult
  | NetworkCreateResult
  | NetworkListResult
  | NetworkInspectResult
  | NetworkRemoveResult
  | NetworkPruneResult
  | NetworkConnectResult
  | NetworkDisconnectResult;

/** What every command prints when it fails. */
export interface Failure {
  /** What went wrong. */
  error: Fault;
}

/** `sc validate` of a valid file. */
export interface Validation {
  /** The container file, as it was named. */
  file: string;
  /**
   * What is in it, in its order.
   *
   * Items: One document.
   */
  documents: {
    /** Its kind. */
    kind: string;
    /** Its name. */
    name: string;
  }[];
  /** What is right, but cannot be honoured by the backend yet. */
  unsupported: Problem[];
}

/** `sc plan --syscalls`. */
export interface SystemCalls {
  /**
   * The containers that would be created.
   *
   * Items: What would be done to start one.
   */
  containers: {
    /** Its name. */
    name: string;
    /** Each step in words. */
    lines: string[];
  }[];
}

/** `sc apply`. */
export interface Applied {
  /** The container file, as it was named. */
  file: string;
  /** What has become of each document, in the order of the plan. */
  documents: AppliedDocument[];
  /** The images that were taken in, and have their names now. Not there where there were none. */
  images?: AppliedImage[];
  /** The steps of Jobs that were done, in this order. Not there where there were none. */
  steps?: AppliedStep[];
  /**
   * What the file expects of its Jobs, in the order of the plan, and whether it holds. Not there
   * where it expects nothing.
   */
  expectations?: AppliedExpectation[];
  /** The Jobs in the order in which they have ended. */
  jobs: Ended[];
  /** The signal after which no further Job was begun. */
  interrupted?: string;
}

/** One thing that a file expects of a container, and whether it holds. */
export interface AppliedExpectation {
  /** Name of the Job. */
  job: string;
  /** Name of the container: the Job's own, or that of a run step. */
  container: string;
  /** Its path in the document. */
  path: string;
  /** Where it stands in the file, from 1. */
  line: number;
  /** Its column there, from 1. */
  column: number;
  /** What the file says. */
  wanted: unknown;
  /** `passed`: it holds. `failed`: it does not. `unchecked`: the container did not come to its end. */
  result: 'passed' | 'failed' | 'unchecked';
  /** What was found instead, in words. Only there where it failed. */
  reason?: string;
  /** How long the container has run. Not there where it did not come to its end. */
  milliseconds?: number;
}

/** A step of a Job that was done, and what has come of it. */
export interface AppliedStep {
  /** Name of the Job. */
  job: string;
  /** The path of the step in its document. */
  path: string;
  /** How a container has ended that was waited for. */
  exit?: ExitStatus;
  /** What was copied. */
  copied?: CopyResult;
  /** The image that was made. */
  committed?: CommitResult;
  /** What was saved, and where. */
  saved?: ImageSaveResult;
  /** What a container has changed. */
  diff?: DiffResult;
}

/** What has become of a document. */
export interface AppliedDocument {
  /** Its kind. */
  kind: 'Container' | 'Job' | 'Volume' | 'Network' | 'Image';
  /** Its name. */
  name: string;
  /** What the plan says of it. */
  change: Change;
  /**
   * `done`: it is so. `failed`: what was done of it is undone, but for a Container that only is not
   * healthy. `skipped`: one that comes before it is not as far as it has to be. `interrupted`: a
   * signal has come before it was done. `undone`: it was done, and is as it was before, since
   * another has failed.
   */
  outcome: 'done' | 'undone' | 'failed' | 'skipped' | 'interrupted';
  /** Why it has failed. */
  error?: Fault;
  /** How long it took, from its first step. Not there where nothing was done. */
  milliseconds?: number;
  /** Why it was skipped, in words. */
  because?: string;
}

/** An image that was taken in. */
export interface AppliedImage {
  /** Its full name. */
  name: string;
  /** The image's ID: the digest of its config. */
  id: string;
  /** The digest of its image manifest. */
  digest: string;
}

/** `sc run`: a container that has run to its end. */
export interface Ended {
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /** How it has ended. */
  exit: ExitStatus;
  /** When it was started: RFC 3339, UTC, to the millisecond. */
  startedAt: string;
  /** When it ended: RFC 3339, UTC, to the millisecond. */
  finishedAt: string;
  /** Whether its record and what it wrote are deleted. */
  removed: boolean;
}

/** `sc doctor`. */
export interface Diagnosis {
  /** Whether containers can run here. */
  fit: boolean;
  /** Each look at the host. */
  checks: Check[];
}

/** One look at the host. */
export interface Check {
  /** What is looked at. */
  name: string;
  /** `fail` keeps containers from running, `warn` takes something away from them. */
  status: 'ok' | 'warn' | 'fail';
  /** What there is. */
  found: string;
  /** What follows from it. */
  meaning?: string;
  /** How to mend it. */
  remedy?: string;
}

/** `sc doctor --security`. */
export interface Scorecard {
  /** Who was compared, sc first. */
  runtimes: RuntimeScore[];
  /** Each thing that a container should not see or not be able to do. */
  checks: ScoredCheck[];
  /** The signal that asked for the end before all had their turn. */
  interrupted?: string;
}

/** What a runner's own default profile has come to. */
export interface RuntimeScore {
  /** What it is called. */
  name: string;
  /** `absent` is not installed or has no daemon, `failed` did not run the probe. */
  status: 'probed' | 'absent' | 'failed';
  /** The first line that it says of itself. */
  version?: string;
  /** Why there are no results. */
  reason?: string;
  /** Points for all that is as it should be. */
  score?: number;
}

/** One thing that a container should not see or not be able to do. */
export interface ScoredCheck {
  /** What it belongs to. */
  group: string;
  /** What should hold. */
  name: string;
  /** Of 100 for all checks together. */
  points: number;
  /** What an attacker has of it. */
  reason: string;
  /** Of each runner that was probed. */
  results: CheckResult[];
}

/** Whether it holds in a container of one runner. */
export interface CheckResult {
  /** Name of the runner. */
  runtime: string;
  /** Whether it holds. */
  ok: boolean;
  /** What was found where it does not. */
  found?: string;
}
