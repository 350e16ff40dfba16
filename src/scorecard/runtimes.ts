import type { Runtime } from './runtime.ts';
import { bubblewrap } from './runtimes/bubblewrap.ts';
import { docker } from './runtimes/docker.ts';
import { lxc } from './runtimes/lxc.ts';
import { crun, runc } from './runtimes/oci.ts';
import { podman } from './runtimes/podman.ts';
import { scRuntime } from './runtimes/sc.ts';

/** All who are compared, sc first; `self` is argv that starts sc. */
export function runtimes(self: readonly string[]): Runtime[] {
  return [scRuntime(self), runc, crun, podman, docker, lxc, bubblewrap];
}
