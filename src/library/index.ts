/**
 * Containers for programs: files are loaded, checked, planned and applied, and containers and images worked with, as the
 * command `sc` does, whose operations these are. Each operation takes a request, the settings that say where and by what
 * it works, and the caller; it answers a value or throws an ScError, and prints nothing. Those on many containers throw
 * nothing for one of them: each is tried, and the answer has the failures.
 *
 * Beside what each says of itself, all throw SC_USAGE for an unknown backend or storage driver, SC_WRONG_STATE for a
 * store of another storage driver, SC_HOST_UNFIT for a directory of state that others could write to, SC_LOCKED while
 * somebody else is at work there for long, and SC_SYSTEM_CALL for what the kernel refuses.
 */

export { loadFile, parseDocuments } from '../document/load.ts';
export type { Place } from '../document/places.ts';
export type { SourceDocument } from '../document/source-document.ts';
export type { Variables } from '../document/variables.ts';
export { type ErrorCode, type ErrorDetails, ScError } from '../errors/error.ts';
export { InvalidFileError, type Problem } from '../errors/problem.ts';
export { adopt } from '../operations/adopt.ts';
export { type ApplyRequest, type ApplyView, apply } from '../operations/apply.ts';
export { attach } from '../operations/attach.ts';
export type { Caller, CallerStream, SignalSource } from '../operations/caller.ts';
export { commit } from '../operations/commit.ts';
export { copy } from '../operations/copy.ts';
export { deleteContainers } from '../operations/delete.ts';
export { diff } from '../operations/diff.ts';
export { diagnose } from '../operations/doctor.ts';
export { events } from '../operations/events.ts';
export { exec } from '../operations/exec.ts';
export { explain } from '../operations/explain.ts';
export { exportKubernetes } from '../operations/export-kubernetes.ts';
export { features } from '../operations/features.ts';
export type { FileRequest } from '../operations/file-request.ts';
export { exportRootFilesystem } from '../operations/image/export.ts';
export { imageHistory } from '../operations/image/history.ts';
export { importImage } from '../operations/image/import.ts';
export { inspectImage } from '../operations/image/inspect.ts';
export { listImages } from '../operations/image/list.ts';
export { loadImages } from '../operations/image/load.ts';
export type { Progress } from '../operations/image/progress.ts';
export { pruneImages } from '../operations/image/prune.ts';
export { removeImages } from '../operations/image/remove.ts';
export { saveImages } from '../operations/image/save.ts';
export { tagImage } from '../operations/image/tag.ts';
export { verifyImages } from '../operations/image/verify.ts';
export { importCompose } from '../operations/import-compose.ts';
export { inspect } from '../operations/inspect.ts';
export { kill } from '../operations/kill.ts';
export { list, listedStatus } from '../operations/list.ts';
export type { LogForm } from '../operations/log-output.ts';
export { type LogsOutcome, logs } from '../operations/logs.ts';
export type { MonitorCaller } from '../operations/monitor.ts';
export { connectNetwork, disconnectNetwork } from '../operations/network/connect.ts';
export { createNetwork } from '../operations/network/create.ts';
export { inspectNetwork } from '../operations/network/inspect.ts';
export { listNetworks } from '../operations/network/list.ts';
export { pruneNetworks, removeNetworks } from '../operations/network/remove.ts';
export { pause, resume } from '../operations/pause.ts';
export { explainSystemCalls, type PlanRequest, plan } from '../operations/plan.ts';
export { addPlugin, listPlugins, removePlugin } from '../operations/plugins.ts';
export { port } from '../operations/port.ts';
export { portability } from '../operations/portability.ts';
export { rename } from '../operations/rename.ts';
export { restart } from '../operations/restart.ts';
export { runObject as run } from '../operations/run-object.ts';
export type { Settings } from '../operations/settings.ts';
export { start } from '../operations/start.ts';
export { startAttached } from '../operations/start-attached.ts';
export { stats } from '../operations/stats.ts';
export { stop } from '../operations/stop.ts';
export { top } from '../operations/top.ts';
export { update } from '../operations/update.ts';
export { validate } from '../operations/validate.ts';
export { createVolume } from '../operations/volume/create.ts';
export { exportVolume } from '../operations/volume/export.ts';
export { importVolume } from '../operations/volume/import.ts';
export { inspectVolume } from '../operations/volume/inspect.ts';
export { listVolumes } from '../operations/volume/list.ts';
export { pruneVolumes } from '../operations/volume/prune.ts';
export { removeVolumes } from '../operations/volume/remove.ts';
export { removeSnapshot, restoreVolume, snapshotVolume } from '../operations/volume/snapshot.ts';
export { wait } from '../operations/wait.ts';
export { UnsupportedError } from '../plan/unsupported.ts';
export type { Applied, AppliedDocument, Check, Diagnosis, Ended, Validation } from '../schema/answer.ts';
export type { ContainerFile } from '../schema/container-file.ts';
export type { ContainerSpec } from '../schema/container-spec.ts';
export type { ContainerState, ExitStatus } from '../schema/container-state.ts';
export type { Fault } from '../schema/fault.ts';
export type { AdoptRequest, AdoptResult } from '../schema/operations/adopt.ts';
export type { AttachRequest, AttachResult } from '../schema/operations/attach.ts';
export type { CommitRequest, CommitResult } from '../schema/operations/commit.ts';
export type { CopyPlace, CopyRequest, CopyResult } from '../schema/operations/copy.ts';
export type { DeleteRequest, DeleteResult } from '../schema/operations/delete.ts';
export type { DiffRequest, DiffResult } from '../schema/operations/diff.ts';
export type { EventRecord, EventsRequest } from '../schema/operations/events.ts';
export type { ExecRequest, ExecResult } from '../schema/operations/exec.ts';
export type { ExplainRequest, ExplainResult, ExplainSubjects } from '../schema/operations/explain.ts';
export type {
  ExportKubernetesRequest,
  ExportKubernetesResult,
} from '../schema/operations/export-kubernetes.ts';
export type { FeaturesResult } from '../schema/operations/features.ts';
export type { ImageExportRequest, ImageExportResult } from '../schema/operations/image-export.ts';
export type { ImageHistoryRequest, ImageHistoryResult } from '../schema/operations/image-history.ts';
export type { ImageImportRequest, ImageImportResult } from '../schema/operations/image-import.ts';
export type { ImageInspectRequest, ImageInspectResult } from '../schema/operations/image-inspect.ts';
export type { ImageListRequest, ImageListResult } from '../schema/operations/image-list.ts';
export type { ImageLoadRequest, ImageLoadResult } from '../schema/operations/image-load.ts';
export type { ImagePruneRequest, ImagePruneResult } from '../schema/operations/image-prune.ts';
export type { ImageRemoveRequest, ImageRemoveResult } from '../schema/operations/image-remove.ts';
export type { ImageSaveRequest, ImageSaveResult } from '../schema/operations/image-save.ts';
export type { ImageTagRequest, ImageTagResult } from '../schema/operations/image-tag.ts';
export type { ImageVerifyRequest, ImageVerifyResult } from '../schema/operations/image-verify.ts';
export type { ImportComposeRequest, ImportComposeResult } from '../schema/operations/import-compose.ts';
export type { InspectRequest, InspectResult } from '../schema/operations/inspect.ts';
export type { KillRequest, KillResult } from '../schema/operations/kill.ts';
export type { ListedStatus, ListRequest, ListResult } from '../schema/operations/list.ts';
export type { LogRecord, LogsRequest } from '../schema/operations/logs.ts';
export type { ContainerName, FailedReference, Many } from '../schema/operations/many.ts';
export type { NetworkConnectRequest, NetworkConnectResult } from '../schema/operations/network-connect.ts';
export type { NetworkCreateRequest, NetworkCreateResult } from '../schema/operations/network-create.ts';
export type {
  NetworkDisconnectRequest,
  NetworkDisconnectResult,
} from '../schema/operations/network-disconnect.ts';
export type { NetworkInspectRequest, NetworkInspectResult } from '../schema/operations/network-inspect.ts';
export type { NetworkListRequest, NetworkListResult } from '../schema/operations/network-list.ts';
export type { NetworkPruneResult } from '../schema/operations/network-prune.ts';
export type { NetworkRemoveRequest, NetworkRemoveResult } from '../schema/operations/network-remove.ts';
export type { PauseRequest, PauseResult } from '../schema/operations/pause.ts';
export type { PluginRequest, PluginResult } from '../schema/operations/plugin-many.ts';
export type { PortRequest, PortResult } from '../schema/operations/port.ts';
export type { PortabilityResult } from '../schema/operations/portability.ts';
export type { RenameRequest } from '../schema/operations/rename.ts';
export type { RestartRequest, RestartResult } from '../schema/operations/restart.ts';
export type { ResumeRequest, ResumeResult } from '../schema/operations/resume.ts';
export type { RunRequest } from '../schema/operations/run.ts';
export type { StartRequest, StartResult } from '../schema/operations/start.ts';
export type { StatsRequest, StatsResult } from '../schema/operations/stats.ts';
export type { StopRequest, StopResult } from '../schema/operations/stop.ts';
export type { TopRequest, TopResult } from '../schema/operations/top.ts';
export type { UpdateRequest, UpdateResult } from '../schema/operations/update.ts';
export type { VolumeCreateRequest, VolumeCreateResult } from '../schema/operations/volume-create.ts';
export type { VolumeExportRequest, VolumeExportResult } from '../schema/operations/volume-export.ts';
export type { VolumeImportRequest, VolumeImportResult } from '../schema/operations/volume-import.ts';
export type { VolumeInspectRequest, VolumeInspectResult } from '../schema/operations/volume-inspect.ts';
export type { VolumeListRequest, VolumeListResult } from '../schema/operations/volume-list.ts';
export type { VolumePruneRequest, VolumePruneResult } from '../schema/operations/volume-prune.ts';
export type { VolumeRemoveRequest, VolumeRemoveResult } from '../schema/operations/volume-remove.ts';
export type { VolumeSnapshotRequest, VolumeSnapshotResult } from '../schema/operations/volume-snapshot.ts';
export type { WaitRequest, WaitResult } from '../schema/operations/wait.ts';
export type { Plan, PlanStep } from '../schema/plan.ts';
export { type Collected, type CollectOptions, collectOutput } from './collect-output.ts';
export { type CallerOptions, processCaller } from './process-caller.ts';
export { defaultSettings } from './settings.ts';
