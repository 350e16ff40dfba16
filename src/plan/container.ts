import { parseDuration } from '../document/units.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Process } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import { compileClocks } from './clocks.ts';
import type { Fields } from './fields.ts';
import { compileHooks } from './hooks.ts';
import { type ImageFacts, imageEnvironment, programOf } from './image-facts.ts';
import { parseImageReference } from './image-reference.ts';
import { volumesOfImage } from './image-volumes.ts';
import { compileLogging, compileMonitor } from './monitor.ts';
import { compileMounts, compileRootfs } from './mounts.ts';
import { compileNetwork, remarkOnNetwork } from './network.ts';
import { compileResources } from './resources.ts';
import type { Runnable } from './runnable.ts';
import { compileSecurity, type SecurityContext } from './security.ts';
import { compileUserNamespace, type MappedContainer, type OwnUserNamespace } from './user-namespace.ts';
import { anonymousNames, type VolumeFacts } from './volumes.ts';

const SIGTERM = 15;

/** What a document does not say of itself. */
interface ContainerContext extends SecurityContext {
  /** 64 hex digits. */
  id: string;
  removeOnExit: boolean;
  /** What the store knows of its image, if it is one of the store. */
  image: ImageFacts | undefined;
  /** Where ports are published that name no address; without it at all addresses. */
  publishAddress?: string | undefined;
  volumes: VolumeFacts;
  /** Of the same name, in whose place it comes. */
  earlier: ContainerSpec | undefined;
  /** Whether and how it can have a user namespace of its own on this host. */
  userNamespace: (container: MappedContainer) => OwnUserNamespace;
}

/** One container with every default filled in; sizes in bytes, times in milliseconds, modes as numbers. */
export function compileContainer(job: Runnable, context: ContainerContext, fields: Fields): ContainerSpec {
  const { id, directory, image } = context;
  const container: ContainerSpec = {
    id,
    name: job.metadata.name,
    kind: job.kind,
    labels: join('labels', job.labels, image?.config.Labels ?? {}, fields),
    image: compileImage(job.image, context, fields),
    rootfs: compileRootfs(job.rootfs ?? {}, fields),
    process: compileProcess(job.process ?? {}, image, fields),
    environment: join('environment', job.environment, image ? imageEnvironment(image.config) : {}, fields),
    network: compileNetwork(job, context, fields),
    resources: compileResources(job.resources ?? {}, fields),
    monitor: compileMonitor(job.monitor ?? {}, directory, fields),
    logging: compileLogging(job.logging ?? {}, fields),
    signals: {
      stopSignal: fields.convert('signals.stopSignal', job.signals?.stopSignal, SIGTERM, parseSignal),
      stopTimeout: fields.convert('signals.stopTimeout', job.signals?.stopTimeout, 10_000, (timeout) =>
        timeout === 'forever' ? -1 : parseDuration(timeout),
      ),
    },
    terminal: {
      tty: fields.take('terminal.tty', job.terminal?.tty, false),
      stdin: fields.take('terminal.stdin', job.terminal?.stdin, false),
      detachKeys: fields.take('terminal.detachKeys', job.terminal?.detachKeys, 'ctrl-p,ctrl-q'),
      rows: fields.take('terminal.rows', job.terminal?.rows, 24),
      columns: fields.take('terminal.columns', job.terminal?.columns, 80),
    },
    security: compileSecurity(job.security ?? {}, context, fields),
    mounts: compileMounts(
      job.mounts ?? [],
      job.rootfs?.writablePaths ?? [],
      {
        directory,
        volumes: context.volumes,
        anonymousName: anonymousNames(id, context.earlier),
        ofImage: image ? volumesOfImage(image.config) : [],
        taken: (job.security?.secrets ?? []).flatMap(({ target }) => target ?? []),
      },
      fields,
    ),
    removeOnExit: context.removeOnExit,
  };
  const hooks = compileHooks(job.hooks ?? {}, fields);
  if (hooks !== undefined) container.hooks = hooks;
  const clocks = compileClocks(job.namespaces ?? {}, fields);
  if (clocks !== undefined) container.clocks = clocks;
  const { capabilities } = container.security;
  const own = context.userNamespace(container);
  const userNamespace = compileUserNamespace(job, capabilities, own, fields);
  if (userNamespace !== undefined) container.security.userNamespace = userNamespace;
  remarkOnNetwork(container, fields);
  return container;
}

function compileImage(
  reference: string,
  { directory, image }: ContainerContext,
  fields: Fields,
): ContainerSpec['image'] {
  return fields.convert('image', reference, { kind: 'host' }, (text): ContainerSpec['image'] => {
    const named = parseImageReference(text, directory);
    if (named.kind === 'host' || named.kind === 'directory') return named;
    if (image === undefined) throw new Error(`nobody has looked for image "${text}"`);
    return image.source;
  });
}

function compileProcess(
  process: Process,
  image: ImageFacts | undefined,
  fields: Fields,
): ContainerSpec['process'] {
  const byDocument = process.entrypoint !== undefined || process.args !== undefined;
  const args = programOf(process, image?.config);
  return {
    args: fields.join('process.args', args, { byDocument, byImage: image !== undefined }),
    cwd: fields.take('process.cwd', process.cwd, '/'),
    user: fields.take('process.user', process.user, '0'),
    additionalGroups: fields.take('process.additionalGroups', process.additionalGroups, []),
    umask: fields.convert('process.umask', process.umask, 0o022, (mode) => Number.parseInt(mode, 8)),
  };
}

/** Texts by their names: those of the document beside those of the image, and in the place of those. */
function join<Value>(
  path: string,
  said: { [name: string]: Value } | undefined,
  ofImage: { [name: string]: Value },
  fields: Fields,
): { [name: string]: Value } {
  const byImage = Object.keys(ofImage).length > 0;
  return fields.join(path, { ...ofImage, ...said }, { byDocument: said !== undefined, byImage });
}
