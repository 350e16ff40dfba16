/**
 * Backends, which start containers: the interface, the optional powers that one may have beside, and how somebody else's
 * is added.
 */

export type {
  Accounting,
  Adopted,
  AdoptRequest,
  AnyBackend,
  Attaching,
  Attachment,
  Backend,
  Confirming,
  ContainerHandle,
  Depending,
  Detaching,
  DetachRequest,
  EtcFile,
  ExecuteRequest,
  Executing,
  Explaining,
  GuardOptions,
  Identity,
  LaunchRequest,
  LiveContainer,
  LivePowers,
  LogTarget,
  NetworkInterface,
  Owner,
  Pausing,
  Recording,
  Remark,
  Stdio,
  Unsupported,
  UpdateOptions,
  Updating,
  UserNamespaces,
} from '../backend/backend.ts';
export { all, each, none, some } from '../backend/features.ts';
export type { LeastBackend, LeastHandle } from '../backend/least.ts';
export type {
  Observations,
  Recorder,
  SeenDevice,
  SeenSyscall,
  SyscallForm,
  Unseen,
} from '../backend/recording.ts';
export {
  type BackendFields,
  type BackendOpener,
  type ConfiningField,
  registerBackend,
} from '../backend/register.ts';
export { ScError } from '../errors/error.ts';
export type { GroupUsage } from '../linux/cgroup/controllers/controller.ts';
export type { DeviceNumber } from '../linux/devices.ts';
export type { ContainerSpec, ResourcesSpec } from '../schema/container-spec.ts';
export type { Endpoint, ExitStatus, ProcessReference } from '../schema/container-state.ts';
export type { PartialSupport, Support } from '../schema/features.ts';
export type { FieldPath } from '../schema/field-paths.ts';
export type { MountInstruction, Rootfs } from '../storage/driver.ts';
