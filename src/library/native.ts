/**
 * The native engine by itself: a container is launched in a root filesystem that is there, by the kernel alone. No
 * record is kept, and no storage driver or monitor has a hand in it; but whatever its backend makes, it removes.
 */

export type {
  ContainerHandle,
  ExecuteRequest,
  LaunchRequest,
  NetworkInterface,
  Stdio,
} from '../backend/backend.ts';
export { type NativeOptions, nativeBackend } from '../backend/native/native.ts';
export type { Preparation } from '../operations/launch.ts';
export type { ContainerSpec } from '../schema/container-spec.ts';
export type { Endpoint, ExitStatus } from '../schema/container-state.ts';
export type { MountInstruction, Rootfs } from '../storage/driver.ts';
export { type PrepareOptions, prepareContainer } from './prepare-container.ts';
