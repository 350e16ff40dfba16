import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import type { CgroupPlan } from '../../linux/cgroup/cgroup.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { possibleGroups } from '../../linux/cgroup/plan.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { ContainerHandle, LaunchRequest } from '../backend.ts';
import { startOf } from '../native/failure.ts';
import { removeLeftCgroups, viewHost } from '../native/host.ts';
import { joinedNetwork } from '../native/joined-network.ts';
import { mapBinds } from '../native/mapped-binds.ts';
import { explain } from '../native/program/explain.ts';
import type { Program } from '../native/program/program.ts';
import type { HostView, RenderRequest } from '../native/render/input.ts';
import { sealSmallInit } from '../native/small-init.ts';
import { checkSecret, sourceKind, withoutSkipped } from '../native/source.ts';
import { renderEntry } from './render/entry.ts';
import { renderToolKeeper } from './render/keeper.ts';
import { startByTool } from './start.ts';
import { MESSAGES, type Tool } from './tool.ts';

export interface ToolOptions {
  /** sc's directory. */
  root: string;
  /** The control group above those of the containers, in each hierarchy. */
  cgroupParent: string;
}

/** What differs from tool to tool. */
export interface ToolBackend {
  /** How a container is made, whose files are in `directory`. */
  toolFor(request: RenderRequest, directory: string): Tool;
  /** The files of `tool.files`, by their names. */
  filesFor(request: RenderRequest, host: HostView): ReadonlyMap<string, string>;
  /** Removes what the tool itself has of a container, whatever state it is in; no effect where it has nothing. */
  forget(id: string): Promise<void>;
  /** The error for a step of the start that is the tool's; `said` is what it has said. Undefined for other steps. */
  explain(label: string, errno: string, said: string, container: ContainerSpec): ScError | undefined;
}

/** Where the files of a container are while it runs. */
export function directoryOf({ root }: Pick<ToolOptions, 'root'>, id: string): string {
  return join(root, 'tools', id);
}

/** Starts a container by a tool; as Backend.launch. */
export async function launchByTool(
  request: LaunchRequest,
  backend: ToolBackend,
  options: ToolOptions,
): Promise<ContainerHandle> {
  const { id, process } = request.container;
  const cleanUp = () => cleanUpByTool(id, backend, options);
  return startByTool(request, cleanUp, (given) => {
    const { files, program, entry } = renderByTool(given, backend, options);
    const directory = directoryOf(options, id);
    removeDirectory(directory);
    makeDirectory(directory, files);
    const explain = (label: string, errno: string) =>
      backend.explain(label, errno, messagesIn(directory), request.container);
    const attempt = { ...startOf(process.args[0], entry), explain };
    const joined = joinedNetwork(request);
    const { forKeeper, release } = sealSmallInit(entry);
    return { program, forKeeper: [...forKeeper, ...joined, ...(request.holds ?? [])], release, attempt };
  });
}

/** As Backend.explain. */
export function explainByTool(request: RenderRequest, backend: ToolBackend, options: ToolOptions): string[] {
  const { files, program, entry } = renderByTool(request, backend, options);
  return [
    ...[...files].flatMap(([name, text]) => [`${name}:`, ...text.trimEnd().split('\n')]),
    'in the keeper:',
    ...explain(program),
    'in the container:',
    ...explain(entry),
  ];
}

/** What a container is made of: pure, but for a look at the host. */
interface Rendered {
  files: ReadonlyMap<string, string>;
  /** The lists of the keeper, and of the container's first process. */
  program: Program;
  entry: Program;
}

function renderByTool(request: RenderRequest, backend: ToolBackend, options: ToolOptions): Rendered {
  const { root, cgroupParent } = options;
  const container = withoutSkipped(request.container);
  container.security.secrets.forEach(checkSecret);
  const rendered = { ...request, container, mappedBinds: mapBinds({ ...request, container }) };
  const cacheDirectory = join(root, 'cache', 'seccomp');
  const view = viewHost(container, { cgroupParent, cacheDirectory, sourceKind });
  const host = { ...view, cgroups: withAllGroups(view.cgroups, container.id, options) };
  const directory = directoryOf(options, container.id);
  const tool = backend.toolFor(rendered, directory);
  return {
    files: backend.filesFor(rendered, host),
    program: renderToolKeeper(rendered, host, tool),
    entry: renderEntry(rendered),
  };
}

/** Ends and removes what is left of a container; no effect where nothing is. */
export async function cleanUpByTool(id: string, backend: ToolBackend, options: ToolOptions): Promise<void> {
  await backend.forget(id);
  await removeLeftCgroups(options.cgroupParent, id);
  removeDirectory(directoryOf(options, id));
}

/** A tool makes groups in every tree, whatever is limited there. */
function withAllGroups(plan: CgroupPlan, id: string, { cgroupParent }: ToolOptions): CgroupPlan {
  const { groups, parents } = possibleGroups(readHostCgroups(), { parent: cgroupParent, id });
  const planned = new Set(plan.groups.map(({ path }) => path));
  const others = groups.filter((path) => !planned.has(path));
  return {
    ...plan,
    parents: parents.toReversed().map((path) => ({ path })),
    groups: [
      ...plan.groups,
      ...others.map((path) => ({ path, hierarchy: path, writes: [], procsFile: 'cgroup.procs' })),
    ],
  };
}

function makeDirectory(directory: string, files: ReadonlyMap<string, string>): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const [name, text] of files) writeFileSync(join(directory, name), text, { mode: 0o600 });
  } catch (cause) {
    throw failure('SC_START_FAILED', `write what the tool is given into "${directory}"`, cause);
  }
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** What a tool has said. */
export function messagesIn(directory: string): string {
  try {
    return readFileSync(join(directory, MESSAGES), 'utf8');
  } catch {
    return '';
  }
}
