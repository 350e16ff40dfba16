/**
 * The interface of a backend, which starts containers: what every one has, and the optional powers that it may have
 * beside.
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
export type {
  Observations,
  Recorder,
  SeenDevice,
  SeenSyscall,
  SyscallForm,
  Unseen,
} from '../backend/recording.ts';
export { ScError } from '../errors/error.ts';
export type { GroupUsage } from '../linux/cgroup/controllers/controller.ts';
export type { DeviceNumber } from '../linux/devices.ts';
export type { ContainerSpec, ResourcesSpec } from '../schema/container-spec.ts';
export type { ExitStatus, ProcessReference } from '../schema/container-state.ts';
export type { MountInstruction, Rootfs } from '../storage/driver.ts';
