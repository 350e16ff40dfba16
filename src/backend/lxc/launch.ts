import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { findProgram, HOST_PATH } from '../../linux/find-program.ts';
import { isAtLeast } from '../../linux/kernel-version.ts';
import { sealedMemfd } from '../../linux/memfd.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { ContainerHandle, LaunchRequest } from '../backend.ts';
import { deviceControl } from '../native/devices.ts';
import { startOf } from '../native/failure.ts';
import { hostCgroups, removeGroups, viewHost } from '../native/host.ts';
import { joinedNetwork } from '../native/joined-network.ts';
import { mapBinds } from '../native/mapped-binds.ts';
import type { Program } from '../native/program/program.ts';
import type { RenderRequest } from '../native/render/input.ts';
import { renderSmallInit } from '../native/render/small-init.ts';
import { sealSmallInit } from '../native/small-init.ts';
import { checkSecret, sourceKind, withoutSkipped } from '../native/source.ts';
import { stageBytes } from '../native/stage/stage.ts';
import { directoryOf, messagesIn, removeDirectory } from '../tool/launch.ts';
import { startByTool } from '../tool/start.ts';
import type { Tool } from '../tool/tool.ts';
import { groupsOfLxc, placesOfLxc } from './groups.ts';
import { CONFIG, LOCKS, pivotGroup } from './layout.ts';
import { explainStep } from './messages.ts';
import { renderConfig } from './render/config.ts';
import { renderLxcInit } from './render/init.ts';
import { type LxcView, renderLxcKeeper } from './render/keeper.ts';

export interface LxcOptions {
  /** sc's directory. */
  root: string;
  /** The control group above those of the containers, in each hierarchy. */
  cgroupParent: string;
  /** Name or path of lxc-start. */
  program: string;
  /** Milliseconds in which lxc-start has to make a container, and to leave after its end. */
  patience: number;
  /** Whether the kernel tells how a process has ended that somebody else has reaped. */
  tellsEnds: boolean;
}

/** Linux 6.15 has PIDFD_INFO_EXIT. */
export function kernelTellsEnds(): boolean {
  return isAtLeast(release(), '6.15');
}

/** What a container is made of: pure, but for a look at the host. */
interface Rendered {
  /** The configuration of lxc-start. */
  config: string;
  /** The lists of the keeper, of init, and of a small init where there is one. */
  program: Program;
  init: Program;
  smallInit: Program | undefined;
}

export function renderLxc(request: RenderRequest, options: LxcOptions): Rendered {
  const { root, cgroupParent, tellsEnds } = options;
  const container = withTeller(withoutSkipped(request.container), options);
  container.security.secrets.forEach(checkSecret);
  const rendered = { ...request, container, mappedBinds: mapBinds({ ...request, container }) };
  const cacheDirectory = join(root, 'cache', 'seccomp');
  const view = viewHost(container, { cgroupParent, cacheDirectory, sourceKind, placeGroups: placesOfLxc });
  const devices = deviceControl(container.security, view.devices, hostCgroups());
  return {
    config: renderConfig(container, { cgroups: view.cgroups, cgroupParent, devices }),
    program: renderLxcKeeper(rendered, withLeft(view, container.id, options), toolFor(container.id, options)),
    init: renderLxcInit(rendered, view),
    smallInit: container.monitor.init ? renderSmallInit(rendered, undefined, tellsEnds) : undefined,
  };
}

/** Else a small init is process 1, which tells the end of the program. */
function withTeller(container: ContainerSpec, { tellsEnds }: LxcOptions): ContainerSpec {
  return tellsEnds ? container : { ...container, monitor: { ...container.monitor, init: true } };
}

/** Starts a container by lxc-start; as Backend.launch. */
export async function launchByLxc(request: LaunchRequest, options: LxcOptions): Promise<ContainerHandle> {
  requireLxc(options);
  const { id, process } = request.container;
  return startByTool(
    request,
    () => cleanUpLxc(id, options),
    (given) => {
      const { config, program, init, smallInit } = renderLxc(given, options);
      const directory = makeDirectory(id, config, options);
      const explain = (label: string, errno: string) =>
        explainStep(label, errno, messagesIn(directory), options);
      const { forKeeper, release } = seal(init, smallInit);
      return {
        program,
        forKeeper: [...forKeeper, ...joinedNetwork(request), ...(request.holds ?? [])],
        release,
        attempt: { ...startOf(process.args[0], smallInit), init, explain },
      };
    },
  );
}

/** In the order of givenSources (protocol.ts). */
function seal(init: Program, smallInit: Program | undefined): { forKeeper: number[]; release: () => void } {
  const forKeeper: number[] = [];
  const release = () => {
    for (const descriptor of forKeeper.splice(0)) closeSync(descriptor);
  };
  try {
    forKeeper.push(sealedMemfd('sc-stage', stageBytes()));
    forKeeper.push(sealedMemfd('sc-program', init.bytes));
    if (smallInit) forKeeper.push(...sealSmallInit(smallInit).forKeeper);
    return { forKeeper, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Ends and removes what is left of a container; no effect where nothing is. */
export async function cleanUpLxc(id: string, { root, cgroupParent }: LxcOptions): Promise<void> {
  await removeGroups(groupsOfLxc(placesOfLxc(hostCgroups()), { parent: cgroupParent, id }));
  removeDirectory(directoryOf({ root }, id));
}

function withLeft<View extends Omit<LxcView, 'left' | 'pivots'>>(
  view: View,
  id: string,
  { cgroupParent }: LxcOptions,
): View & LxcView {
  const { groups, parents } = groupsOfLxc(placesOfLxc(hostCgroups()), { parent: cgroupParent, id });
  const paths = (list: readonly string[]) => list.map((path) => ({ path }));
  return {
    ...view,
    left: { groups: paths(groups), parents: paths(parents.toReversed()) },
    pivots: view.cgroups.groups.map(({ path }) => join(dirname(path), pivotGroup(id))),
  };
}

function toolFor(id: string, { root, program, patience }: LxcOptions): Tool {
  const directory = directoryOf({ root }, id);
  const path = findProgram(program, HOST_PATH) ?? program;
  return {
    directory,
    files: [CONFIG],
    environment: [`PATH=${HOST_PATH}`],
    make: {
      argv: [
        ...[path, '--foreground', '--name', id, '--lxcpath', LOCKS, '--rcfile', join(directory, CONFIG)],
        // Its errors go to its standard error anyway.
        ...['--logfile', '/dev/null', '--logpriority', 'ERROR'],
      ],
      words: 'lxc-start',
    },
    patience,
  };
}

/** Throws SC_HOST_UNFIT where there is none. */
export function requireLxc({ program }: LxcOptions): void {
  if (findProgram(program, HOST_PATH) !== undefined) return;
  throw new ScError('SC_HOST_UNFIT', `start the container: this host has no ${program}`, {
    errno: 'ENOENT',
    hint: 'install lxc 5 or later, or use --backend native',
  });
}

function makeDirectory(id: string, config: string, { root }: LxcOptions): string {
  const directory = directoryOf({ root }, id);
  removeDirectory(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, CONFIG), config, { mode: 0o600 });
  return directory;
}
